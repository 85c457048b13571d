"""Looking after the vault: what it is, and the ways to its passphrase, check and backups."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.desk import Desk
from wallet.app.lock.half_typed import HalfTyped
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.vault.backups import BackupsDialog
from wallet.app.screens.vault.change_passphrase import ChangePassphraseDialog
from wallet.app.screens.vault.check import CheckDialog
from wallet.app.screens.vault.key_file import KeyFileDialog
from wallet.app.screens.vault.merge import MergeDialog
from wallet.app.screens.vault.outdated_backups import OutdatedBackupsDialog
from wallet.app.screens.vault.recovery import RecoveryDialog
from wallet.app.screens.vault.vanished_file import VanishedDialog
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.shell import command
from wallet.text import plain
from wallet.vault.backups import older_saves
from wallet.vault.file import kdf
from wallet.vault.vault import Vault

_COMMANDS: dict[str, tuple[str | tuple[str, ...], ...]] = {
    "passphrase": ("passphrase",),
    "recovery": ("recovery",),
    "key-file": ("passphrase", ("--new-key-file", "FILE")),
    "backups": ("backups",),
    "merge": ("merge", "FILE"),
}


class VaultDialog(Dialog[None]):
    """A page that opens the others: `part` names the one that is opened at once."""

    TITLE_TEXT = "The vault"
    CHANGING = frozenset({"vanished", "passphrase", "recovery", "key-file", "outdated", "merge"})

    def __init__(self, vault: Vault, part: str = "") -> None:
        super().__init__()
        self.vault, self._part = vault, part
        self._parts: dict[str, Callable[[], Dialog[str]]] = {
            "passphrase": lambda: ChangePassphraseDialog(vault),
            "recovery": lambda: RecoveryDialog(vault),
            "key-file": lambda: KeyFileDialog(vault),
            "backups": lambda: BackupsDialog(vault),
            "merge": lambda: MergeDialog(vault),
            "outdated": lambda: OutdatedBackupsDialog(vault),
            "vanished": lambda: VanishedDialog(vault),
            "check": lambda: CheckDialog(vault),
        }

    def fields(self) -> ComposeResult:
        yield Static(plain(str(self.vault.path), 400), classes="field-label", markup=False)
        yield Static("", id="about", classes="explain", markup=False)
        yield TextIfAny(id="outdated-count", classes="explain")
        yield TextIfAny(id="news", classes="explain")

    def buttons(self) -> ComposeResult:
        if self.vault.vanished:
            yield Button("Write anew…", id="vanished", variant="warning", compact=True)
        else:  # where nothing can be saved it cannot be changed either
            yield Button("Passphrase…", id="passphrase", compact=True)
            yield Button("Recovery…", id="recovery", compact=True)
            yield Button("Key file…", id="key-file", compact=True)
            yield Button("Delete old…", id="outdated", compact=True)
        yield Button("Check", id="check", compact=True)
        yield Button("Backups…", id="backups", compact=True)
        if not self.vault.vanished:
            yield Button("Join…", id="merge", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#cancel"))
        self._describe()
        if self._part and self.kept is None:
            self._open(self._part)

    def _describe(self) -> None:
        vault = self.vault
        keys, older = vault.records.count(), len(vault.backups())
        self.query_one("#about", Static).update(
            f"{keys:,} key{'s' * (keys != 1)}, save {vault.generation:,}, "
            f"{older:,} older one{'s' * (older != 1)}. A guess at the passphrase takes "
            f"{vault.cost.memory_kib // 1024:,} MiB of memory ({kdf.name_of(vault.cost)}). "
            f"{_ways_in(vault)}"
        )
        outdated = 0 if vault.vanished else len(vault.outdated_backups())
        which = older_saves.outdated_in_words(outdated)
        told = f"{which}: “Delete old…” deletes what is here of them."
        self.query_one("#outdated-count", Static).update(told if outdated else "")
        for button in self.query("#outdated"):
            button.display = bool(outdated)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id in self._parts:
            event.stop()
            self._open(event.button.id)

    def take_back(self, kept: HalfTyped) -> None:
        """Open again the page in which something was half typed, or the one that leads there."""
        self._open(kept.step.split()[0], kept)

    def _open(self, part: str, kept: HalfTyped | None = None) -> None:
        page = self._parts[part]()
        page.opened_by, page.step, page.kept = self.opened_by, part, kept
        self.app.push_screen(page, self._tell)

    def _tell(self, news: str | None) -> None:
        """Show the sentence with which a page that was opened from here has ended."""
        if news is not None and not self.vault.locked:
            self._describe()
            self.query_one("#news", Static).update(news)

    def on_descendant_focus(self) -> None:
        super().on_descendant_focus()
        self._keep_command()

    def as_command(self) -> str:
        """The command of the button that has the focus; of the others the one that looks."""
        return command(*_COMMANDS.get(self.focused.id or "" if self.focused else "", ("check",)))

    def accept(self) -> None:
        self.dismiss(None)


def _ways_in(vault: Vault) -> str:
    """Say what opens the vault, in a sentence."""
    ways_in = vault.ways_in
    opens = "its passphrase and key file together" if ways_in.needs_key_file else "its passphrase"
    besides = "or with its recovery code" if ways_in.recovery else "and has no recovery code"
    return f"It opens with {opens}, {besides}."


def open_vault_page(desk: Desk, part: str = "") -> None:
    """Show the vault's page, and at once the `part` of it that is asked for."""
    desk.open(VaultDialog(desk.vault, part), lambda _: desk.reload())
