"""The vault's file was changed apart from this window: which of the two goes on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.text import plain
from wallet.vault.vault import Vault


class PartedDialog(Dialog[str]):
    """The dialog ends with a sentence on what was saved; closing it changes nothing."""

    TITLE_TEXT = "The file is another than this window's"

    def __init__(self, vault: Vault, why: str) -> None:
        super().__init__()
        self.vault, self._why = vault, why

    def fields(self) -> ComposeResult:
        yield Static(plain(self._why, 600), classes="explain", markup=False)
        yield Static(
            "Nothing is saved meanwhile. To go on with this window's keys, save them over the "
            "file: it is kept as a backup that stays, and can be joined then (V, Join…). To go on "
            "with the file's, lock (L), and unlock.",
            classes="explain",
            markup=False,
        )

    def buttons(self) -> ComposeResult:
        yield Button("Save this window's", id="accept", variant="warning", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#cancel"))

    def accept(self) -> None:
        def job() -> str:
            self.vault.save_over()
            return f"Saved as save {self.vault.generation:,}. The other file is kept as a backup."

        self.work(job, "saving…")
