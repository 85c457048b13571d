"""Users who come with their seeds and JWTs, put in many at a time: an import brings thousands.

Only whom nothing keeps out is taken. Whoever needs a question, an error or another key's change
is left to `Records.add` and `Tokens.set`, which say what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

from wallet.errors import UsageError
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.db import rows
from wallet.vault.db.batches import AT_ONCE, Batch
from wallet.vault.db.parts import placement
from wallet.vault.db.parts.tokens import expiry, is_revoked
from wallet.vault.key_record import KeyRecord, checked_name, checked_notes, joined_tags
from wallet.vault.records import Records


class UsersWithJwts:
    """Takes users one by one and inserts them together. Between `take` and `insert` no other change
    may be made."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._accounts: dict[int, tuple[KeyRecord, Claims | None]] = {}
        self._new = Batch.empty()
        self._names: set[tuple[int, str]] = set()

    @property
    def full(self) -> bool:
        """Whether as many were taken as are inserted at once."""
        return len(self._new.rows) >= AT_ONCE

    def take(
        self,
        seed: Seed,
        claims: Claims,
        *,
        name: str,
        under: int,
        tags: Iterable[str] = (),
        notes: str = "",
    ) -> bool:
        """Take a user with its JWT, whose signature was verified; whether it can go in so.

        `tags` are beside those of the JWT.
        """
        public = seed.public
        if public.kind is not Kind.USER or claims.subject != public.text:
            return False
        with self._records.database.question() as sql:
            try:
                account, above = self._account(under)
                checked_name(name)
                notes = checked_notes(notes)
            except UsageError:
                return False
            here = "SELECT 1 FROM keys WHERE public = ?"
            if (
                (above is not None and is_revoked(above, claims))
                or (under, name) in self._names
                or not rows.is_free(sql, name, under)
                or sql.execute(here, (public.text,)).fetchone()
            ):
                return False
            key = rows.next_id(sql) + len(self._new.rows)
        row = rows.new_row(
            key,
            public,
            name,
            account,
            joined_tags(tags, claims.tags),
            notes,
            has_seed=True,
            has_jwt=True,
            expires=expiry(claims),
        )
        self._names.add((under, name))
        self._new.rows.append(row)
        self._new.cells.append((key, self._records.seal(seed)))
        self._new.tokens.append((key, claims.token))
        return True

    def insert(self) -> list[KeyRecord]:
        """Insert those that were taken; all of them, or none where it raises."""
        new, self._new = self._new, Batch.empty()
        self._names.clear()
        self._accounts.clear()  # other changes may follow
        if not new.rows:
            return []
        with self._records.database.change() as sql:
            rows.insert_many(sql, *new)
            return rows.select_ids(sql, [key for key, _ in new.cells])

    def _account(self, under: int) -> tuple[KeyRecord, Claims | None]:
        """The account, and what its JWT says. Raises `UsageError` where it takes no users."""
        if under not in self._accounts:
            with self._records.database.question() as sql:
                account = placement.parent_for(sql, Kind.USER, under)
            if account is None:
                raise UsageError("A user with a JWT hangs beneath an account.")
            self._accounts[under] = account, self._records.tokens.claims(under)
        return self._accounts[under]
