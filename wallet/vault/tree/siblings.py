"""The keys on one branch, in their order, found by position without counting through them all."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right

from wallet.vault.tree.sibling_order import Order, siblings_in

_FEW = 4
_MARKS_KEPT = 256

_WINDOW = "SELECT id, place FROM keys WHERE branch = ? "
_FORWARDS = _WINDOW + "AND (place, id) >= (?, ?) ORDER BY place, id LIMIT ? OFFSET ?"
_BACKWARDS = _WINDOW + "AND (place, id) < (?, ?) ORDER BY place DESC, id DESC LIMIT ? OFFSET ?"
_BETWEEN = """
SELECT count(*) FROM keys WHERE branch = ? AND (place, id) >= (?, ?) AND (place, id) < (?, ?)
"""
_FROM_THE_END = _WINDOW + "ORDER BY place DESC, id DESC LIMIT ? OFFSET ?"


def _position(mark: tuple[int, str, int]) -> int:
    return mark[0]


def _place(mark: tuple[int, str, int]) -> tuple[str, int]:
    return mark[1:]


class Siblings:
    """The order of the keys on one branch, kept for a few of them: (position, place, id)."""

    def __init__(self, branch: int, count: int) -> None:
        self._branch = branch
        self._count = count
        self._marks: list[tuple[int, str, int]] = []
        self._positions: dict[int, int] = {}

    def window(self, sql: sqlite3.Connection, start: int, count: int) -> list[int]:
        """The ids of `count` siblings from the `start`th on."""
        count = min(count, self._count - start)
        at = bisect_right(self._marks, start, key=_position)
        first = self._marks[at - 1] if at else (0, "", 0)
        at = bisect_left(self._marks, start + count, key=_position)
        last = self._marks[at] if at < len(self._marks) else None
        beyond = (self._count if last is None else last[0]) - start - count
        bound: tuple[object, ...]
        if start - first[0] <= beyond:
            question, bound, over = _FORWARDS, first[1:], start - first[0]
        elif last is None:
            question, bound, over = _FROM_THE_END, (), beyond
        else:
            question, bound, over = _BACKWARDS, last[1:], beyond
        siblings = sql.execute(question, (self._branch, *bound, count, over)).fetchall()
        if question is not _FORWARDS:
            siblings.reverse()
        if siblings:
            self._mark(start, siblings[0][1], siblings[0][0])
        return [row[0] for row in siblings]

    def position(self, sql: sqlite3.Connection, place: str, key: int) -> int:
        """Count the siblings that come before the one at `place`, from the nearest known on."""
        if key not in self._positions:
            at = bisect_right(self._marks, (place, key), key=_place)
            before = self._marks[at - 1] if at else (0, "", 0)
            count = sql.execute(_BETWEEN, (self._branch, *before[1:], place, key)).fetchone()[0]
            self._positions[key] = before[0] + count
        return self._positions[key]

    def positions(self, sql: sqlite3.Connection, keys: list[int]) -> list[tuple[int, int]]:
        """Find the positions of these siblings, and give them in order: (position, id)."""
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
        self._marks.insert(bisect_left(self._marks, position, key=_position), mark)


class OrderedSiblings:
    """The keys on one branch in another order than that of names: sorted once, when first asked."""

    def __init__(self, branch: int, order: Order) -> None:
        self._branch = branch
        self._order = order
        self._ids: list[int] | None = None
        self._positions: dict[int, int] = {}

    def window(self, sql: sqlite3.Connection, start: int, count: int) -> list[int]:
        """The ids of `count` siblings from the `start`th on."""
        return self._sorted(sql)[start : start + count]

    def position(self, sql: sqlite3.Connection, _place: str, key: int) -> int:
        """Count the siblings that come before one."""
        ids = self._sorted(sql)
        if not self._positions:
            self._positions = {sibling: number for number, sibling in enumerate(ids)}
        return self._positions[key]

    def positions(self, sql: sqlite3.Connection, keys: list[int]) -> list[tuple[int, int]]:
        """Find the positions of these siblings, and give them in order: (position, id)."""
        return sorted((self.position(sql, "", key), key) for key in keys)

    def _sorted(self, sql: sqlite3.Connection) -> list[int]:
        if self._ids is None:
            self._ids = siblings_in(sql, self._branch, self._order)
        return self._ids
