"""Asks, where a vault is gone but its backup is there, whether to open that or start anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from wallet.app.host import Host
from wallet.app.screens.vault.create import CreateScreen
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.errors import WalletError
from wallet.system.disk.files import real_path
from wallet.text import plain
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Backup
from wallet.when import with_local

if TYPE_CHECKING:
    from wallet.vault.file.kdf import KdfCost

SHOWN = 50
LEFT = (
    "It may be the last copy of your keys. Opening it puts a copy in the vault's place; it opens "
    "with the passphrase of its time. Starting anew keeps every backup under a name that no save "
    "ever writes over."
)


class BackupThereScreen(Screen[None]):
    """Asks what is to become of the backups of a vault that is no longer at `path`."""

    DEFAULT_CSS = """
    BackupThereScreen {
        align: center middle;
        #which { padding: 0 1; margin-bottom: 1; }
        #left { color: $text-muted; padding: 0 1; }
        #backups { height: auto; max-height: 5; margin-bottom: 1; }
        #said { height: auto; color: $text-error; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar = []
    DEFAULT_CLASSES = "-high"
    AUTO_FOCUS = "#backups"
    app: Host

    def __init__(self, path: Path, there: Sequence[Backup], cost: KdfCost | None) -> None:
        super().__init__()
        self.path = path
        self.there = there[:SHOWN]
        self.cost = cost
        self.working = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="start-box", can_focus=False) as box:
            box.border_title = "A backup is here"
            saved = with_local(self.there[0].saved)
            where = f"There is no vault at {self.path}, but a backup from {saved} is there."
            yield Static(plain(where, 1000), id="which", markup=False)
            yield OptionList(*map(_option, self.there), id="backups", markup=False)
            with Horizontal(id="choices"):
                yield Button("Open this backup", id="open", variant="primary", compact=True)
                yield Button("Start anew, keep it aside", id="anew", compact=True)
            yield Static("", id="said", markup=False)
            yield Static(LEFT, id="left")
            yield Static("Enter opens the one that is chosen · Ctrl+Q leaves", id="hints")

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = next(
            (number for number, each in enumerate(self.there) if each.vault_id is not None), None
        )

    @on(Button.Pressed, "#anew")
    def _anew(self) -> None:
        if self.app.only_looking:
            self._say("Only looking, as --read-only asks: no vault is made.")
        elif not self.working:
            self.app.switch_screen(CreateScreen(self.path, self.cost, keep_aside=True))

    @on(Button.Pressed, "#open")
    @on(OptionList.OptionSelected)
    def _open(self) -> None:
        chosen = self.query_one(OptionList).highlighted
        if chosen is None:
            self._say("None of them can be read as a vault.")
        elif self.app.only_looking:
            self._say("Only looking, as --read-only asks: nothing is brought back.")
        elif not self.working:
            self.working = True
            self.run_worker(lambda: self._bring_back(self.there[chosen]), thread=True)

    def _bring_back(self, backup: Backup) -> None:
        try:
            older_saves.bring_back(backup.path, real_path(self.path))
        except WalletError as error:
            self.app.call_from_thread(self._failed, error.told)
            return
        note = f"A copy of {backup.path.name} is in the vault's place now."
        self.app.call_from_thread(self._brought_back, plain(note, 300))

    def _brought_back(self, note: str) -> None:
        if self.app.shows(self):
            self.app.switch_screen(UnlockScreen(self.path, why=note))

    def _failed(self, why: str) -> None:
        if self.app.shows(self):
            self.working = False
            self._say(why)

    def _say(self, text: str) -> None:
        self.query_one("#said", Static).update(text)


def _option(backup: Backup) -> Option:
    when = with_local(backup.saved)
    if backup.vault_id is None:
        return Option(plain(f"{when}  {backup.path.name}  cannot be read", 300), disabled=True)
    return Option(plain(f"{when}  save {backup.generation}  {backup.path.name}", 300))
