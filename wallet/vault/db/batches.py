"""Many keys of one kind, added at once: their names, and the rows that are inserted together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import NamedTuple

from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.vault.db import rows
from wallet.vault.db.database import Database
from wallet.vault.db.parts import placement
from wallet.vault.key_record import checked_name

AT_ONCE = 512  # keys that are inserted together


class Batch(NamedTuple):
    """Rows that are inserted at once: keys, and by the id of its key each sealed seed and JWT."""

    rows: list[rows.NewRow]
    cells: list[tuple[int, bytes]]
    tokens: list[tuple[int, str]]

    @classmethod
    def empty(cls) -> Batch:
        """Make a batch without rows, to be filled."""
        return cls([], [], [])


class Series:
    """Many keys of one kind beneath one parent, called STEM-1, STEM-2 and on."""

    def __init__(
        self, sql: sqlite3.Connection, kind: Kind, stem: str | None, under: int | None
    ) -> None:
        """Without a stem they are called by their kind. Raises `UsageError`."""
        self._kind = kind
        self._parent = placement.parent_for(sql, kind, under)
        stem = checked_name(kind.value if stem is None else stem)
        self._names = rows.free_names(sql, stem, under)

    def next_name(self, public: PublicKey) -> str:
        """Give the next name that is free. Raises `UsageError` for a key of another kind."""
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
        """Give the row of a key that has its seed here; `key` is its id."""
        return rows.new_row(
            key, public, name, self._parent, has_seed=True, has_jwt=has_jwt, expires=expires
        )


def add(
    database: Database,
    seal: Callable[[Seed], bytes],
    seeds: Iterable[Seed],
    *,
    stem: str | None,
    under: int | None,
    issue: Callable[[PublicKey, str], str] | None,
    expires: int | None,
) -> list[int]:
    """Add keys of one kind in one change, as `Records.add_many` says: their ids."""
    ids: list[int] = []
    new = Batch.empty()
    with database.change() as sql:
        series = None
        for key, seed in enumerate(seeds, rows.next_id(sql)):
            if series is None:
                series = Series(sql, seed.kind, stem, under)
            name = series.next_name(seed.public)
            if issue is not None:
                new.tokens.append((key, issue(seed.public, name)))
            new.rows.append(series.row(key, seed.public, name, issue is not None, expires))
            new.cells.append((key, seal(seed)))
            seed.wipe()
            ids.append(key)
            if len(new.rows) == AT_ONCE:
                with database.question():  # a budget of its own: seeds may come for ever
                    rows.insert_many(sql, *new)
                new = Batch.empty()
        rows.insert_many(sql, *new)
    return ids
