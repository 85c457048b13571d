"""Rotations: which key takes the place of which, how far that is, and where it was proved."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from wallet.errors import StateRefusesError, UsageError
from wallet.text import holds_seed
from wallet.vault.db.database import Database
from wallet.vault.db.image import invalid
from wallet.vault.key_record import is_plain, moment

RECIPIENT_LENGTH = 256


class Manner(StrEnum):
    """The reason why a key is rotated. The values are the contract of `rotate --as`."""

    PLANNED = "planned"
    LEAKED = "leaked"
    HANDOVER = "handover"
    LOST = "lost"


class Phase(StrEnum):
    """The phases of a rotation by what is in force: both keys, the new one, the old one again."""

    BOTH = "both"
    OUT = "out"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class ShutAccount:
    """An account as it was before it was shut: the limits by which it let anybody in, as its JWT
    had them, and up to when it revoked everybody, seconds since 1970; −1 for never."""

    limits: dict[str, Any]
    everybody: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key that another takes the place of, each by its public half.

    `name` is what the old key was called before, `recipient` who gets the new one. `changed` is
    when it came to its phase. One that is `closed` has nothing open any more.
    """

    id: int
    old: str
    new: str
    manner: Manner
    phase: Phase
    name: str
    recipient: str
    begun: datetime
    changed: datetime
    closed: bool

    @property
    def leaving(self) -> str:
        """The public key of the one that goes, or has gone."""
        return self.new if self.phase is Phase.UNDONE else self.old

    @property
    def staying(self) -> str:
        """The public key of the one that is there afterwards."""
        return self.old if self.phase is Phase.UNDONE else self.new


_COLUMNS = ", ".join(field.name for field in fields(Rotation))
_GIVEN = _COLUMNS.removeprefix("id, ")
_SELECT = f"SELECT {_COLUMNS} FROM rotations"  # noqa: S608
_INSERT = f"INSERT INTO rotations ({_GIVEN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608

# Where a test let one of the two in, as far as is remembered, and where what they hang beneath is
# known: another key of it, or its JWT; accounts and operators by themselves.
_SERVERS = """
SELECT t.server FROM tests AS t JOIN keys AS k ON k.id = t.key
WHERE t.verdict IN ('accepted', 'unchecked', 'taken-unproved') AND k.public IN (?1, ?2)
UNION SELECT server FROM known_servers WHERE owner IN (?1, ?2) OR owner IN (
    SELECT p.public FROM keys AS k JOIN keys AS p ON p.id = k.parent
    WHERE k.public IN (?1, ?2) AND (k.kind = 'user' OR k.signing))
ORDER BY 1
"""


# Closed ones whose key that stays is a user in force with a JWT that was never written, or a
# signing key of an account with such a user.
_UNWRITTEN = f"""
{_SELECT} WHERE closed = 1 AND EXISTS (
    SELECT 1 FROM keys AS s
    JOIN keys AS k ON k.id = s.id OR (s.signing AND k.parent = s.parent)
    JOIN deliveries AS d ON d.key = k.id
    WHERE s.public = CASE phase WHEN 'undone' THEN old ELSE new END
        AND d.written = 0 AND k.kind = 'user' AND NOT k.revoked AND k.status = 'active'
        AND s.public NOT IN (SELECT old FROM rotations WHERE phase <> 'undone'))
ORDER BY id
"""  # noqa: S608


