"""The box in which a filter is typed, and beneath it the words that it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from textwrap import wrap
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize
from textual.widgets import Input, Static

from wallet.vault.tree.query import completed, completions

HINT = "name, path, tag or key"


class FilterInput(Input):
    """The text of the filter. Tab writes its last word on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False, id="filter.complete")
    ]

    def __init__(self, tags: Callable[[], Iterable[str]]) -> None:
        super().__init__(id="filter", placeholder=HINT, compact=True)
        self._tags = tags

    @property
    def words(self) -> str:
        """The words that may be typed here; Tab writes on what there is no doubt about."""
        return "  ".join(completions(self.value, self._tags()))

    def action_complete(self) -> None:
        """Write the last word on, as far as there is no doubt how."""
        self.value = completed(self.value, self._tags())
        self.cursor_position = len(self.value)


class FilterBox(Vertical):
    """The filter's text, and while it is typed its words. Hidden while nothing is filtered."""

    DEFAULT_CSS = """
    FilterBox {
        height: auto;
        #filter { height: 1; border: none; padding: 0 1; display: none; }
        #filter-words {
            display: none;
            height: auto;
            padding: 0 1;
            color: $text-muted;
        }
        &:focus-within #filter-words.-shown { display: block; }
    }
    """

    def __init__(self, tags: Callable[[], Iterable[str]]) -> None:
        """`tags` gives the tags of the vault's keys."""
        super().__init__()
        self._tags = tags

    def compose(self) -> ComposeResult:
        yield FilterInput(self._tags)
        yield Static("", id="filter-words", markup=False)

    def on_mount(self) -> None:
        self._show_words()

    @on(Input.Changed)
    @on(Resize)
    def _show_words(self) -> None:
        words = self.query_one(FilterInput).words
        line = self.query_one("#filter-words", Static)
        room = max(self.size.width - 2, 1)  # without its padding
        # As the widget breaks them, but that an end says where there are more.
        lines = max(self.app.size.height // 8, 1)
        cut = wrap(words, room, max_lines=lines, placeholder=" …", break_on_hyphens=False)
        line.update("\n".join(cut))
        line.set_class(bool(words), "-shown")
