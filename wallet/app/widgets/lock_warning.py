"""The line at the top of a dialog that says, in the last seconds, that the wallet locks soon."""

from __future__ import annotations

from textual.message import Message
from textual.widgets import Static


class LockWarning(Static):
    """Takes its line from what stands below only while it warns."""

    class Warned(Message):
        """It takes a line now, or gives it back."""

    DEFAULT_CSS = """
    LockWarning {
        dock: top;
        height: 1;
        padding: 0 1;
        background: $warning-muted;
        color: $text-warning;
        text-style: bold;
        text-align: right;
        text-wrap: nowrap;
        display: none;
    }
    """

    def show(self, warning: str) -> None:
        """Show a warning; an empty one gives the line back."""
        self.update(warning)
        if bool(warning) != self.display:
            self.display = bool(warning)
            self.post_message(self.Warned())
