"""The tree of keys as it is shown: folded, filtered, line by line. No terminal in it.

What it costs to show some lines does not depend on how many there are.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from wallet.errors import NoSuchKeyError
from wallet.nats.nkeys import Kind
from wallet.vault.db.rows import STANDALONE, select_ids
from wallet.vault.key_record import KeyRecord, fold
from wallet.vault.records import Records
from wallet.vault.tree.matches import FilteredView
from wallet.vault.tree.outline import DEEPEST, Folding, Outline
from wallet.vault.tree.query import Query
from wallet.vault.tree.search import FilteredLines, SearchText
from wallet.vault.tree.sibling_order import Order

GROUP = "Standalone"

_ALL = 2**62
_LOOKED_AT, _SECONDS = 500, 0.03  # by `like`: lines, and time


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A line of the tree: a key, or the group of the keys that stand alone."""

    depth: int
    key: KeyRecord | None
    group: str | None
    foldable: bool
    folded: bool


class Tree:
    """The tree of a vault's keys as one person has folded and filtered it.

    Use it from one thread; only `prepare` may run in another. After a change of the records
    it lays itself out anew by itself. Without `like` it opens as a person would want it; with,
    it keeps that other tree's folds and filter, for records loaded again. With `folding` it opens
    as that says. Siblings stand in an `order`.
    """

    def __init__(
        self,
        records: Records,
        like: Tree | None = None,
        folding: Folding | None = None,
        order: Order = Order.NAME,
    ) -> None:
        self._records = records
        self._order = order
        self._version = records.version
        self._folding: Folding = (
            like._folding if like is not None else folding or Folding.at_first(records)
        )
        self._outline = Outline(records, self._folding, order)
        self._text: tuple[int, SearchText] | None = None
        self.text = ""
        self.terms: list[str] = []  # of the filter, that stand in a name, path, tag or public key
        self._view: FilteredView | None = None
        if like is not None and like._view is not None:
            self.filter(like.text)
            if self._view is not None:
                self._view.fold_again(like._view.closed)

    @property
    def records(self) -> Records:
        """The records that it shows."""
        return self._records

    @property
    def folding(self) -> Folding:
        """The branches that are unfolded without a filter."""
        return self._folding

    # The filter

    def prepare(self) -> None:
        """Gather what the filter searches, for the first keystroke not to wait.

        Takes some 0.1 s for 100,000 keys. May run in another thread.
        """
        self._search_text()

    def filter(self, text: str) -> None:
        """Show only the keys that hold every word of `text`, with what is above them."""
        self.text = text
        query = Query(text)
        self.terms = query.plain
        if query.empty:
            self._view = None
            return
        among = query.among(self._records)
        self._view = FilteredView(FilteredLines(self._search_text(), query, among))

    def like(self, typed: str, count: int) -> list[KeyRecord]:
        """At most so many keys that a filter leaves, those first whose paths begin so.

        Only the first that fit are looked at, whatever the tree shows.
        """
        query = Query(typed)
        if query.empty:
            return []
        lines = FilteredLines(self._search_text(), query, query.among(self._records))
        lines.step(_LOOKED_AT, time.perf_counter() + _SECONDS)
        with self._records.database.question() as sql:
            keys = select_ids(sql, [key for key in lines.ids if key > 0])
        start = fold(typed.strip())
        fitting = [key for key in keys if all(term in fold(key.path) for term in query.plain)]
        fitting.sort(key=lambda key: (not fold(key.path).startswith(start), len(key.path)))
        return fitting[:count]

    @property
    def filtered(self) -> bool:
        """Whether anything is left out by a filter."""
        return self._view is not None

    @property
    def complete(self) -> bool:
        """Whether the filter has looked through all keys."""
        return self._view is None or self._view.matched.complete

    @property
    def lines_known(self) -> int:
        """The number of lines as far as the filter has looked."""
        self._catch_up()
        return len(self._outline) if self._view is None else len(self._view)

    @property
    def matches_known(self) -> int:
        """The number of keys that match as far as the filter has looked; without one, all."""
        self._catch_up()
        return self._records.count() if self._view is None else self._view.matched.matches

    @property
    def first_match(self) -> int | None:
        """The line of the first key that matches, as far as the filter has looked."""
        return None if self._view is None else self._view.matched.first_match

    def matches(self) -> list[int]:
        """The ids of all keys that the filter leaves, but for those that are folded away.

        What only stands above them is none of them. Without a filter there are none.
        """
        self.step(_ALL)
        return [] if self._view is None else self._view.matches()

    def step(self, lines: int, seconds: float | None = None) -> None:
        """Let the filter look on until `lines` are known, or for that long."""
        self._catch_up()
        if self._view is not None:
            until = None if seconds is None else time.perf_counter() + seconds
            self._view.step(lines, until)

    # The lines

    def __len__(self) -> int:
        self.step(_ALL)
        return self.lines_known

    def __bool__(self) -> bool:
        return True  # also without lines; and nobody counts them by accident

    def rows(self, start: int, count: int) -> list[TreeRow]:
        """`count` lines from `start` on; fewer at the end."""
        self._catch_up()
        if start < 0 or count <= 0:
            return []
        self.step(start + count)
        if self._view is not None:
            lines = self._view.lines(self._records, start, count)
        else:
            lines = self._outline.lines(start, count)
        return [
            TreeRow(line.depth, line.key, None if line.key else GROUP, line.foldable, line.folded)
            for line in lines
        ]

    def row_of(self, key_id: int) -> int | None:
        """The line a key stands on; None when it is folded away, filtered out or not here."""
        self._catch_up()
        if self._view is None:
            return self._outline.line_of(key_id)
        self.step(_ALL)
        return self._view.line_of(key_id)

    def parent_of(self, row: int) -> int | None:
        """The number of the line that a line hangs beneath; None at the top."""
        rows = self.rows(row, 1)
        if not rows or rows[0].depth == 0:
            return None
        if self._view is not None:
            return self._view.parent_of(row)
        key = rows[0].key
        if key is None or key.parent is None:
            return self._outline.group_line
        return self._outline.line_of(key.parent)

    # Folding

    def toggle(self, row: int) -> None:
        """Fold what is unfolded on that line, or the reverse."""
        for line in self.rows(row, 1):
            self._set(line, unfolded=line.folded)

    def fold(self, row: int) -> None:
        """Hide what is beneath that line."""
        for line in self.rows(row, 1):
            self._set(line, unfolded=False)

    def fold_all(self) -> None:
        """Show only what is at the top."""
        self._fold_all(unfolded=False)

    def unfold_all(self) -> None:
        """Show everything."""
        self._fold_all(unfolded=True)

    def reveal(self, key_id: int) -> int | None:
        """Unfold all above a key, and drop a filter that hides it; its line.

        None when there is no such key.
        """
        row = self.row_of(key_id)
        if row is not None:
            return row
        if self._view is not None:
            self._view.unfold_all()
            if (row := self._view.line_of(key_id)) is not None:
                return row
            self.filter("")
        try:
            above = self._records.get(key_id)
            for _ in range(DEEPEST + 1):
                if above.parent is not None:
                    above = self._records.get(above.parent)
                    self._folding.set(above.id, unfolded=True)
        except NoSuchKeyError:
            return None
        if above.kind is not Kind.OPERATOR:
            self._folding.set(STANDALONE, unfolded=True)
        self._outline.rebuild()
        return self._outline.line_of(key_id)

    def _set(self, row: TreeRow, *, unfolded: bool) -> None:
        if not row.foldable or row.folded is not unfolded:
            return
        branch = STANDALONE if row.key is None else row.key.id
        if self._view is not None:
            self._view.fold(branch, unfolded=unfolded)
            return
        self._folding.set(branch, unfolded=unfolded)
        self._outline.rebuild()

    def _fold_all(self, *, unfolded: bool) -> None:
        if self._view is not None and unfolded:
            self._view.unfold_all()
        elif self._view is not None:
            self._view.fold_all()
        else:
            self._folding.all = unfolded
            self._folding.but.clear()
            self._outline.rebuild()

    def _search_text(self) -> SearchText:
        version = self._records.version
        if self._text is None or self._text[0] != version:
            self._text = version, SearchText(self._records, self._order)
        return self._text[1]

    def _catch_up(self) -> None:
        if self._version != self._records.version:
            self._version = self._records.version
            self._outline = Outline(self._records, self._folding, self._order)
            if self._view is not None:
                closed = self._view.closed
                self.filter(self.text)
                self._view.fold_again(closed)
