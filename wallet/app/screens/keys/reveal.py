"""Shows a seed on the screen for some seconds, after asking."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.desk import Desk
from wallet.app.screens.keys.secret_dialogs import NotedDialog
from wallet.app.widgets.secrets.secret_text import SecretText
from wallet.secrets import sodium
from wallet.shell import command
from wallet.vault.db.journal.kinds import What
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

SECONDS = 15


class RevealDialog(NotedDialog[None]):
    """Asks, shows, counts down, and hides again by itself."""

    def __init__(self, vault: Vault, record: KeyRecord) -> None:
        super().__init__()
        self.vault, self.record = vault, record
        self._left = 0

    def title_text(self) -> str:
        return f"Seed of {self.record.name}"

    def fields(self) -> ComposeResult:
        yield Static(
            f"Whoever sees this seed can be {self.record.path}. Is nobody looking, and is no "
            "screen shared or recorded?",
            id="question",
            classes="explain",
            markup=False,
        )
        yield SecretText(id="seed")

    def buttons(self) -> ComposeResult:
        yield Button(f"Show for {SECONDS} seconds", id="accept", variant="warning", compact=True)
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one("#seed").display = False
        self.foretell(secret=True)
        self.set_focus(self.query_one("#cancel"))

    def as_command(self) -> str:
        return command("seed", self.record.path, ("--yes",))

    def accept(self) -> None:
        if self._left:
            return
        public = self.record.public
        self.note_then(self.vault, What.SEED_SHOWN, [public], "on screen", self._reveal)

    def _reveal(self) -> None:
        with self.vault.open_seed(self.record.public) as seed:
            text = seed.encode()
        try:
            shown = self.query_one("#seed", SecretText)
            shown.display = True
            shown.show(text)
        finally:
            sodium.wipe(text)
        self.query_one("#accept").display = False
        self._left = SECONDS
        self._say_how_long()
        self._ticking = self.set_interval(1, self._tick)

    def _tick(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.query_one("#seed", SecretText).hide()
            self._ticking.stop()
            self.finish(None)
        else:
            self._say_how_long()

    def _say_how_long(self) -> None:
        self.query_one("#question", Static).update(f"Hidden again in {self._left} s, or by Esc.")


def no_seed(_records: Records, record: KeyRecord) -> str:
    """Say that a key's seed is not here, if so it is."""
    return "" if record.has_seed else f"The seed of {record.name} is not in this vault."


def open_reveal(desk: Desk) -> None:
    """Ask whether the selected key's seed is to be shown."""
    if record := desk.chosen():
        desk.open(RevealDialog(desk.vault, record))
