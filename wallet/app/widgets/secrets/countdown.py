"""A line at the top that counts down until a copied secret leaves the clipboard."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Countdown(Static):
    """`what` is on the clipboard for some seconds more."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Countdown {
        dock: top;
        height: 1;
        width: 1fr;
        padding: 0 1;
        background: $warning;
        color: $text;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self, what: str) -> None:
        super().__init__(markup=False)
        self.what = what

    def show(self, seconds: int) -> None:
        """Say how long it stays."""
        self.update(Content(f"⧗ {self.what} is on the clipboard, cleared in {seconds} s"))
