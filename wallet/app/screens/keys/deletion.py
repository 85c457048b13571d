"""Deleting a key: what it costs, and a word to be typed where that is much."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from wallet.app.desk import Desk
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.tick import Tick
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.errors import NoSuchKeyError, UsageError
from wallet.shell import command
from wallet.tasks.keys import deletion
from wallet.tasks.sharing import ended_imports
from wallet.vault.copies import seed_copies
from wallet.vault.copies.seed_copies import SeedCopies
from wallet.vault.key_record import DeletionCost, KeyRecord
from wallet.vault.vault import Vault


class DeleteDialog(Dialog[str]):
    """The dialog ends with a sentence when the key is gone."""

    ACCEPT_LABEL = "Delete"
    SEARCHES = True

    def __init__(self, vault: Vault, record: KeyRecord, cost: DeletionCost) -> None:
        super().__init__()
        self.vault, self.record, self.cost = vault, record, cost

    def title_text(self) -> str:
        return f"Delete {self.record.name}?"

    @property
    def _must_be_typed(self) -> bool:
        return self.cost.seeds > 0

    def fields(self) -> ComposeResult:
        yield Static(self.cost.sentence, classes="explain", markup=False)
        if ended := ended_imports.by_deleting(self.vault.records, [self.record]):
            yield Static(ended, classes="explain", markup=False)
        if rotated := deletion.told_of_rotations(self.vault.records, [self.record]):
            yield Static(rotated, id="rotated", classes="explain", markup=False)
        if there := deletion.told_of_servers(self.vault.records, [self.record]):
            yield Static(there, classes="explain", markup=False)
        if self._must_be_typed:
            undo = self.app.key_of("main.undo", "z")
            typed = (
                f"Type {self.record.name} to delete it. {undo} may undo that until the wallet is "
                "locked."
            )
            yield Static(typed, classes="explain", markup=False)
            yield Input(id="name")
            yield TextIfAny(id="copies", classes="explain")
            yield Tick("make the backups anew without it", False, id="anew")

    def buttons(self) -> ComposeResult:
        yield Button("Delete", id="accept", variant="error", compact=True)
        yield Button("Keep", id="cancel", compact=True)

    def on_mount(self) -> None:
        if self._must_be_typed:
            self.set_focus(self.query_one("#name"))
            self.run_worker(self._look_for_copies, thread=True, exit_on_error=False)
        else:
            self.set_focus(self.query_one("#cancel"))

    def _look_for_copies(self) -> None:
        copies = seed_copies.find(self.vault, self.vault.records.with_seeds(self.record.id))
        self.app.call_from_thread(self._tell_copies, copies)

    def _tell_copies(self, copies: SeedCopies) -> None:
        if self.is_running:
            after = (
                " They can be made anew without it once it is deleted."
                if copies.holding
                else " The save before the deletion is kept, and has it: tick this to make it anew."
            )
            self.query_one("#copies", Static).update(f"{copies.sentence}{after}")

    def on_input_changed(self) -> None:
        self.say("")  # what was wrong with the name before

    def as_command(self) -> str:
        return command("delete", self.record.path, ("--yes",))

    def accept(self) -> None:
        if self._must_be_typed and self.query_one("#name", Input).value != self.record.name:
            raise UsageError(f"That is not {self.record.name}. Nothing was deleted.")
        key = self.record.id
        anew = self._must_be_typed and self.query_one("#anew", Tick).value

        def job() -> str:
            publics = self.vault.records.with_seeds(key)
            issuing = deletion.delete(self.vault, {key: self.cost}, "press Esc, and look again")
            self._not_signed = {**issuing.left, **issuing.told}
            sentence = f"Deleted {self.record.name}."
            return f"{sentence} {seed_copies.remade(self.vault, publics)}" if anew else sentence

        self.work(job, "deleting")


def open_delete(desk: Desk) -> None:
    """Tell what deleting the selected key would cost, and ask."""
    if not (record := desk.chosen()):
        return
    try:
        cost = desk.vault.records.cost_of_deleting(record.id)
    except NoSuchKeyError:  # another window deleted it
        desk.reload()
        return

    def deleted(sentence: str | None) -> None:
        desk.say(sentence)
        desk.reload()

    desk.open(DeleteDialog(desk.vault, record, cost), deleted)
