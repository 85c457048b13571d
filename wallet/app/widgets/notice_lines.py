"""The lines above the footer in which the app says what happened, for some seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.notifications import Notification
from textual.screen import Screen
from textual.widget import Widget

from wallet.when import here_too

_SHARE = 6  # of the screen's lines, one in so many at most; a single notice twice that
_BAR = "▌"
_AROUND = 4  # the bar, a blank behind it, and one at each end
_COLOURS = {"information": "$text-success", "warning": "$text-warning", "error": "$text-error"}


class NoticeLines(Widget):
    """Takes its lines from what stands above, so that it hides nothing, and gives them back.

    Below a dialog's box with room enough under it, it takes none: the box stays where it is.
    """

    class RowsChanged(Message):
        """It takes more lines, or fewer, than before."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    NoticeLines {
        dock: bottom;
        height: 1;
        margin: 0 0 1 0;
        padding: 0 1;
        background: $panel;
        display: none;
        &.-over { layer: _toastrack; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Content] = []

    @property
    def rows(self) -> int:
        """The number of lines that it takes now from what stands above."""
        return 0 if self.has_class("-over") else len(self._lines)

    def show(self, notices: Iterable[Notification], screen: Screen[Any]) -> None:
        """Show of these as many as there is room for on its screen: the newest, last."""
        before = self.rows
        size = screen.app.size  # the screen may not have one yet
        self._lines = _fitting([_drawn(one, size.width - _AROUND) for one in notices], size)
        self.display = bool(self._lines)
        self.styles.height = max(1, len(self._lines))
        self.add_class("-over")
        self.settle(screen)
        self.refresh()
        if self.rows != before:
            self.post_message(self.RowsChanged())

    def settle(self, screen: Screen[Any]) -> None:
        """Find out whether there is still room enough below the box of a dialog.

        Where there was none, these lines stay above it. They make the box lower: it would have room
        for them again, be as high as before once they lie there, and so on without end.
        """
        heights = [box.outer_size.height for box in screen.query("#box")]
        free = max(((screen.app.size.height - 1 - height) // 2 for height in heights), default=0)
        if len(self._lines) > free:
            self.remove_class("-over")

    def render(self) -> Content:
        return Content("\n").join(self._lines)

    def on_click(self) -> None:
        self.app.clear_notifications()


def _fitting(drawn: list[list[Content]], size: Size) -> list[Content]:
    """The lines of the newest notices, as many whole ones as there is room for."""
    room = max(1, size.height // _SHARE)
    lines = drawn[-1][: 2 * room] if drawn else []
    for older in reversed(drawn[:-1]):
        # One line, as most tell what was done: it stands above what follows from that.
        if len(older) + len(lines) > room + (len(older) == 1):
            break
        lines = [*older, *lines]
    return lines


def _drawn(notice: Notification, width: int) -> list[Content]:
    """A notice in lines of so many cells, with a bar in the colour of how bad it is."""
    bar, blank = Content.styled(f"{_BAR} ", _COLOURS[notice.severity]), Content("  ")
    text = Content(here_too(notice.message))
    if notice.title:
        text = Content.assemble((notice.title, "bold"), ". ", text)
    lines = text.wrap(max(1, width))
    return [(blank if at else bar) + line for at, line in enumerate(lines)]
