"""Asks before what was written in a dialog is thrown away with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog


class ThrowAwayDialog(Dialog[bool]):
    """Esc, Enter and Ctrl+S go on writing: whoever means to throw it away goes to that button."""

    NO_COMMAND = "it is about what was written in a form"
    TITLE_TEXT = "Throw away what you wrote?"

    def fields(self) -> ComposeResult:
        yield Static("It is not saved.", classes="explain", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button("Keep writing", id="cancel", variant="primary", compact=True)
        yield Button("Throw away", id="away", variant="error", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#cancel"))

    def accept(self) -> None:
        self.finish(False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "away":
            event.stop()
            self.finish(True)
