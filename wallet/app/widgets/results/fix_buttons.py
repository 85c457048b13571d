"""The buttons beneath what a server said: to copy what to change, to ask again, to close."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button

from wallet.app.host import Host


def fix_buttons(app: Host, again: str) -> ComposeResult:
    """The three buttons, the first two with their keys; `again` is what asks once more."""
    copy_key, again_key = app.key_of("dialog.copy_fix", "f6"), app.key_of("dialog.again", "f5")
    yield Button(f"{copy_key} Copy what to change", id="copy-fix", compact=True)
    yield Button(f"{again_key} {again}", id="accept", variant="primary", compact=True)
    yield Button("Close", id="cancel", compact=True)
