"""The vault's file is gone while the wallet is open: write it anew, or bring it back."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.vault.vault import Vault

SEALED = (
    "Its file is gone. What it held waits here, sealed, for its passphrase; leaving the wallet "
    "loses that."
)


class VanishedDialog(Dialog[str]):
    """Ends with a sentence once the file is written; `leaving`, it offers to leave the app too."""

    NO_COMMAND = "only this window holds what it writes"
    STARTS_AT = "#cancel"
    ASKS = True
    TITLE_TEXT = "The vault's file is gone"
    ACCEPT_LABEL = "Write it anew"

    def __init__(self, vault: Vault, *, leaving: bool = False) -> None:
        super().__init__()
        self.vault, self.leaving = vault, leaving

    def fields(self) -> ComposeResult:
        yield Static(str(self.vault.path), classes="field-label", markup=False)
        yield Static(
            "Its keys are still here, in memory, and nothing can be saved. If its disk is away, "
            "bring that back. Or write the file anew, where it was.",
            classes="explain",
        )
        if self.leaving:
            yield Static("Leaving now loses what no backup holds.", classes="explain", markup=False)

    def buttons(self) -> ComposeResult:
        yield Button("Write it anew", id="accept", variant="primary", compact=True)
        if self.leaving:
            yield Button("Leave and lose it", id="leave", variant="error", compact=True)
        yield Button("Not now", id="cancel", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "leave":
            event.stop()
            self.app.exit()

    def accept(self) -> None:
        def job() -> str:
            self.vault.write_anew()
            return f"Saved {self.vault.path} anew, and read it back."

        self.work(job, "writing")
