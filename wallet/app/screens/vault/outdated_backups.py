"""Deletes the backups that open by ways in of before, once the new ones are seen to work."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.secrets.opener_fields import OpenerFields
from wallet.text import plain
from wallet.vault.backups import older_saves
from wallet.vault.copies.conflict_copies import lost_with
from wallet.vault.vault import Vault


class OutdatedBackupsDialog(Dialog[str]):
    """The dialog ends with a sentence on how many went."""

    NO_COMMAND = "`passphrase` and `recovery` ask the same on a terminal"
    STARTS_AT = "#old"
    TITLE_TEXT = "Delete backups from before?"
    ENTER_LEADS_TO = "cancel"

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault
        self.backups = vault.outdated_backups()

    def fields(self) -> ComposeResult:
        which = older_saves.outdated_in_words(len(self.backups))
        yield Static(
            f"{which}, and what each held then is in it. Once they are gone, only copies "
            "elsewhere are left that open so. Nothing is left to go back to from before that, "
            "either.",
            classes="explain",
            markup=False,
        )
        if lost := lost_with(self.vault, self.backups):
            yield Static(plain(lost, 600), classes="explain", markup=False)
        yield OpenerFields(self.vault)

    def buttons(self) -> ComposeResult:
        yield Button("Delete them", id="accept", variant="error", compact=True)
        yield Button("Keep", id="cancel", compact=True)

    def on_secret_input_submitted(self) -> None:
        self.step_on()

    def accept(self) -> None:
        typed, vault, backups = self.query_one(OpenerFields).typed(), self.vault, self.backups

        def job() -> str:
            typed.proved(vault).wipe()
            gone = vault.delete_backups(backups)
            return f"Deleted {gone:,} of {len(backups):,}. Copies elsewhere are yours to find."

        self.work(job, "deleting")
