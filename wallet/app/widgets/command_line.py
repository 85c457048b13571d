"""The command that does the same as a dialog, shown in it once somebody asks for it."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class CommandLine(Static):
    """One command as it is written in a shell. Hidden until `show`."""

    DEFAULT_CSS = """
    CommandLine {
        display: none;
        height: auto;
        padding: 0 1;
        background: $boost;
        color: $text-primary;
        &.-shown { display: block; }
    }
    """

    @property
    def shown(self) -> bool:
        """Whether somebody asked for the command."""
        return self.has_class("-shown")

    def show(self, command: str) -> None:
        """Show a command."""
        self.update(Content(command))
        self.add_class("-shown")
