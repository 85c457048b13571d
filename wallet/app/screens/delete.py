"""Deleting a key: what it costs, and a word to be typed where that is much."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from wallet.app.screens.dialog import Dialog
from wallet.errors import UsageError
from wallet.vault.issuing import Issuing
from wallet.vault.record import DeletionCost, KeyRecord
from wallet.vault.vault import Vault


class DeleteDialog(Dialog[bool]):
    """Ends with True when the key is gone."""

    ACCEPT_LABEL = "Delete"

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
        if self._must_be_typed:
            yield Static(f"Type {self.record.name} to delete it.", classes="explain", markup=False)
            yield Input(id="name")

    def buttons(self) -> ComposeResult:
        yield Button("Delete", id="accept", variant="error", compact=True)
        yield Button("Keep", id="cancel", compact=True)

    def on_mount(self) -> None:
        if not self._must_be_typed:
            self.query_one("#cancel").focus()

    def accept(self) -> None:
        if self._must_be_typed and self.query_one("#name", Input).value != self.record.name:
            raise UsageError(f"That is not {self.record.name}. Nothing was deleted.")
        key = self.record.id

        def job() -> bool:
            with self.vault.change() as records:
                if records.cost_of_deleting(key) != self.cost:
                    raise UsageError(
                        "What hangs beneath it was changed meanwhile, so it would cost something "
                        "else. Nothing was deleted: press Esc, and look again."
                    )
                issuing = Issuing(records)
                issuing.delete(key)
            self._not_signed = {**issuing.left, **issuing.told}
            return True

        self.work(job)
