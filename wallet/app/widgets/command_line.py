"""The command that does the same as a dialog, shown in it once somebody asks for it."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

_AROUND = 2  # a blank at each end
_MOST_LINES = 4  # a longer one is copied whole, and shown as far as it goes


class CommandLine(Static):
    """One command as it is written in a shell. Hidden until `show`."""

    DEFAULT_CSS = """
    CommandLine {
        display: none;
        height: auto;
        max-height: 4;
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

    def rows_in(self, cells: int) -> int:
        """The number of lines that it takes in a box of so many cells: none while hidden."""
        text = self.content if self.shown else ""
        lines = Content(str(text)).wrap(max(1, cells - _AROUND)) if text else []
        return min(len(lines), _MOST_LINES)

    def show(self, command: str) -> None:
        """Show a command."""
        self.update(Content(command))
        self.add_class("-shown")
