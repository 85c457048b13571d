"""Lines of a head and a text, drawn at whatever width there is, the text within its own column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from wallet.app.widgets.broken_text import BrokenText

Line = tuple[Content, Content]


class HangingLines(BrokenText):
    """A text that is broken goes on beneath where it began; a line without one is its head."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: Sequence[Line] = list(lines)

    @property
    def plain(self) -> str:
        """The text of all lines, as they are without being broken."""
        return "\n".join(f"{head.plain}{text.plain}" for head, text in self._lines)

    def lines(self, width: int) -> list[Content]:
        return [part for line in self._lines for part in _broken(*line, width)]


def _broken(head: Content, text: Content, width: int) -> list[Content]:
    column = len(head.plain)
    if not text.plain or width <= column:
        return [head.append(text)]
    first, *others = text.wrap(width - column)
    return [head.append(first), *(part.pad_left(column) for part in others)]
