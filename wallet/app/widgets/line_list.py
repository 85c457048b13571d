"""A list of lines, as long as it likes: only those on screen are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wallet.text import plain
from wallet.when import here_too

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line: its mark, a text from anywhere, and a look: `good`, `warn`, `bad` or none."""

    mark: str
    text: str
    how: str = ""


class LineList(ScrollView, can_focus=True):
    """Lines to scroll through with arrow keys, Page up and down, Home and End."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-list--good",
        "line-list--warn",
        "line-list--bad",
    }
    DEFAULT_CSS = """
    LineList {
        height: auto;
        max-height: 42vh;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        border: tall $border-blurred;
        padding: 0 1;
        &:focus { border: tall $border; }
        &.-empty { display: none; }
        & > .line-list--good { color: $text-success; }
        & > .line-list--warn { color: $text-warning; }
        & > .line-list--bad { color: $text-error; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._given: Sequence[MarkedLine] = ()
        self._lines: Sequence[MarkedLine] = ()  # as they fit the width
        self._width = 0

    def show(self, lines: Sequence[MarkedLine]) -> None:
        """Show these lines, from the first on."""
        self._given = lines
        self._fit()
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        if self._width != self.scrollable_content_region.width:
            self._fit()

    def _fit(self) -> None:
        self._width = self.scrollable_content_region.width
        room = max(self._width - 2, 10)
        self._lines = [part for line in self._given for part in _wrapped(line, room)]
        self.virtual_size = Size(0, len(self._lines))
        self.set_class(not self._lines, "-empty")
        self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        if not 0 <= at < len(self._lines):
            return Strip.blank(width, self.rich_style)
        line = self._lines[at]
        style = self.rich_style
        mark = self.get_component_rich_style(f"line-list--{line.how}") if line.how else style
        segments = [Segment(f"{line.mark} ", mark), Segment(line.text, style)]
        return Strip(segments).adjust_cell_length(width, style)


def _wrapped(line: MarkedLine, room: int) -> list[MarkedLine]:
    """Make a line safe to show, and cut it into as many as it takes."""
    text = here_too(plain(line.text, _LONGEST))
    if len(text) <= room:
        return [replace(line, text=text)]
    indent = "  " if text.startswith("  ") else ""
    parts = wrap(text, room, initial_indent=indent, subsequent_indent=indent or "  ")
    return [replace(line, mark=" " if n else line.mark, text=part) for n, part in enumerate(parts)]
