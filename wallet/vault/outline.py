"""The whole tree, some of it folded: which key stands on which line.

Nothing is counted or fetched that is not shown. Lines are kept as segments, one for each run
of siblings between two unfolded ones, so a branch of 100,000 keys is one segment; the keys of
a window are asked for by their place in the order, from the nearest place already known.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

from wallet.vault.record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.rows import OPERATORS, STANDALONE, select_ids

# Keys on a line deeper than this have nothing beneath them, whatever the records say.
DEEPEST = 2

# A vault with fewer keys opens with everything unfolded; else this many operators at most.
SMALL = 200
OPERATORS_UNFOLDED = 20

_FEW = 4
_MARKS_KEPT = 256


@dataclass(slots=True)
class Folding:
    """What is unfolded: all branches but some, or only some."""

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
        """Everything unfolded in a small vault; down to the accounts in a large one."""
        with records.question() as sql:
            found = sql.execute("SELECT id FROM keys LIMIT ?", (SMALL + 1,)).fetchall()
            if len(found) <= SMALL:
                return cls(all=True)
            operators = sql.execute(
                "SELECT id FROM keys WHERE branch = ? LIMIT ?", (OPERATORS, OPERATORS_UNFOLDED + 1)
            ).fetchall()
        if len(operators) > OPERATORS_UNFOLDED:
            operators = []
        return cls(but={STANDALONE, *(row[0] for row in operators)})


@dataclass(frozen=True, slots=True)
class Segment:
    """`count` siblings of `branch`, from the `offset`th on. Without a branch: the group's line."""

    branch: int | None
    offset: int
    count: int
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

    def __init__(self, records: Records, folding: Folding) -> None:
        self._records = records
        self._folding = folding
        self._siblings: dict[int, Siblings] = {}
        self._unfolded: dict[int, list[int]] = {}
        self.rebuild()

    def rebuild(self) -> None:
        """Lay out the segments again, after a fold."""
        self._segments: list[Segment] = []
        self._starts: list[int] = []
        self._of_branch: dict[int, list[int]] = {}
        self._length = 0
        self.group_line: int | None = None
        with self._records.question() as sql:
            self._unfolded = self._find_unfolded(sql)
            self._lay_out(sql, OPERATORS, 0)
            if self._of(sql, STANDALONE).count:
                self.group_line = self._length
                self._put(Segment(None, 0, 1, 0))
                if self._folding.is_unfolded(STANDALONE):
                    self._lay_out(sql, STANDALONE, 1)

    def __len__(self) -> int:
        return self._length

    def lines(self, start: int, count: int) -> list[Line]:
        """`count` lines from `start` on, fewer at the end. Fetches only these."""
        found: list[Line] = []
        at = max(0, bisect_right(self._starts, start) - 1)
        with self._records.question() as sql:
            while len(found) < count and at < len(self._segments):
                segment = self._segments[at]
                skipped = max(0, start - self._starts[at])
                wanted = min(segment.count - skipped, count - len(found))
                if wanted > 0:
                    found += self._lines_of(sql, segment, skipped, wanted)
                at += 1
        return found

    def line_of(self, key_id: int) -> int | None:
        """The line a key stands on; None when it is folded away or not here."""
        with self._records.question() as sql:
            row = sql.execute("SELECT branch, place FROM keys WHERE id = ?", (key_id,)).fetchone()
            if row is None or row[0] not in self._of_branch:
                return None
            position = self._of(sql, row[0]).position(sql, row[1], key_id)
        indexes = self._of_branch[row[0]]
        at = bisect_right(indexes, position, key=lambda index: self._segments[index].offset) - 1
        segment = self._segments[indexes[at]]
        return self._starts[indexes[at]] + position - segment.offset

    def _lines_of(
        self, sql: sqlite3.Connection, segment: Segment, skipped: int, wanted: int
    ) -> list[Line]:
        if segment.branch is None:
            return [Line(0, None, True, not self._folding.is_unfolded(STANDALONE))]
        siblings = self._of(sql, segment.branch)
        ids = siblings.window(sql, segment.offset + skipped, wanted)
        return [self._line(key, segment.depth) for key in select_ids(sql, ids)]

    def _line(self, key: KeyRecord, depth: int) -> Line:
        foldable = key.children > 0 and depth <= DEEPEST
        return Line(depth, key, foldable, foldable and not self._folding.is_unfolded(key.id))

    def _of(self, sql: sqlite3.Connection, branch: int) -> Siblings:
        if branch not in self._siblings:
            self._siblings[branch] = Siblings(sql, branch)
        return self._siblings[branch]

    def _lay_out(self, sql: sqlite3.Connection, branch: int, depth: int) -> None:
        siblings = self._of(sql, branch)
        done = 0
        for position, child in siblings.positions(sql, self._unfolded.get(branch, [])):
            self._put(Segment(branch, done, position + 1 - done, depth))
            done = position + 1
            if depth <= DEEPEST:
                self._lay_out(sql, child, depth + 1)
        self._put(Segment(branch, done, siblings.count - done, depth))

    def _put(self, segment: Segment) -> None:
        if segment.count <= 0:
            return
        if segment.branch is not None:
            self._of_branch.setdefault(segment.branch, []).append(len(self._segments))
        self._segments.append(segment)
        self._starts.append(self._length)
        self._length += segment.count

    def _find_unfolded(self, sql: sqlite3.Connection) -> dict[int, list[int]]:
        """The unfolded keys that have some beneath them, by the branch they hang on."""
        found: dict[int, list[int]] = {}
        question = "SELECT k.branch, k.id FROM branches AS b JOIN keys AS k ON k.id = b.id "
        if self._folding.all:
            for branch, key in sql.execute(question + "WHERE b.keys > 0"):
                if key not in self._folding.but:
                    found.setdefault(branch, []).append(key)
            return found
        ids = [key for key in self._folding.but if key > 0]
        for start in range(0, len(ids), 512):
            some = ids[start : start + 512]
            marks = ",".join("?" * len(some))
            for branch, key in sql.execute(
                f"{question} WHERE b.keys > 0 AND b.id IN ({marks})", some
            ):
                found.setdefault(branch, []).append(key)
        return found


