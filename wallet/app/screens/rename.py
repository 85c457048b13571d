"""Gives a key another name."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static

from wallet.app.desk import Desk
from wallet.app.screens.dialog import Dialog
from wallet.vault.key_record import NAME_LENGTH, KeyRecord
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


class RenameDialog(Dialog[int]):
    """The dialog ends with the id of the renamed key."""

    ACCEPT_LABEL = "Rename"

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        super().__init__()
        self.vault, self.record = vault, record

    def title_text(self) -> str:
        return "Rename"

    def fields(self) -> ComposeResult:
        yield Static(f"{self.record.path} is to be called", classes="explain", markup=False)
        yield Input(self.record.name, id="name", max_length=NAME_LENGTH)

    def accept(self) -> None:
        name, key = self.query_one("#name", Input).value.strip(), self.record.id

        def job() -> int:
            with self.vault.change() as records:
                issuing = Issuing(records)
                issuing.rename(key, name)
            self._not_signed = {**issuing.left, **issuing.told}
            return key

        self.work(job)


def open_rename(desk: Desk) -> None:
    """Ask for the selected key's new name."""
    if record := desk.chosen():
        desk.edit(RenameDialog(desk.vault, record))
