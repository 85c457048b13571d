"""The tree of keys: draws the lines on screen, and asks the records for no others."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.timer import Timer

from wallet.app.widgets.tree.row_drawing import is_on_mark
from wallet.app.widgets.tree.tree_canvas import TreeCanvas
from wallet.errors import WalletError
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.outline import Folding
from wallet.vault.tree.sibling_order import Order
from wallet.vault.tree.tree import Tree, TreeRow

# The filter looks on in slices that a person does not notice, some 30 times a second.
_FIRST_SLICE = 0.03
_SLICE = 0.01
_BETWEEN_SLICES = 1 / 30
_GROWN = 1.5  # as long: a tree that grew by less is not laid out anew meanwhile, and painted whole


class KeyTree(TreeCanvas, can_focus=True):
    """Operators, accounts, users, and the keys that stand alone. `empty` is shown without keys.

    Everything in it costs the same for 100,000 keys as for 100. The cursor stays on its key
    when the records are loaded again. Names are drawn as text, whatever is in them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", "Up", show=False, id="tree.up"),
        Binding("down,j", "cursor(1)", "Down", show=False, id="tree.down"),
        Binding("left,h", "close", "Fold", show=False, id="tree.fold"),
        Binding("right,l", "open", "Unfold", show=False, id="tree.unfold"),
        Binding("minus", "fold_all", "Fold all", show=False, id="tree.fold-all"),
        Binding("equals_sign", "unfold_all", "Unfold all", show=False, id="tree.unfold-all"),
        Binding("home,g", "first", "First", show=False, id="tree.first"),
        Binding("end,G", "last", "Last", show=False, id="tree.last"),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("enter", "select", "Select", show=False),
    ]

    class Highlighted(Message):
        """The cursor came to a line, or what is on its line changed. No row: no lines."""

        def __init__(self, key_tree: KeyTree, row: TreeRow | None) -> None:
            super().__init__()
            self.key_tree = key_tree
            self.row = row

        @property
        def control(self) -> KeyTree:
            return self.key_tree

    class Selected(Message):
        """Enter, or a double click, on a line."""

        def __init__(self, key_tree: KeyTree, row: TreeRow) -> None:
            super().__init__()
            self.key_tree = key_tree
            self.row = row

        @property
        def control(self) -> KeyTree:
            return self.key_tree

    class Searched(Message):
        """The filter found more, or is through: `matches` so far, all when `complete`."""

        def __init__(self, key_tree: KeyTree, matches: int, *, complete: bool) -> None:
            super().__init__()
            self.key_tree = key_tree
            self.matches = matches
            self.complete = complete

        @property
        def control(self) -> KeyTree:
            return self.key_tree

    class Failed(Message):
        """The records could not be read: the vault is locked, or its contents are damaged."""

        def __init__(self, error: WalletError) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        records: Records | None = None,
        *,
        folding: Folding | None = None,
        order: Order = Order.NAME,
        empty: str = "No keys yet.",
        id: str | None = None,  # noqa: A002 (Textual's own name for it)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self.order = order
        self._folding = folding  # to begin with
        self._row: TreeRow | None = None
        self._last_key: int | None = None
        self._before_filter: tuple[int | None, int] = (None, 0)  # its key and line
        self._searching: Timer | None = None
        if records is not None:
            self.load(records)

    # For the owner

    @property
    def selected(self) -> KeyRecord | None:
        """The key under the cursor; None on the group's line, and when there is none."""
        return None if self._row is None else self._row.key

    @property
    def has_lines(self) -> bool:
        """Whether there is a line under the cursor, be it of a key or of a group."""
        return self._row is not None

    @property
    def line(self) -> int:
        """The number of the line under the cursor, from 0."""
        return self._cursor

    def go_to(self, line: int) -> None:
        """Put the cursor on a line, or on the last."""
        self._move_to(line)

    @property
    def folding(self) -> Folding:
        """The branches that are unfolded, to begin with again after a lock."""
        return Folding() if self._tree is None else self._tree.folding

    @property
    def filtered(self) -> bool:
        """Whether a filter is in force; `select` drops one that hides the key."""
        return self._tree is not None and self._tree.filtered

    def load(self, records: Records) -> None:
        """Show these records, the cursor on the key it was on, folds and filter kept."""
        key = self._last_key
        with self._reading():
            self._tree = tree = Tree(records, self._tree, self._folding, self.order)
            tree.step(self._page * 2, _FIRST_SLICE)
            if key is not None and (line := self._line_of(key)) is not None:
                self._cursor = line
            self._changed()
        self._look_on()
        if self.is_mounted:
            self.call_after_refresh(self._prepare)

    def filter(self, text: str) -> None:
        """Show only what holds every word of `text`; the cursor goes to the first match.

        Without text all is shown again, the cursor still on its key; where nothing fitted it goes
        back to where it was before the filter.
        """
        tree = self._tree
        if tree is None or text == tree.text:
            return
        if not tree.filtered:
            self._before_filter = (self._last_key, self._cursor)
        key, line = (self._last_key, 0) if self._row is not None else self._before_filter
        with self._reading():
            tree.filter(text)
            if tree.filtered:
                tree.step(self._page * 2, _FIRST_SLICE)
                self._cursor = tree.first_match or 0
            else:
                self._cursor = line if key is None else tree.reveal(key) or 0
            self._changed()
        self._look_on()

    def like(self, typed: str, count: int) -> list[KeyRecord]:
        """At most so many keys that a filter leaves, those first whose paths begin so."""
        with self._reading():
            return [] if self._tree is None else self._tree.like(typed, count)
        return []

    def select(self, key_id: int) -> bool:
        """Put the cursor on a key, unfolding what hides it; whether it is there."""
        with self._reading():
            line = None if self._tree is None else self._tree.reveal(key_id)
            if line is not None:
                self._cursor = line
                self._changed()
                return True
        return False

    def on_mount(self) -> None:
        self._resize()
        self.call_after_refresh(self._prepare)

    def on_resize(self) -> None:
        self._resize()
        self._show_cursor()

    def failed(self, error: WalletError) -> None:
        """Tell the owner that there is nothing more to show."""
        self._row = None
        self.post_message(self.Failed(error))

    # Changing what is shown

    def _changed(self) -> None:
        """Lay out, draw and tell anew: everything may be different."""
        self._rows.clear()
        self._resize()
        line_count = 0 if self._tree is None else self._tree.lines_known
        self._cursor = max(0, min(self._cursor, line_count - 1))
        self._show_cursor()
        self.refresh()
        self._tell()

    def _resize(self) -> None:
        line_count = 0 if self._tree is None else self._tree.lines_known
        self.virtual_size = Size(self.scrollable_content_region.width, line_count)

    def _tell(self) -> None:
        with self._reading():
            self._row = self._row_at(self._cursor)
        if self._row is not None:
            # Remembered while a filter matches nothing, to come back to.
            self._last_key = None if self._row.key is None else self._row.key.id
        self.post_message(self.Highlighted(self, self._row))

    def _show_cursor(self) -> None:
        self.scroll_to_region(Region(0, self._cursor, 1, 1), animate=False, immediate=True)

    def _line_of(self, key_id: int) -> int | None:
        """The line a key is on, also when that means to unfold; a filter stays."""
        if self._tree is None:
            return None
        line = self._tree.row_of(key_id)
        return self._tree.reveal(key_id) if line is None and not self._tree.filtered else line

    def _move_to(self, line: int) -> None:
        line_count = 0 if self._tree is None else self._tree.lines_known
        line = max(0, min(line, line_count - 1))
        if line == self._cursor or not line_count:
            return
        if line >= self.virtual_size.height:  # found by the filter since
            self._resize()
        self.refresh_line(self._cursor)
        self._cursor = line
        self.refresh_line(line)
        self._show_cursor()
        self._tell()

    def _prepare(self) -> None:
        """Gather what the filter searches, in a thread, while nobody types yet."""
        if (tree := self._tree) is not None:
            self.run_worker(lambda: _prepare(tree), thread=True, group="prepare", exclusive=True)

    def _look_on(self) -> None:
        """Let the filter go on in slices until it is through, once what it found is painted."""
        if self._searching is not None:
            self._searching.stop()
            self._searching = None
        if self._tree is not None and not self._tree.complete:
            self._searching = self.set_interval(_BETWEEN_SLICES, self._look_further, pause=True)
            self.call_after_refresh(self._searching.resume)
        self._searched()

    def _look_further(self) -> None:
        with self._reading():
            if self._tree is not None:
                before = self._tree.lines_known
                self._tree.step(2**62, _SLICE)
                long = self._tree.lines_known > _GROWN * self.virtual_size.height
                if long or self._tree.complete:
                    self._resize()
                if before < self.scroll_offset.y + self._page:
                    self._first_found()
        if self._tree is None or self._tree.complete:
            self._look_on()
        else:
            self._searched()

    def _first_found(self) -> None:
        """Draw what the filter found since, and put the cursor on the first match."""
        if self._row is None and self._tree is not None:
            self._cursor = self._tree.first_match or 0
            self._changed()
        self.refresh()

    def _searched(self) -> None:
        if self._tree is not None and self._tree.filtered:
            matches, complete = self._tree.matches_known, self._tree.complete
            self.post_message(self.Searched(self, matches, complete=complete))

    # Keys and mouse

    def action_cursor(self, by: int) -> None:
        """Move by lines."""
        self._move_to(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move by screens."""
        self._move_to(self._cursor + by * max(1, self._page - 1))

    def action_first(self) -> None:
        """Go to the first line."""
        self._move_to(0)

    def action_last(self) -> None:
        """Go to the last line."""
        with self._reading():
            if self._tree is not None:
                line = len(self._tree) - 1
                self._resize()
                self._move_to(line)

    def action_close(self) -> None:
        """Fold, or go to what this line hangs beneath."""
        if self._row is None or self._tree is None:
            return
        if self._row.foldable and not self._row.folded:
            self.action_toggle()
            return
        with self._reading():
            above = self._tree.parent_of(self._cursor)
            if above is not None:
                self._move_to(above)

    def action_open(self) -> None:
        """Unfold, or go to the first line beneath."""
        if self._row is None or not self._row.foldable:
            return
        if self._row.folded:
            self.action_toggle()
        else:
            self._move_to(self._cursor + 1)

    def action_toggle(self) -> None:  # type: ignore[override]  # theirs toggles an attribute
        """Fold or unfold."""
        with self._reading():
            if self._tree is not None and self._row is not None and self._row.foldable:
                self._tree.toggle(self._cursor)
                self._changed()

    def action_fold_all(self) -> None:
        """Show only what is at the top; the cursor goes to what its key is under there."""
        with self._reading():
            if self._tree is not None and self._row is not None:
                top = self._cursor
                while (above := self._tree.parent_of(top)) is not None:
                    top = above
                row = self._row_at(top)
                self._tree.fold_all()
                self._stay_on(row)

    def action_unfold_all(self) -> None:
        """Show everything, the cursor on its key."""
        with self._reading():
            if self._tree is not None:
                self._tree.unfold_all()
                self._stay_on(self._row)

    def _stay_on(self, row: TreeRow | None) -> None:
        """Lay out anew, with the cursor on this line; that without a key is the last at the top."""
        if self._tree is not None and row is not None:
            line = self._tree.row_of(row.key.id) if row.key else None
            self._cursor = len(self._tree) - 1 if line is None else line
        self._changed()

    def action_select(self) -> None:
        """Tell the owner that this line was chosen."""
        if self._row is None:
            raise SkipAction  # the screen may have something for that
        self.post_message(self.Selected(self, self._row))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to what is clicked; fold on an arrow; select on a double click."""
        place = event.get_content_offset(self)
        line = -1 if place is None else place.y + self.scroll_offset.y
        with self._reading():
            row = self._row_at(line)
            if row is None or place is None:
                return
            self._move_to(line)
            if is_on_mark(row, place.x):
                self.action_toggle()
            elif event.chain == 2:
                self.action_select()


def _prepare(tree: Tree) -> None:
    try:
        tree.prepare()
    except WalletError:
        return  # whoever asks next is told
