"""A field to paste keys into, several lines of them: hidden, for they may be seeds."""

from __future__ import annotations

import unicodedata

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip

from wallet.app.widgets.secrets.secret_input import SecretInput, width_in_utf8
from wallet.exchange.readers.keys_in_text import MAX_SIZE


class SecretPaste(SecretInput):
    """Up to 1 MiB of text, of which only the size is shown. What is typed goes to its end.

    Keys: Backspace, and Ctrl+U to clear it all.
    """

    def __init__(self, *, placeholder: str, id: str | None = None) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, id=id)
        self._buffer = bytearray(MAX_SIZE)
        self.tooltip = "What you paste is not shown. Ctrl+U clears it."

    def content(self) -> bytearray:
        """Copy what was pasted into a buffer that the caller wipes; the field keeps its own."""
        return self._copy()

    def insert(self, text: str) -> str:
        if any(unicodedata.category(c) == "Cs" for c in text):
            return "That was left out: it holds what is no character."
        size = sum(map(width_in_utf8, text))
        if self._length + size > len(self._buffer):
            return "That was left out: no key, JWT or creds text is longer than 1 MiB."
        for character in text:
            for byte in character.encode():
                self._buffer[self._length] = byte
                self._length += 1
        self._cursor = self._length
        return ""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self._changed(self.insert(event.text))

    def action_move(self, steps: int) -> None:
        """Do nothing: no text is shown that a cursor could move in."""

    def action_home(self) -> None:
        """Do nothing: there is no cursor."""

    def action_delete(self) -> None:
        """Do nothing: there is no cursor."""

    def action_nothing(self) -> None:
        self.notify("Nothing is ever copied from here.", markup=False)

    def render_line(self, y: int) -> Strip:
        width, style = self.size.width, self.rich_style
        if y != 0 or width < 1:
            return Strip.blank(width, style)
        if self.empty:
            text, shown = self._placeholder, self.placeholder_style
        else:
            lines = self._buffer.count(b"\n", 0, self._length) + 1
            size = "1 line" if lines == 1 else f"{lines:,} lines"
            text, shown = f"{self._length:,} characters in {size}, hidden", style
        cursor = style + Style(reverse=True) if self.has_focus else style
        line = Strip([Segment(text, shown), Segment(" ", cursor)])
        return line.adjust_cell_length(width, style)