class Rotations:
    """The rotations of a vault, those that are closed too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, old: str, new: str, manner: Manner, phase: Phase, name: str, recipient: str = ""
    ) -> Rotation:
        """Keep that `new` takes the place of `old`, which was called `name`.

        Raises `UsageError` for a recipient that is no line of 256 characters.
        """
        if len(recipient) > RECIPIENT_LENGTH or not is_plain(recipient):
            raise UsageError("Who gets the new key is one line, up to 256 characters of it.")
        if holds_seed(recipient):
            raise UsageError("That is a seed. Who gets the new key is printed; a seed must not be.")
        now = int(time.time())
        with self._database.change() as sql:
            row = (old, new, manner.value, phase.value, name, recipient, now, now, 0)
            rotation_id = sql.execute(_INSERT, row).lastrowid
            return self.get(rotation_id or 0)

    def get(self, rotation_id: int) -> Rotation:
        """The rotation with this id. Raises `UsageError` when there is none."""
        with self._database.question() as sql:
            row = sql.execute(f"{_SELECT} WHERE id = ?", (rotation_id,)).fetchone()
            if row is None:
                raise StateRefusesError("That rotation is no longer in this vault.")
            return _rotation(row)

    def of_key(self, public: str) -> list[Rotation]:
        """The rotations that a key is, or was, the old or the new one of; the newest first."""
        with self._database.question() as sql:
            rows = sql.execute(f"{_SELECT} WHERE ? IN (old, new) ORDER BY id DESC", (public,))
            return [_rotation(row) for row in rows]

    def open(self) -> list[Rotation]:
        """The rotations that are not closed, the oldest first."""
        with self._database.question() as sql:
            rows = sql.execute(f"{_SELECT} WHERE closed = 0 ORDER BY id")
            return [_rotation(row) for row in rows]

    def unwritten(self) -> list[Rotation]:
        """The closed rotations of users, or of what signed users, of whose creds some were not
        written yet."""
        with self._database.question() as sql:
            return [_rotation(row) for row in sql.execute(_UNWRITTEN)]

    def enter(self, rotation_id: int, phase: Phase, manner: Manner | None = None) -> Rotation:
        """Note that a rotation comes to a phase now; what was proved in the last one is void."""
        with self._database.change() as sql:
            sql.execute("DELETE FROM rotation_proofs WHERE rotation = ?", (rotation_id,))
            sql.execute(
                "UPDATE rotations SET phase = ?, manner = ifnull(?, manner), changed = ?, "
                "closed = 0 WHERE id = ?",
                (phase.value, manner and manner.value, int(time.time()), rotation_id),
            )
            return self.get(rotation_id)

    def close(self, rotation_id: int) -> None:
        """Note that nothing is open of a rotation any more."""
        with self._database.change() as sql:
            sql.execute("UPDATE rotations SET closed = 1 WHERE id = ?", (rotation_id,))

    def void_proofs(self, *leaving: str) -> None:
        """Void what was proved of rotations that take out these keys, by public key.

        Each goes out once more, by another JWT or status: servers that refused it by the one of
        before may have let it in meanwhile. It comes to its phase anew, so that another version of
        the vault brings no such proof back.
        """
        for rotation in self.open():
            if rotation.phase is not Phase.BOTH and rotation.leaving in leaving:
                self.enter(rotation.id, rotation.phase)

    def note_let_in(self, leaving: str, server: str) -> None:
        """Note that a server let in a key that its last rotation took out: that is open again, also
        where this is joined with a version of before."""
        taking_out = (
            one
            for one in self.of_key(leaving)
            if one.leaving == leaving and one.phase is not Phase.BOTH
        )
        rotation = next(taking_out, None)
        if rotation is None:
            return
        self.note_test(rotation.id, server, refused=False)
        with self._database.change() as sql:
            sql.execute(
                "UPDATE rotations SET closed = 0, changed = ? WHERE id = ?",
                (int(time.time()), rotation.id),
            )

    def note_test(self, rotation_id: int, server: str, *, refused: bool) -> None:
        """Note that a test proved that the key that goes is refused by a server, or let in."""
        with self._database.change() as sql:
            if refused:
                sql.execute(
                    "INSERT OR REPLACE INTO rotation_proofs VALUES (?, ?, ?)",
                    (rotation_id, server, int(time.time())),
                )
            else:
                sql.execute(
                    "DELETE FROM rotation_proofs WHERE rotation = ? AND server = ?",
                    (rotation_id, server),
                )

    def proved(self, rotation_id: int) -> list[str]:
        """The addresses of servers at which it was proved that the key that goes is refused."""
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT server FROM rotation_proofs WHERE rotation = ? ORDER BY server",
                (rotation_id,),
            )
            return [server for (server,) in rows]

    def is_proved(self, rotation: Rotation) -> bool:
        """Whether all servers that are known, and at least one, were proved for where it stands."""
        proved = self.proved(rotation.id)
        return bool(proved) and set(self.servers(rotation)) <= set(proved)

    def servers(self, rotation: Rotation) -> list[str]:
        """The addresses of servers that know one of the two, or the account or operator above."""
        with self._database.question() as sql:
            rows = sql.execute(_SERVERS, (rotation.leaving, rotation.staying))
            return [server for (server,) in rows]

    def note_shut(self, account: str, before: ShutAccount) -> None:
        """Keep what an account was, by its public key, before it is shut."""
        with self._database.change() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO shut_accounts VALUES (?, ?, ?)",
                (account, json.dumps(before.limits), before.everybody),
            )

    def shut(self, account: str) -> ShutAccount | None:
        """The account with this public key as it was before it was shut; None where none was."""
        with self._database.question() as sql:
            row = sql.execute(
                "SELECT limits, everybody FROM shut_accounts WHERE account = ?", (account,)
            ).fetchone()
        if row is None:
            return None
        limits_text, everybody = row
        try:
            limits = json.loads(limits_text)
        except ValueError as error:
            raise invalid() from error
        if not isinstance(limits, dict):
            raise invalid()
        return ShutAccount(limits, int(everybody))

    def join(self, others: Rotations) -> None:
        """Take in the rotations of other records, whose place these take: what is open stays so.

        Of one that both have, that of the others counts. It is open again where these are from
        before its last step: what that took out, they may have in force, and lack the new key.
        """
        with others._database.question() as sql:
            theirs = sql.execute(f"SELECT {_GIVEN} FROM rotations ORDER BY id").fetchall()  # noqa: S608
            proofs = sql.execute(
                "SELECT r.old, r.new, p.server, p.at FROM rotation_proofs AS p "
                "JOIN rotations AS r ON r.id = p.rotation"
            ).fetchall()
            shut = sql.execute("SELECT account, limits, everybody FROM shut_accounts").fetchall()
        with self._database.change() as sql:
            sql.executemany("INSERT OR REPLACE INTO shut_accounts VALUES (?, ?, ?)", shut)
            here = set(sql.execute("SELECT old, new, phase FROM rotations").fetchall())
            for *row, closed in theirs:
                old, new, _, phase, *_ = row
                sql.execute("DELETE FROM rotations WHERE old = ? AND new = ?", (old, new))
                sql.execute(_INSERT, (*row, closed if (old, new, phase) in here else 0))
            for old, new, server, at in proofs:
                sql.execute(
                    "INSERT OR REPLACE INTO rotation_proofs "
                    "SELECT id, ?, ? FROM rotations WHERE old = ? AND new = ?",
                    (server, at, old, new),
                )


def _rotation(row: tuple[object, ...]) -> Rotation:
    number, old, new, manner, phase, name, recipient, begun, changed, closed = row
    try:
        return Rotation(
            int(str(number)),
            str(old),
            str(new),
            Manner(str(manner)),
            Phase(str(phase)),
            str(name),
            str(recipient),
            moment(begun),
            moment(changed),
            bool(closed),
        )
    except ValueError:
        raise invalid() from None
