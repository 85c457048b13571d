"""The times of changes and the open revocations that joining two versions of a vault needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wallet.nats.nkeys import Kind
from wallet.vault.db.database import Database
from wallet.vault.db.image import invalid

_STATES = """
SELECT k.public, k.kind, p.public, k.signing, k.name, ifnull(c.named, k.created), k.status,
    k.created, k.tags, k.notes, ifnull(c.noted, k.created), t.jwt, u.nats, s.key IS NOT NULL,
    o.issued, o.origin,
    (SELECT max(at) FROM tests WHERE tests.key = k.id),
    EXISTS (SELECT 1 FROM missing_revocations AS m WHERE m.account = k.id), k.id
FROM keys AS k
LEFT JOIN keys AS p ON p.id = k.parent
LEFT JOIN seeds AS s ON s.key = k.id
LEFT JOIN tokens AS t ON t.key = k.id
LEFT JOIN unsigned AS u ON u.key = k.id
LEFT JOIN key_changes AS c ON c.key = k.id
LEFT JOIN claim_origins AS o ON o.key = k.id
"""


class _StateRow(NamedTuple):
    """A row of `_STATES`, its columns in their order; nothing of it is checked yet."""

    public: Any
    kind: Any
    parent: Any
    signing: Any
    name: Any
    named: Any
    status: Any
    created: Any
    tags: Any
    notes: Any
    noted: Any
    token: Any
    unsigned: Any
    has_seed: Any
    stands_since: Any
    origin: Any
    tested: Any
    lacks_revocations: Any
    id: Any


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key as one version of a vault has it, without its seed. Times are seconds since 1970.

    `parent` is the public key of what it hangs beneath. It got its name when it was `named`, its
    notes when they were `noted`. Of a JWT that stands for those of two versions, and was issued at
    `stands_since`, `origin` tells when what it says is from; of a user, when the latest of them was
    issued. It was `tested` last at that time. `missing` are revocations that its JWT lacks, by
    export and whom; `removed` those that it may lack, for the account has their exports no more.
    """

    public: str
    kind: Kind
    parent: str | None
    signing: bool
    name: str
    named: int
    status: str
    created: int
    tags: tuple[str, ...]
    notes: str
    noted: int
    token: str | None
    unsigned: Mapping[str, Any]
    has_seed: bool
    stands_since: int | None = None
    origin: int | None = None
    tested: int | None = None
    missing: Mapping[tuple[str, str], int] = field(default_factory=dict)
    removed: Mapping[tuple[str, str], int] = field(default_factory=dict)


class Merges:
    """The parts of the tables that are there for joining."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def states(self) -> Iterator[KeyState]:
        """Every key as it is now."""
        with self._database.question() as sql:
            rows = sql.execute(_STATES).fetchall()
            gone = sql.execute("SELECT account, kind, subject, who, until FROM removed_exports")
            removed: dict[str, dict[tuple[str, str], int]] = {}
            for account, kind, subject, who, until in gone:
                removed.setdefault(account, {})[f"{kind} {subject}", who] = until
        for row in rows:
            try:
                yield self._state(_StateRow._make(row), removed)
            except (ValueError, TypeError) as error:
                raise invalid() from error

    def _state(
        self, row: _StateRow, removed: Mapping[str, Mapping[tuple[str, str], int]]
    ) -> KeyState:
        return KeyState(
            str(row.public),
            Kind(row.kind),
            row.parent,
            bool(row.signing),
            row.name,
            row.named,
            row.status,
            row.created,
            tuple(row.tags.split()),
            row.notes,
            row.noted,
            row.token,
            json.loads(row.unsigned or "{}"),
            bool(row.has_seed),
            row.stands_since,
            row.origin,
            row.tested,
            self.missing(row.id) if row.lacks_revocations else {},
            removed.get(row.public, {}),
        )

    def note_times(self, key: int, named: int, noted: int) -> None:
        """Note when a key got its name and its notes, wherever that was."""
        with self._database.change() as sql:
            sql.execute("INSERT OR REPLACE INTO key_changes VALUES (?, ?, ?)", (key, named, noted))

    def note_origin(self, key: int, issued: int, origin: int) -> None:
        """Note the `origin` of a JWT, `issued` then, that stands for those of two versions."""
        with self._database.change() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO claim_origins VALUES (?, ?, ?)", (key, issued, origin)
            )

    def missing(self, account: int) -> dict[tuple[str, str], int]:
        """The revocations that an account's JWT lacks, by export and whom."""
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT export, who, until FROM missing_revocations WHERE account = ?", (account,)
            )
            return {(str(export), str(who)): int(until) for export, who, until in rows}

    def settle(self, account: int, revoked: Mapping[tuple[str, str], int]) -> None:
        """Forget the revocations that an account's JWT lacked and has now."""
        missing = self.missing(account)
        left = {who: until for who, until in missing.items() if revoked.get(who, -1) < until}
        if left != missing:
            self.set_missing(account, left)

    def set_missing(self, account: int, missing: Mapping[tuple[str, str], int]) -> None:
        """Keep the revocations that an account's JWT lacks, instead of those before."""
        with self._database.change() as sql:
            sql.execute("DELETE FROM missing_revocations WHERE account = ?", (account,))
            sql.executemany(
                "INSERT INTO missing_revocations VALUES (?, ?, ?, ?)",
                ((account, export, who, until) for (export, who), until in missing.items()),
            )
