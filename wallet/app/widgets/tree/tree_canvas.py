"""Draws the lines of a tree that are on screen, and asks for no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from rich.segment import Segment
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wallet.app.widgets.tree.row_drawing import LineStyles, draw, wrapped
from wallet.errors import WalletError
from wallet.vault.tree.marks import MarkedKeys
from wallet.vault.tree.query import doubts
from wallet.vault.tree.tree import Tree, TreeRow


class TreeCanvas(ScrollView):
    """The lines of a `Tree` around the scroll position, one of them with the cursor.

    What is drawn is fetched a screenful at a time and kept until it is scrolled away.
    """

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-tree--cursor",
        "key-tree--kind",
        "key-tree--group",
        "key-tree--good",
        "key-tree--warn",
        "key-tree--bad",
        "key-tree--past",
        "key-tree--empty",
    }

    DEFAULT_CSS = """
    TreeCanvas {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        color: $foreground;

        & > .key-tree--kind { color: $text-muted; }
        /* No italics: GNU screen draws them as it does the cursor. */
        & > .key-tree--group { color: $text-muted; }
        & > .key-tree--good { color: $text-success; }
        & > .key-tree--warn { color: $text-warning; }
        & > .key-tree--bad { color: $text-error; }
        & > .key-tree--past { color: $text-muted; }
        & > .key-tree--empty { color: $text-muted; }
        & > .key-tree--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .key-tree--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.empty = ""
        self.marks = MarkedKeys()
        self._tree: Tree | None = None
        self._cursor = 0
        self._rows: dict[int, TreeRow] = {}

    def failed(self, error: WalletError) -> None:
        """The records could not be read; for a subclass to tell."""

    def render_line(self, y: int) -> Strip:
        """The line at `y` of the screen's part of this widget."""
        width = self.scrollable_content_region.width
        line = y + self.scroll_offset.y
        row = None
        with self._reading():
            row = self._row_at(line)
        if row is None:
            return self._render_empty(y, width)
        return draw(
            *(row, width, self._styles_of(line)),
            cursor=line == self._cursor,
            marked=row.key is not None and row.key.id in self.marks,
            terms=self._tree.terms if self._tree is not None and self._tree.filtered else (),
        )

    def _render_empty(self, y: int, width: int) -> Strip:
        style = self.get_component_rich_style("key-tree--empty")
        words = self._words_when_empty()
        lines = wrapped(words, max(1, width - 2)) if words else []
        text = lines[y] if y < len(lines) else ""
        return Strip([Segment(f" {text}", style)]).adjust_cell_length(width, style)

    def _words_when_empty(self) -> str:
        tree = self._tree
        if tree is None or tree.lines_known or not tree.complete:
            return ""
        if not tree.filtered:
            return self.empty
        return " ".join([f"No key matches “{tree.text.strip()}”.", *doubts(tree.text)])

    def _styles_of(self, line: int) -> LineStyles:
        if line == self._cursor:
            return LineStyles(
                *[self.get_component_rich_style("key-tree--cursor")] * len(LineStyles._fields)
            )
        return LineStyles(
            self.rich_style,
            *(
                self.get_component_rich_style(f"key-tree--{part}")
                for part in LineStyles._fields[1:]
            ),
        )

    def _row_at(self, line: int) -> TreeRow | None:
        """The row on a line; what else is missing on screen is fetched with it."""
        if self._tree is None or not 0 <= line < self._tree.lines_known:
            return None
        if line not in self._rows:
            last = max(line, self.scroll_offset.y + self._page - 1)
            while last > line and last in self._rows:
                last -= 1
            if last - line > 2 * self._page:
                last = line
            if len(self._rows) > 8 * self._page:
                self._rows.clear()
            for at, row in enumerate(self._tree.rows(line, last - line + 1), line):
                self._rows[at] = row
        return self._rows.get(line)

    @property
    def _page(self) -> int:
        """The number of lines on screen."""
        return max(self.scrollable_content_region.height, 1)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Reading the records. When that fails `failed` is told, and nothing more is shown."""
        try:
            yield
        except WalletError as error:
            self._tree = None
            self._rows.clear()
            self.failed(error)
