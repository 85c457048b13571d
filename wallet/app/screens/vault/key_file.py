"""Sets the key file that the passphrase needs to open the vault, or lets it need none."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.completed_input import path_input
from wallet.app.widgets.secrets.opener_fields import OpenerFields, key_file_in
from wallet.errors import UsageError, WalletError
from wallet.shell import command
from wallet.system.disk import key_file_access, paths
from wallet.text import plain
from wallet.vault.file import key_file_place
from wallet.vault.vault import Vault

EXPLAIN = (
    "With a key file, the passphrase opens the vault only together with that file, here and "
    "everywhere. Keep a copy of it, never change it, and not beside the vault: who takes both has "
    "both. The vault gets new keys; backups from before open as they did."
)
NO_CODE = "There is no recovery code: without the key file nobody opens the vault. Make one too."
WITH_CODE = "The recovery code opens the vault without it."


class KeyFileDialog(Dialog[str]):
    """The dialog ends with a sentence on what was changed."""

    STARTS_AT = "#old"
    TITLE_TEXT = "Key file"
    KEEPS_TEXT = True

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self.vault = vault

    def fields(self) -> ComposeResult:
        recovery = self.vault.ways_in.recovery
        yield Static(f"{EXPLAIN} {WITH_CODE if recovery else NO_CODE}", classes="explain")
        yield OpenerFields(self.vault)
        yield Static("New key file: any file, or a name to make one", classes="field-label")
        yield path_input(id="new-key-file", placeholder="/media/usb/vault.key")

    def buttons(self) -> ComposeResult:
        yield Button("Set it", id="accept", variant="primary", compact=True)
        if self.vault.ways_in.key_file:
            yield Button("Need none", id="remove", compact=True)
        yield Button("Cancel", id="cancel", compact=True)

    def on_secret_input_submitted(self) -> None:
        self.focus_next()

    def as_command(self) -> str:
        new = self.query_one("#new-key-file", Input).value.strip()
        return command("passphrase", ("--new-key-file", new) if new else ("--no-key-file",))

    def accept(self) -> None:
        new = key_file_in(self.query_one("#new-key-file", Input))
        if new is None:
            raise UsageError("Name the new key file: one that is there, or one to make.")
        self._change(new)

    @on(Button.Pressed, "#remove")
    def _remove(self) -> None:
        if not self._working:
            try:
                self._change(None)
            except WalletError as error:
                self.say(error.told)

    def _change(self, new: Path | None) -> None:
        typed, vault = self.query_one(OpenerFields).typed(), self.vault

        def job() -> str:
            with typed.proved(vault) as old, old.copy() as passphrase:
                if new is None:
                    vault.change_passphrase(old, passphrase, key_file=None)
                    news = "The passphrase opens the vault alone again."
                else:
                    there = paths.is_there(new)
                    with (
                        key_file_access.read(new)
                        if there
                        else key_file_access.make(new) as key_file
                    ):
                        vault.change_passphrase(old, passphrase, key_file=key_file)
                    news = f"The passphrase opens it only with {plain(str(new), 300)} now."
                key_file_place.remember(vault.vault_id, new)
            return news

        self.work(job, "sealing everything anew")
