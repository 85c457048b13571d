"""Asks whether a file with a seed in plain text is to be deleted."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.exchange.leftovers import HONEST, delete, whose
from wallet.exchange.readers.material import Findings, PlainFile
from wallet.text import plain
from wallet.vault.vault import Vault


class LeftoverDialog(Dialog[bool]):
    """The dialog ends with whether the file was deleted; with None no more is to be asked."""

    NO_COMMAND = "`import` asks the same on a terminal"
    STARTS_AT = "#keep"
    TITLE_TEXT = "Delete this file?"

    def __init__(
        self, vault: Vault, findings: Findings, file: PlainFile, backup: str, left: int
    ) -> None:
        super().__init__()
        self.vault, self.findings, self.file = vault, findings, file
        self.backup, self.left = backup, left

    def fields(self) -> ComposeResult:
        yield Static(plain(self.file.path, 400), classes="field-label", markup=False)
        contents = (
            f"It holds {whose(self.vault.records, self.file)} in plain text. The vault has "
            f"all that is in it, and it was read back out of {self.backup}."
        )
        yield Static(contents, classes="explain", markup=False)
        yield Static(HONEST, classes="explain", markup=False)
        if self.left > 1:
            more = f"{self.left - 1:,} more follow. Esc stops."
            yield Static(more, classes="explain", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button("Delete", id="accept", variant="error", compact=True)
        yield Button("Keep", id="keep", compact=True)
        yield Button("Stop", id="cancel", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "keep":
            event.stop()
            self.finish(False)

    def accept(self) -> None:
        delete(self.file, self.findings)
        self.finish(True)
