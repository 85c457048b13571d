"""Shows everything about one key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.desk import Desk
from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.keys.new_key import open_own_user
from wallet.app.widgets.details.summary import everything
from wallet.app.widgets.details.tab import with_keys_in
from wallet.errors import NoSuchKeyError
from wallet.shell import command
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault


class InspectDialog(Dialog[None]):
    """Esc leaves; Enter copies the public key."""

    STARTS_AT = "#accept"
    app: Host
    ACCEPT_LABEL = "Copy public key"
    DEFAULT_CSS = """
    InspectDialog {
        #box { width: 90; }
        .part { margin: 0 0 1 0; }
    }
    """

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        super().__init__()
        self.vault, self.record = vault, record

    def title_text(self) -> str:
        return self.record.path

    def fields(self) -> ComposeResult:
        try:
            parts = everything(self.record, self.vault.records)
        except NoSuchKeyError as error:  # deleted, or what is above it, and still on the screen
            yield Static(str(error), markup=False)
            return
        for part in parts:
            yield Static(with_keys_in(self.app, part), classes="part")

    def buttons(self) -> ComposeResult:
        yield Button(self.ACCEPT_LABEL, id="accept", variant="primary", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def as_command(self) -> str:
        return command("show", self.record.path)

    def accept(self) -> None:
        self.app.copy_public(self.record.public, f"Public key of {self.record.name}")
        self.dismiss(None)


def open_inspect(desk: Desk) -> None:
    """Show the selected key in full; a group is folded. Of no key at all a first one is offered."""
    if record := desk.selected:
        desk.open(InspectDialog(desk.vault, record))
    elif desk.vault.records.count() or desk.vault.only_looking:
        desk.fold()
    else:
        open_own_user(desk)
