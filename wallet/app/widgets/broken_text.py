"""A text that is broken into lines anew at each width that it is drawn at."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


class BrokenText(Visual):
    """It takes the whole width; a subclass says in `lines` how it is broken there."""

    _drawn: tuple[int, Content] = (-1, Content(""))  # the last width, and the text at that

    def lines(self, width: int) -> Iterable[Content]:
        """Break the text into lines of at most `width` cells."""
        raise NotImplementedError

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
            self._drawn = width, Content("\n").join(self.lines(width))
        return self._drawn[1]
