"""Fields for what opens the vault now: its passphrase, and the key file where one is needed."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from wallet.app.widgets.forms.completed_input import path_input
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.errors import UsageError, WrongPassphraseError
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk import key_file_access, paths
from wallet.vault.file import key_file_place
from wallet.vault.vault import Vault

EMPTY = "Type the current passphrase: whoever finds the wallet open must not do this."


NOT_NOW = "That is not the current passphrase. Nothing was changed."


class OpenerFields(Vertical):
    """Asks for the current passphrase; Enter in its last field is for the dialog to hear."""

    DEFAULT_CSS = """
    OpenerFields { height: auto; }
    """

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self._needs_key_file = vault.ways_in.needs_key_file
        self._place = key_file_place.remembered(vault.vault_id)

    def compose(self) -> ComposeResult:
        yield Static("Current passphrase", classes="field-label")
        yield SecretInput(id="old")
        if self._needs_key_file:
            yield Static("Current key file", classes="field-label")
            yield path_input(str(self._place or ""), id="key-file", placeholder="its path")

    @property
    def empty(self) -> bool:
        """Whether no passphrase was typed."""
        return self.query_one("#old", SecretInput).empty

    def typed(self) -> TypedOpener:
        """Copy what was typed, for the caller to open or wipe. Raises `UsageError`."""
        if self.empty:
            raise UsageError(EMPTY)
        typed = self.query_one("#old", SecretInput).passphrase()
        if not self._needs_key_file:
            return TypedOpener(typed, None)
        try:
            return TypedOpener(typed, key_file_in(self.query_one("#key-file", Input)))
        except BaseException:
            typed.wipe()
            raise


def key_file_in(field: Input) -> Path | None:
    """The path of a key file that was typed; None for nothing. Raises `UsageError`."""
    text = field.value.strip()
    return paths.given(text).absolute() if text else None


class TypedOpener:
    """A passphrase, and the path of a key file that is read later, in a thread."""

    def __init__(self, passphrase: Passphrase, key_file: Path | None) -> None:
        self.passphrase = passphrase
        self.key_file = key_file

    def opener(self) -> Passphrase:
        """Read the key file, and give the passphrase with it. Raises `KeyFileRefusedError`."""
        key_file_access.join(self.passphrase, self.key_file)
        return self.passphrase

    def proved(self, vault: Vault) -> Passphrase:
        """The same, once it is known that it opens the vault. Raises `UsageError` if not."""
        opener = self.opener()
        try:
            vault.require_opener(opener)
        except WrongPassphraseError as error:
            opener.wipe()
            plainly = type(error) is WrongPassphraseError
            raise UsageError(NOT_NOW if plainly else str(error)) from None
        except BaseException:
            opener.wipe()
            raise
        return opener
