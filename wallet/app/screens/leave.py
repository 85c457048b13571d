"""Asks whether to leave, for whoever set that it is asked."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog


class LeaveDialog(Dialog[bool]):
    """Enter and y leave; n and Esc stay."""

    NO_COMMAND = "it is about leaving the app"
    STARTS_AT = "#accept"
    TITLE_TEXT = "Leave the wallet?"
    ASKS = True

    def fields(self) -> ComposeResult:
        yield Static("It locks. Everything is saved.", classes="explain", markup=False)

    def buttons(self) -> ComposeResult:
        key = self.app.key_of
        yield Button(f"{key('lists.yes', 'y')} Leave", id="accept", variant="primary", compact=True)
        yield Button(f"{key('lists.no', 'n')} Stay", id="cancel", compact=True)

    def accept(self) -> None:
        self.finish(True)
