"""The tree of keys, in which a person marks those that the next action is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.vault.records import Records
from wallet.vault.tree.marks import beside, identified


class MarkingTree(KeyTree):
    """Marks stay while the filter, the folds or the records change; those of keys that go, go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+up,K", "extend(-1)", "Mark up", show=False, id="tree.mark-up"),
        Binding("shift+down,J", "extend(1)", "Mark down", show=False, id="tree.mark-down"),
        Binding("shift+pageup", "extend_page(-1)", "Mark a page up", show=False),
        Binding("shift+pagedown", "extend_page(1)", "Mark a page down", show=False),
    ]

    class Marked(Message):
        """Other keys are marked than before."""

    _anchor = 0  # the line where a range of marks began
    _end = -1  # where it ends: the cursor's line, until that is moved otherwise
    _ends: tuple[int | None, ...] = ()  # the keys on these two lines
    _marked_before: frozenset[int] = frozenset()  # of the keys in the range

    def load(self, records: Records) -> None:
        """Show these records; the marks of keys that are not among them go."""
        if self.marks:
            self.marks.forget_gone(records)
            self._marks_changed()
        super().load(records)

    def mark_again(self, keys: Iterable[tuple[int, str]]) -> None:
        """Mark keys that were marked before a lock, each by its id and public key."""
        self.marks.set(keys, marked=True)
        self._marks_changed()

    def mark(self) -> bool:
        """Mark the key under the cursor, or take its mark away; False on a group's line."""
        if (key := self.selected) is None:
            return False
        self.marks.set([(key.id, key.public)], marked=key.id not in self.marks)
        self._end = -1
        self._marks_changed()
        return True

    def mark_all(self) -> int:
        """Mark all that the filter leaves, without one the keys beside the selected, like it.

        Where all of these are marked, their marks go. Gives how many are marked of them.
        """
        if self._tree is None:
            return 0
        keys: list[tuple[int, str]] = []
        with self._reading():
            records = self._tree.records
            if self._tree.filtered:
                keys = identified(records, self._tree.matches())
            elif self.selected is not None:
                keys = beside(records, self.selected)
        marked = not all(key_id in self.marks for key_id, _ in keys)
        self.marks.set(keys, marked=marked)
        self._marks_changed()
        return len(keys) if marked else 0

    def clear_marks(self) -> None:
        """Take all marks away."""
        self.marks.clear()
        self._marks_changed()

    def action_extend(self, by: int) -> None:
        """Move by lines, and mark what lies between here and where that began."""
        line_count = 0 if self._tree is None else self._tree.lines_known
        line = max(0, min(self._cursor + by, line_count - 1))
        if self._end != self._cursor:
            self._anchor = self._end = self._cursor
            self._marked_before = frozenset()
            self._set_lines(range(self._cursor, self._cursor + 1), marked=True)
        before, after = _span(self._anchor, self._end), _span(self._anchor, line)
        self._set_lines(_without(after, before), marked=True)
        self._set_lines(_without(before, after), marked=False)
        self._move_to(line)
        self._end = line
        self._ends = self._keys_on(self._anchor, line)
        self._marks_changed()

    def action_extend_page(self, by: int) -> None:
        """Move by screens, marking as by lines."""
        self.action_extend(by * max(1, self._page - 1))

    def _set_lines(self, lines: range, *, marked: bool) -> None:
        """Mark the keys on some lines; or let those be again that were not marked before."""
        if not lines or self._tree is None:
            return
        with self._reading():
            rows = self._tree.rows(lines.start, len(lines))
            keys = [(row.key.id, row.key.public) for row in rows if row.key is not None]
            if marked:
                self._marked_before |= {key_id for key_id, _ in keys if key_id in self.marks}
            else:
                keys = [key for key in keys if key[0] not in self._marked_before]
            self.marks.set(keys, marked=marked)

    def _keys_on(self, *lines: int) -> tuple[int | None, ...]:
        if self._tree is None:
            return ()
        rows = [row for line in lines for row in self._tree.rows(line, 1)]
        return tuple(None if row.key is None else row.key.id for row in rows)

    def _changed(self) -> None:
        # What another program saved ends a range only where lines have other numbers by that.
        if self._end >= 0 and self._keys_on(self._anchor, self._end) != self._ends:
            self._end = -1
        super()._changed()

    def _marks_changed(self) -> None:
        self.refresh()
        self.post_message(self.Marked())


def _span(one: int, other: int) -> range:
    return range(min(one, other), max(one, other) + 1)


def _without(lines: range, others: range) -> range:
    """The lines of a span that are not in another one; both begin or end on the same line."""
    if lines.start < others.start:
        return range(lines.start, min(lines.stop, others.start))
    return range(max(lines.start, others.stop), lines.stop)
