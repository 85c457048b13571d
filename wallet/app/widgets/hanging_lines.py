"""Lines of a head and a text, drawn at whatever width there is, the text within its own column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

Line = tuple[Content, Content]


class HangingLines(Visual):
    """A text that is broken goes on beneath where it began; a line without one is its head."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines: Sequence[Line] = list(lines)
        self._drawn: tuple[int, Content] = (-1, Content(""))

    @property
    def plain(self) -> str:
        """The text of all lines, as they are without being broken."""
        return "\n".join(f"{head.plain}{text.plain}" for head, text in self._lines)

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        return self._at(width).render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:  # noqa: ARG002
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self._at(width).get_height(rules, width)

    def _at(self, width: int) -> Content:
        if self._drawn[0] != width:
            lines = [part for line in self._lines for part in _broken(*line, width)]
            self._drawn = width, Content("\n").join(lines)
        return self._drawn[1]


def _broken(head: Content, text: Content, width: int) -> list[Content]:
    column = len(head.plain)
    if not text.plain or width <= column:
        return [head.append(text)]
    first, *others = text.wrap(width - column)
    return [head.append(first), *(part.pad_left(column) for part in others)]
