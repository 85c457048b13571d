"""Many keys of one kind, added at once: what they are called, and what is inserted together."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, PublicKey
from wallet.vault.db import rows
from wallet.vault.key_record import KeyRecord, checked_name

AT_ONCE = 512  # keys that are inserted together


class Batch(NamedTuple):
    """What is inserted at once: keys, and by the id of its key each sealed seed and JWT."""

    rows: list[rows.NewRow]
    cells: list[tuple[int, bytes]]
    tokens: list[tuple[int, str]]

    @classmethod
    def empty(cls) -> Batch:
        """To be filled."""
        return cls([], [], [])


class Place:
    """Where many keys of one kind go, and what each is called."""

    def __init__(
        self, sql: sqlite3.Connection, kind: Kind, stem: str | None, parent: KeyRecord | None
    ) -> None:
        """They are called STEM-1 and so on; without a stem, by their kind. Raises `UsageError`."""
        self._kind = kind
        self._parent = parent
        stem = checked_name(kind.value if stem is None else stem)
        self._names = rows.free_names(sql, stem, None if parent is None else parent.id)

    def next_name(self, public: PublicKey) -> str:
        """The next one that is free. Raises `UsageError` for a key of another kind."""
        if public.kind is not self._kind:
            raise UsageError("Many keys made at once are all of one kind.")
        return checked_name(next(self._names))

    def row(
        self,
        key: int,
        public: PublicKey,
        name: str,
        has_jwt: bool,  # noqa: FBT001 (the fields of a row, in their order)
        expires: int | None,
    ) -> rows.NewRow:
        """A key with its seed, `key` its id, as it is inserted."""
        return rows.new_row(
            key, public, name, self._parent, has_seed=True, has_jwt=has_jwt, expires=expires
        )
