"""A screen that is laid out once for a size.

Textual lays a screen out when it comes, and again when the screen hears of the size that this gave
it; then its classes of that size come, all its widgets get their styles anew, and it is laid out a
third time. So are the screens that a dialog leaves in sight, though they keep their size.
"""

from __future__ import annotations

from typing import TypeVar

from textual.geometry import Size
from textual.screen import Screen

Result = TypeVar("Result")


class SizedScreen(Screen[Result]):
    """It has the classes of the terminal's size before its widgets are made."""

    async def _compose(self) -> None:
        breakpoints = self.app.VERTICAL_BREAKPOINTS or []
        classes = self._get_breakpoint_classes(self.app.size.height, breakpoints)
        self.add_class(*classes, update=False)  # it comes before its widgets get theirs
        await super()._compose()

    def _screen_resized(self, size: Size) -> None:
        """Lay the screen out for another size; whatever else changes is laid out without this."""
        if size != self._compositor.size:
            super()._screen_resized(size)
