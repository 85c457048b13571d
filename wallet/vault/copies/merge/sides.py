"""The tables of both files that are joined, and of what both came from."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Sql = sqlite3.Connection
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class JoinedTables:
    """The connections to both, and to what both came from; `ours` are changed.

    `tokens` are the JWTs that each had, by public key, before the keys were joined.
    """

    ours: Sql
    theirs: Sql
    base: Sql | None
    our_tokens: Mapping[str, str | None]
    their_tokens: Mapping[str, str | None]
    are_kin: bool

    def key_ids(self) -> dict[str, int]:
        return dict(self.ours.execute("SELECT public, id FROM keys").fetchall())

    def rows(self, query: str) -> tuple[list[Row], list[Row], list[Row]]:
        """The answers to a question from ours, from theirs and from the base.

        Of another vault, which may be anybody's, what it says of keys that are here is left out.
        """
        each = (self.ours, self.theirs, self.base)
        ours, theirs, base = ([] if sql is None else sql.execute(query).fetchall() for sql in each)
        if not self.are_kin:
            theirs = [row for row in theirs if self.our_tokens.keys().isdisjoint(row)]
        return ours, theirs, base
