"""Gives a key another name."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static

from wallet.app.desk import Desk
from wallet.app.key_repairs import in_keys
from wallet.app.screens.keys.key_dialog import KeyDialog
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.vault.key_record import NAME_LENGTH

_STAYS = {
    Kind.USER: "Creds that are out go on working under the old one; ‹export› writes new ones.",
    Kind.ACCOUNT: "Servers have the old one until it is brought to them: ‹push›.",
    Kind.OPERATOR: "Servers have the old one until they get its configuration anew: ‹export›.",
}


class RenameDialog(KeyDialog):
    """The dialog ends with the id of the renamed key."""

    ACCEPT_LABEL = "Rename"
    KEEPS_TEXT = True
    edits = True

    def title_text(self) -> str:
        return "Rename"

    def fields(self) -> ComposeResult:
        yield Static(f"{self.record.path} is to be called", classes="explain", markup=False)
        if self.record.has_jwt:
            of_jwt = f"Its JWT is signed anew with that name. {_STAYS.get(self.record.kind, '')}"
            yield Static(in_keys(self.app, of_jwt), classes="explain", markup=False)
        yield Input(self.record.name, id="name", max_length=NAME_LENGTH)

    def as_command(self) -> str:
        return command("rename", self.record.path, self.query_one("#name", Input).value.strip())

    def accept(self) -> None:
        name, key = self.query_one("#name", Input).value.strip(), self.record.id
        self.change(lambda issuing, _records: issuing.rename(key, name))


def open_rename(desk: Desk) -> None:
    """Ask for the selected key's new name."""
    if record := desk.chosen():
        desk.edit(RenameDialog(desk.vault, record))
