"""Deletes the marked keys with all beneath them: what it costs, and their number to be typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.widgets import Input, Static

from wallet.app.desk import Desk
from wallet.app.screens.many.many_dialog import ManyDialog, open_many
from wallet.app.widgets.line_list import MarkedLine
from wallet.app.widgets.text_if_any import TextIfAny
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.keys import deletion
from wallet.tasks.keys.mass_changes import MassOutcome, topmost
from wallet.tasks.sharing import ended_imports
from wallet.vault.copies import seed_copies
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault


class DeleteManyDialog(ManyDialog):
    """Asks for the number of all keys that go to be typed, where seeds go with them."""

    VERB = "Delete"
    DANGEROUS = True
    SEARCHES = True

    def __init__(self, vault: Vault, keys: Sequence[KeyRecord]) -> None:
        records = vault.records
        super().__init__(vault, topmost(records, keys))
        self._costs = {key.id: records.cost_of_deleting(key.id) for key in self.keys}
        self._going = sum(cost.keys for cost in self._costs.values())
        self._seeds = sum(cost.seeds for cost in self._costs.values())

    def title_text(self) -> str:
        return f"Delete {self._going:,} key{'s' * (self._going != 1)}?"

    def cost(self) -> str:
        beneath = self._going - len(self.keys)
        also = f", and the {beneath:,} beneath them" if beneath else ""
        seeds = (
            f"{self._seeds:,} seed{'s go' if self._seeds != 1 else ' goes'} with that. ‹undo› may "
            "undo that until the wallet is locked; only a backup is sure to bring a seed back."
            if self._seeds
            else "No seed goes with that."
        )
        in_force = any(
            key.kind is Kind.USER and key.has_jwt and not key.revoked for key in self.keys
        )
        revoked = "Accounts revoke the users that are in force." if in_force else ""
        ended = ended_imports.by_deleting(self.vault.records, self.keys)
        rotated = deletion.told_of_rotations(self.vault.records, self.keys)
        there = deletion.told_of_servers(self.vault.records, self.keys)
        return " ".join(filter(None, [f"These go{also}.", seeds, revoked, ended, rotated, there]))

    def line(self, key: KeyRecord) -> MarkedLine:
        line, beneath = super().line(key), self._costs[key.id].keys - 1
        return replace(line, text=f"{line.text} · {beneath:,} beneath it") if beneath else line

    def more_fields(self) -> ComposeResult:
        if self._seeds:
            yield Static(f"Type {self._going} to delete them.", classes="explain")
            yield Input(id="number")
            yield TextIfAny(id="copies", classes="explain")

    @property
    def first(self) -> str:
        return "number" if self._seeds else super().first

    def on_mount(self) -> None:
        if self._seeds:
            self.run_worker(self._look_for_copies, thread=True, exit_on_error=False)

    def on_input_changed(self) -> None:
        self.say("")  # what was wrong with the number before

    def _look_for_copies(self) -> None:
        records = self.vault.records
        publics = frozenset[str]().union(*(records.with_seeds(key) for key in self._costs))
        sentence = seed_copies.find(self.vault, publics).sentence
        self.app.call_from_thread(self._tell_copies, sentence)

    def _tell_copies(self, sentence: str) -> None:
        if self.is_running:
            self.query_one("#copies", Static).update(sentence)

    def as_command(self) -> str:
        return command("delete", *self.paths, ("--yes",))

    def accept(self) -> None:
        if self._seeds and self.query_one("#number", Input).value.strip() != str(self._going):
            raise UsageError(f"That is not {self._going}. Nothing was deleted.")

        def job() -> MassOutcome:
            issuing = deletion.delete(self.vault, self._costs, "press Esc, and look again")
            return MassOutcome((), issuing)

        self.change(job, "Deleted")

    @property
    def count(self) -> str:
        return "1 key" if self._going == 1 else f"{self._going:,} keys"


def delete_marked(desk: Desk) -> None:
    """Tell what deleting the marked keys would cost, and ask."""
    open_many(desk, DeleteManyDialog)
