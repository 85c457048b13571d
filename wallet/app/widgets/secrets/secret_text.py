"""A secret on the screen, for as long as it is asked for: no selection, no copy, no history."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from wallet.secrets import sodium

if TYPE_CHECKING:
    from wallet.system.screen_guard import ScreenGuard


class SecretText(Widget):
    """Shows what it is given until `hide`; the buffer is its own, and overwritten then.

    No `str` ever holds it in one piece. Its characters, each between the codes that style it, stay
    in what was written to the terminal, and the terminal has its own memory: nothing shown on a
    screen can be promised to leave no trace.
    """

    ALLOW_SELECT = False
    ALLOW_MAXIMIZE = False
    DEFAULT_CSS = """
    SecretText {
        width: 1fr;
        height: auto;
        padding: 0 1;
        background: $boost;
        color: $text-warning;
        text-style: bold;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._secret = bytearray()
        self._guard: ScreenGuard | None = None  # on a terminal, for while it is shown

    @property
    def shown(self) -> bool:
        """Whether there is something on the screen."""
        return bool(self._secret)

    def show(self, secret: bytes | bytearray) -> None:
        """Show a copy of `secret`, ASCII in one line; it is wrapped where it does not fit."""
        sodium.wipe(self._secret)
        guard_screen = getattr(self.app._driver, "guard_screen", None)
        if guard_screen is not None and self._guard is None:
            self._guard = guard_screen()
        self._secret = bytearray(secret)
        self.refresh(layout=True)

    def hide(self) -> None:
        """Overwrite it and show nothing."""
        sodium.wipe(self._secret)
        self._secret = bytearray()
        self.refresh(layout=True)
        self.call_after_refresh(self._end_guard)

    def _end_guard(self) -> None:
        guard, self._guard = self._guard, None
        if guard is not None and not self._secret:
            guard.end()
        elif guard is not None:
            self._guard = guard  # it was shown again meanwhile

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return max(1, -(-len(self._secret) // max(1, width)))

    def render_line(self, y: int) -> Strip:
        width, style = self.size.width, self.rich_style
        if width < 1:
            return Strip.blank(width, style)
        # Character by character: Python keeps one `str` for each, and none for the whole. Styles
        # in turn, or what draws the strip would write them out as one text again.
        styles = cycle((style + Style(bold=True), style + Style(bold=True, dim=False)))
        shown = self._secret[y * width : (y + 1) * width]
        drawn = [Segment(chr(byte), next(styles)) for byte in shown]
        sodium.wipe(shown)
        return Strip(drawn).adjust_cell_length(width, style)

    def _on_unmount(self) -> None:
        self.hide()
        self._end_guard()
