"""Putting a backup's contents in the vault's place, after showing which keys go and come."""

from __future__ import annotations

import contextlib
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.completed_input import path_input
from wallet.app.widgets.line_list import LineList, MarkedLine
from wallet.app.widgets.secrets.opener_fields import key_file_in
from wallet.app.widgets.secrets.secret_input import SecretInput
from wallet.errors import AlteredError, MistypedCodeError, UsageError, WalletError
from wallet.secrets.passphrase import Passphrase
from wallet.shell import command
from wallet.system.disk import key_file_access
from wallet.text import plain
from wallet.vault.copies.restoration import Restoration, compare
from wallet.vault.copies.vault_copy import VaultCopy, restore
from wallet.vault.file import key_file_place
from wallet.vault.file.ways_in import Opener, WaysIn
from wallet.vault.vault import Vault

OTHER_KEYS = (
    "It has other keys than the vault, as a file from before a change of a way in has. Type the "
    "passphrase of its time, or its recovery code. The vault keeps its own."
)


class RestoreDialog(Dialog[str]):
    """The dialog ends with a sentence on what was restored."""

    ACCEPT_LABEL = "Restore"
    CHANGING = frozenset({"accept"})
    DEFAULT_CSS = """
    RestoreDialog {
        #box { width: 100; }
        #passphrase, #key-file { display: none; }
        &.-asking #passphrase { display: block; }
        &.-asking.-key-file #key-file { display: block; }
        &.-asking #lines { display: none; }
    }
    """

    def __init__(self, vault: Vault, path: Path) -> None:
        super().__init__()
        self.vault, self.path = vault, path
        self._copy: VaultCopy | None = None
        self._ways_in: WaysIn | None = None  # of the file

    def title_text(self) -> str:
        return f"Restore {self.path.name}?"

    def fields(self) -> ComposeResult:
        yield Static("Opening it…", id="about", classes="explain", markup=False)
        yield SecretInput(id="passphrase")
        place = str(key_file_place.remembered(self.vault.vault_id) or "")
        yield path_input(place, id="key-file", placeholder="the path of its key file")
        yield LineList(id="lines")

    def buttons(self) -> ComposeResult:
        yield Button("Restore", id="accept", variant="error", compact=True, disabled=True)
        yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#cancel"))
        self._open(None)

    def on_unmount(self) -> None:
        if self._copy is not None:
            self._copy.close()

    def _open(self, opener: Opener | None, key_file: Path | None = None) -> None:
        """Open the file in a thread: with the vault's keys, or its own passphrase or code."""
        app = self.app

        def work() -> None:
            try:
                if opener is None:
                    self._ways_in = Vault.ways_in_at(self.path)
                    copy = VaultCopy.of(self.vault, self.path)
                else:
                    with opener:
                        if isinstance(opener, Passphrase):
                            key_file_access.join(opener, key_file)
                        copy = VaultCopy.open(self.path, opener)
                comparison = compare(self.vault.records, copy.records)
            except WalletError as error:
                app.call_from_thread(self._not_opened, error, opener is None)
                return
            app.call_from_thread(self._opened, copy, comparison)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _not_opened(self, error: WalletError, with_own_keys: bool) -> None:  # noqa: FBT001
        if not self.is_running:
            return
        if with_own_keys and isinstance(error, AlteredError):
            self.add_class("-asking")
            self.set_class(self._ways_in is not None and self._ways_in.key_file, "-key-file")
            self.query_one("#about", Static).update(OTHER_KEYS)
            self._let_accept("Open it")
            self.set_focus(self.query_one("#passphrase"))
        else:
            self.say(error.told)
            if self.has_class("-asking"):
                self._let_accept("Open it")

    def _opened(self, copy: VaultCopy, comparison: Restoration) -> None:
        if not self.is_running or self.vault.locked:
            copy.close()
            return
        self._copy = copy
        self.remove_class("-asking")
        self.say("")
        when = f"It is save {copy.header.generation}; the vault is at save {self.vault.generation}."
        what = " It holds the same keys in the same state." if comparison.nothing else ""
        self.query_one("#about", Static).update(
            f"{when}{what} What the vault holds now is kept as a backup. Its passphrase stays; "
            "tests and settings become those of then."
        )
        self.query_one(LineList).show(_lines(comparison))
        self._let_accept("Restore")
        self.set_focus(self.query_one("#cancel"))

    def _let_accept(self, label: str) -> None:
        button = self.query_one("#accept", Button)
        button.label = label
        button.disabled = self.app.only_looking

    def on_secret_input_submitted(self) -> None:
        self.action_accept()

    def _typed(self, field: SecretInput) -> Opener:
        """Take a recovery code for one where the file has one: else it is the passphrase."""
        if self._ways_in is not None and self._ways_in.recovery:
            with contextlib.suppress(MistypedCodeError):
                return field.recovery_code()
        return field.passphrase()

    def as_command(self) -> str:
        return command("restore", str(self.path))

    def accept(self) -> None:
        copy = self._copy
        if copy is None:
            field = self.query_one("#passphrase", SecretInput)
            if not self.has_class("-asking") or field.empty:
                raise UsageError("The file is not open yet. Nothing was changed.")
            key_file = key_file_in(self.query_one("#key-file", Input))
            opener = self._typed(field)
            self.query_one("#accept", Button).disabled = True
            field.clear()
            self._open(opener, key_file if self.has_class("-key-file") else None)
            return

        def job() -> str:
            left = restore(self.vault, copy)
            self._not_signed = left
            return f"Restored from {plain(str(self.path), 300)}."

        self.work(job, "restoring")


def _lines(comparison: Restoration) -> list[MarkedLine]:
    lines = [MarkedLine("-", f"goes: {record.path}", "bad") for record in comparison.going]
    lines += [MarkedLine("+", f"comes back: {record.path}", "good") for record in comparison.coming]
    lines += [MarkedLine("~", f"changes: {record.path}", "warn") for record in comparison.changed]
    lines += [MarkedLine("~", f"{what}: server {name}") for what, name in comparison.servers]
    lines += [MarkedLine("⊘", f"stays revoked: {public}") for public in comparison.kept_out]
    return lines + [
        MarkedLine("!", f"stays let in by servers, revoked by none: {record.path}", "warn")
        for record in comparison.let_in
    ]