_WINDOW = "SELECT id, place FROM keys WHERE branch = ? "
_FORWARDS = _WINDOW + "AND (place, id) >= (?, ?) ORDER BY place, id LIMIT ? OFFSET ?"
_BACKWARDS = _WINDOW + "AND (place, id) < (?, ?) ORDER BY place DESC, id DESC LIMIT ? OFFSET ?"
_FROM_THE_END = _WINDOW + "ORDER BY place DESC, id DESC LIMIT ? OFFSET ?"


def _position(mark: tuple[int, str, int]) -> int:
    return mark[0]


class Siblings:
    """The order of one branch, known at some places: (position, place, id)."""

    def __init__(self, sql: sqlite3.Connection, branch: int) -> None:
        self._branch = branch
        row = sql.execute("SELECT keys FROM branches WHERE id = ?", (branch,)).fetchone()
        self.count: int = 0 if row is None else row[0]
        self._marks: list[tuple[int, str, int]] = []
        self._positions: dict[int, int] = {}

    def window(self, sql: sqlite3.Connection, start: int, count: int) -> list[int]:
        """The ids of `count` siblings from the `start`th on."""
        count = min(count, self.count - start)
        at = bisect_right(self._marks, start, key=_position)
        first = self._marks[at - 1] if at else (0, "", 0)
        at = bisect_left(self._marks, start + count, key=_position)
        last = self._marks[at] if at < len(self._marks) else None
        beyond = (self.count if last is None else last[0]) - start - count
        if start - first[0] <= beyond:
            question, bound, over = _FORWARDS, first[1:], start - first[0]
        elif last is None:
            question, bound, over = _FROM_THE_END, (), beyond
        else:
            question, bound, over = _BACKWARDS, last[1:], beyond
        found = sql.execute(question, (self._branch, *bound, count, over)).fetchall()
        if question is not _FORWARDS:
            found.reverse()
        if found:
            self._mark(start, found[0][1], found[0][0])
        return [row[0] for row in found]

    def position(self, sql: sqlite3.Connection, place: str, key: int) -> int:
        """How many siblings come before the one at `place`."""
        if key not in self._positions:
            self._positions[key] = sql.execute(
                "SELECT count(*) FROM keys WHERE branch = ? AND (place, id) < (?, ?)",
                (self._branch, place, key),
            ).fetchone()[0]
        return self._positions[key]

    def positions(self, sql: sqlite3.Connection, keys: list[int]) -> list[tuple[int, int]]:
        """Where these siblings stand, in order: (position, id)."""
        unknown = [key for key in keys if key not in self._positions]
        if len(unknown) > _FEW:
            order = sql.execute(
                "SELECT id FROM keys WHERE branch = ? ORDER BY place, id", (self._branch,)
            )
            wanted = set(unknown)
            for position, (key,) in enumerate(order):
                if key in wanted:
                    self._positions[key] = position
        else:
            for key in unknown:
                row = sql.execute("SELECT place FROM keys WHERE id = ?", (key,)).fetchone()
                self.position(sql, row[0], key)
        return sorted((self._positions[key], key) for key in keys)

    def _mark(self, position: int, place: str, key: int) -> None:
        mark = (position, place, key)
        at = bisect_left(self._marks, position, key=_position)
        if at < len(self._marks) and self._marks[at][0] == position:
            return
        if len(self._marks) >= _MARKS_KEPT:
            del self._marks[::2]
        insort(self._marks, mark)
