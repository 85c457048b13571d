"""Asks whether to leave, for whoever set that it is asked."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog


class LeaveDialog(Dialog[bool]):
    """Enter and y leave; n and Esc stay."""

    STARTS_AT = "#accept"
    TITLE_TEXT = "Leave the wallet?"
    ACCEPT_LABEL = "y Leave"
    ASKS = True

    def fields(self) -> ComposeResult:
        yield Static("It locks. Everything is saved.", classes="explain", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button(self.ACCEPT_LABEL, id="accept", variant="primary", compact=True)
        yield Button("n Stay", id="cancel", compact=True)

    def accept(self) -> None:
        self.finish(True)
