"""Retires the marked keys, or takes them back into use where all of them are retired."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.widgets import Button

from wallet.app.desk import Desk
from wallet.app.screens.many.many_dialog import ManyDialog, open_many
from wallet.shell import command
from wallet.tasks.keys import mass_changes
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault


class RetireManyDialog(ManyDialog):
    """Keys that are retired already stay so."""

    VERB = "Retire"

    def __init__(self, vault: Vault, keys: Sequence[KeyRecord]) -> None:
        super().__init__(vault, keys)
        self._undo = all(key.status == "retired" for key in keys)

    def title_text(self) -> str:
        return f"Take {self.count} into use again?" if self._undo else super().title_text()

    def cost(self) -> str:
        if self._undo:
            return "They stand in configurations again, and in tests of their account."
        return (
            "They are left out of configurations and of tests of their account. A server that "
            "takes a JWT still does: ‹revoke› revokes."
        )

    def on_mount(self) -> None:
        if self._undo:
            self.query_one("#accept", Button).label = "Use again"

    def as_command(self) -> str:
        return command("retire", *self.paths, *([("--undo",)] if self._undo else []))

    def accept(self) -> None:
        retire = partial(mass_changes.retire, self.vault, self.find, undo=self._undo)
        self.change(retire, "In use again" if self._undo else "Retired")


def retire_marked(desk: Desk) -> None:
    """Ask whether the marked keys are to be retired, or used again."""
    open_many(desk, RetireManyDialog)
