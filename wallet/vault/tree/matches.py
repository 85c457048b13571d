"""The lines of a filtered tree, with what is folded away of them left out."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left

from wallet.vault.db.rows import select_ids
from wallet.vault.records import Records
from wallet.vault.tree.outline import Line
from wallet.vault.tree.search import FilteredLines


class FilteredView:
    """The lines that the filter found, unfolded but for `closed`."""

    def __init__(self, matched: FilteredLines) -> None:
        self.matched = matched
        self.closed: set[int] = set()
        self._shown = array("q")  # which of the found lines; not kept while nothing is closed
        self._looked_at = 0
        self._hidden_below: int | None = None

    def __len__(self) -> int:
        return len(self._shown) if self.closed else len(self.matched)

    def step(self, lines: int, until: float | None) -> None:
        """Look on until `lines` are shown, or until `time.perf_counter()` says so."""
        while not self.matched.complete and len(self) < lines:
            self.matched.step(len(self.matched) + lines - len(self), until)
            self._take_in()
            if until is not None and time.perf_counter() > until:
                return

    def lines(self, records: Records, start: int, count: int) -> list[Line]:
        """The lines from `start` on, with their keys fetched."""
        indexes = [self._index(at) for at in range(start, min(start + count, len(self)))]
        ids = [self.matched.ids[index] for index in indexes]
        with records.database.question() as sql:
            keys = {key.id: key for key in select_ids(sql, [key for key in ids if key > 0])}
        return [
            Line(
                self.matched.depths[index],
                keys.get(key),
                self._has_lines_beneath(index),
                key in self.closed,
            )
            for index, key in zip(indexes, ids, strict=True)
        ]

    def matches(self) -> list[int]:
        """The ids of the keys that match and are not folded away, as far as was looked."""
        lines = self.matched
        indexes = self._shown if self.closed else range(len(lines))
        return [lines.ids[index] for index in indexes if lines.are_matches[index]]

    def line_of(self, key: int) -> int | None:
        """The line of a key among those shown so far."""
        try:
            index = self.matched.ids.index(key)
        except ValueError:
            return None
        if not self.closed:
            return index
        at = bisect_left(self._shown, index)
        return at if at < len(self._shown) and self._shown[at] == index else None

    def parent_of(self, line: int) -> int | None:
        """The line that `line` hangs beneath."""
        depth = self.matched.depths[self._index(line)]
        for above in range(line - 1, -1, -1):
            if self.matched.depths[self._index(above)] < depth:
                return above
        return None

    def fold(self, branch: int, *, unfolded: bool) -> None:
        """Fold or unfold one branch."""
        self.fold_again(self.closed - {branch} if unfolded else self.closed | {branch})

    def unfold_all(self) -> None:
        """Unfold all branches."""
        self.fold_again(set())

    def fold_all(self) -> None:
        """Fold all branches."""
        self.matched.step(2**62)
        depths = self.matched.depths
        beneath = (at for at in range(len(self.matched) - 1) if depths[at] < depths[at + 1])
        self.fold_again({self.matched.ids[at] for at in beneath})

    def fold_again(self, closed: set[int]) -> None:
        """Fold these branches and no others."""
        self.closed = closed
        self._shown = array("q")
        self._looked_at = 0
        self._hidden_below = None
        self._take_in()

    def _take_in(self) -> None:
        """Look at the lines found since, and keep those that are not folded away."""
        if not self.closed:
            return
        for index in range(self._looked_at, len(self.matched)):
            depth = self.matched.depths[index]
            if self._hidden_below is not None and depth > self._hidden_below:
                continue
            self._hidden_below = depth if self.matched.ids[index] in self.closed else None
            self._shown.append(index)
        self._looked_at = len(self.matched)

    def _index(self, line: int) -> int:
        return self._shown[line] if self.closed else line

    def _has_lines_beneath(self, index: int) -> bool:
        self.matched.step(index + 2)
        return index + 1 < len(self.matched) and (
            self.matched.depths[index + 1] > self.matched.depths[index]
        )
