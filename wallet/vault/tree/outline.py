"""The whole tree, some of it folded: which key stands on which line.

Nothing is counted or fetched that is not shown. Lines are kept as segments, one for each run
of siblings between two unfolded ones, so a branch of 100,000 keys is one segment; the keys of
a window are asked for by their place in the order, from the nearest place already known.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from wallet.vault.db.rows import OPERATORS, STANDALONE, select_ids
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.sibling_order import Order
from wallet.vault.tree.siblings import OrderedSiblings, Siblings

# Keys on a line deeper than this have nothing beneath them, whatever the records say.
DEEPEST = 2

# A vault with no more keys opens with everything unfolded; else this many operators at most.
SMALL = 200
OPERATORS_UNFOLDED = 20


@dataclass(slots=True)
class Folding:
    """The unfolded branches: all but some, or only some."""

    all: bool = False
    but: set[int] = field(default_factory=set)

    def is_unfolded(self, branch: int) -> bool:
        return (branch in self.but) is not self.all

    def set(self, branch: int, *, unfolded: bool) -> None:
        if unfolded is self.all:
            self.but.discard(branch)
        else:
            self.but.add(branch)

    @classmethod
    def at_first(cls, records: Records) -> Folding:
        """Unfold everything in a small vault, and down to the accounts in a large one."""
        with records.database.question() as sql:
            if not sql.execute("SELECT 1 FROM keys LIMIT 1 OFFSET ?", (SMALL,)).fetchone():
                return cls(all=True)
            operators = sql.execute(
                "SELECT id FROM keys WHERE branch = ? LIMIT ?", (OPERATORS, OPERATORS_UNFOLDED + 1)
            ).fetchall()
        if len(operators) > OPERATORS_UNFOLDED:
            operators = []
        return cls(but={STANDALONE, *(operator for (operator,) in operators)})


class Segment(NamedTuple):
    """`size` siblings of `branch`, from the `offset`th on. Without a branch: the group's line."""

    branch: int | None
    offset: int
    size: int
    depth: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the tree; `key` is None for the group of keys that stand alone."""

    depth: int
    key: KeyRecord | None
    foldable: bool
    folded: bool


class Outline:
    """The lines of the tree under one folding. Made anew whenever either changes."""

    def __init__(self, records: Records, folding: Folding, order: Order = Order.NAME) -> None:
        self._records = records
        self._order = order
        self._folding = folding
        self._siblings: dict[int, Siblings | OrderedSiblings] = {}
        # What was learnt of the branches so far: how many keys, and on which branch they hang
        # themselves. None stands for a key with nothing beneath it.
        self._sizes: dict[int, int] = {}
        self._homes: dict[int, int | None] = {}
        self._know_all = False
        self.rebuild()

    def rebuild(self) -> None:
        """Lay out the segments again, after a fold."""
        self._segments: list[Segment] = []
        self._starts: list[int] = []
        self._of_branch: dict[int, list[int]] = {}
        self._length = 0
        self.group_line: int | None = None
        with self._records.database.question() as sql:
            self._sizes.update(sql.execute(_ROOTS))
            unfolded = self._find_unfolded(sql)
            self._lay_out(sql, OPERATORS, 0, unfolded)
            if self._sizes.get(STANDALONE):
                self.group_line = self._length
                self._put(Segment(None, 0, 1, 0))
                if self._folding.is_unfolded(STANDALONE):
                    self._lay_out(sql, STANDALONE, 1, unfolded)

    def __len__(self) -> int:
        return self._length

    def lines(self, start: int, count: int) -> list[Line]:
        """`count` lines from `start` on, fewer at the end. Fetches only these."""
        lines: list[Line] = []
        at = max(0, bisect_right(self._starts, start) - 1)
        with self._records.database.question() as sql:
            while len(lines) < count and at < len(self._segments):
                segment = self._segments[at]
                skipped = max(0, start - self._starts[at])
                wanted = min(segment.size - skipped, count - len(lines))
                if wanted > 0:
                    lines += self._lines_of(sql, segment, skipped, wanted)
                at += 1
        return lines

    def line_of(self, key_id: int) -> int | None:
        """The line a key stands on; None when it is folded away or not here."""
        with self._records.database.question() as sql:
            row = sql.execute("SELECT branch, place FROM keys WHERE id = ?", (key_id,)).fetchone()
            if row is None:
                return None
            branch, place = row
            if branch not in self._of_branch:
                return None
            position = self._of(branch).position(sql, place, key_id)
        indexes = self._of_branch[branch]
        at = bisect_right(indexes, position, key=lambda index: self._segments[index].offset) - 1
        segment = self._segments[indexes[at]]
        return self._starts[indexes[at]] + position - segment.offset

    def _lines_of(
        self, sql: sqlite3.Connection, segment: Segment, skipped: int, wanted: int
    ) -> list[Line]:
        if segment.branch is None:
            return [Line(0, None, True, not self._folding.is_unfolded(STANDALONE))]
        siblings = self._of(segment.branch)
        ids = siblings.window(sql, segment.offset + skipped, wanted)
        return [self._line(key, segment.depth) for key in select_ids(sql, ids)]

    def _line(self, key: KeyRecord, depth: int) -> Line:
        foldable = key.children > 0 and depth <= DEEPEST
        return Line(depth, key, foldable, foldable and not self._folding.is_unfolded(key.id))

    def _of(self, branch: int) -> Siblings | OrderedSiblings:
        if branch not in self._siblings:
            self._siblings[branch] = (
                Siblings(branch, self._sizes.get(branch, 0))
                if self._order is Order.NAME
                else OrderedSiblings(branch, self._order)
            )
        return self._siblings[branch]

    def _lay_out(
        self, sql: sqlite3.Connection, branch: int, depth: int, unfolded: dict[int, list[int]]
    ) -> None:
        done = 0
        if branch in unfolded and depth <= DEEPEST:
            for position, child in self._of(branch).positions(sql, unfolded[branch]):
                self._put(Segment(branch, done, position + 1 - done, depth))
                done = position + 1
                self._lay_out(sql, child, depth + 1, unfolded)
        self._put(Segment(branch, done, self._sizes.get(branch, 0) - done, depth))

    def _put(self, segment: Segment) -> None:
        if segment.size <= 0:
            return
        if segment.branch is not None:
            self._of_branch.setdefault(segment.branch, []).append(len(self._segments))
        self._segments.append(segment)
        self._starts.append(self._length)
        self._length += segment.size

    def _find_unfolded(self, sql: sqlite3.Connection) -> dict[int, list[int]]:
        """The unfolded keys that have some beneath them, by the branch they hang on."""
        if self._folding.all:
            self._learn_all(sql)
            ids = self._homes.keys() - self._folding.but
        else:
            ids = {key for key in self._folding.but if key > 0}
            self._learn(sql, [key for key in ids if key not in self._homes])
        by_home: dict[int, list[int]] = {}
        for key in ids:
            if (home := self._homes.get(key)) is not None:
                by_home.setdefault(home, []).append(key)
        return by_home

    def _learn(self, sql: sqlite3.Connection, ids: list[int]) -> None:
        for key in [] if self._know_all else ids:
            row = sql.execute(_PARENT + "WHERE b.keys > 0 AND b.id = ?", (key,)).fetchone()
            _, self._homes[key], self._sizes[key] = row or (key, None, 0)

    def _learn_all(self, sql: sqlite3.Connection) -> None:
        if self._know_all:
            return
        for key, home, size in sql.execute(_PARENT + "WHERE b.keys > 0"):
            self._homes[key] = home
            self._sizes[key] = size
        self._know_all = True


# No count may be trusted to be one, in records not yet checked; no id is higher than this.
_SIZE = "max(0, min(keys, 9999999999))"
_ROOTS = f"SELECT id, {_SIZE} FROM branches WHERE id <= 0"  # noqa: S608
_PARENT = f"SELECT k.id, k.branch, {_SIZE} FROM branches AS b JOIN keys AS k ON k.id = b.id "  # noqa: S608
