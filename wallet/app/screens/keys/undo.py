"""Undoes what this window changed last, and does again what was undone."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.desk import Desk
from wallet.app.key_repairs import in_keys
from wallet.app.screens.dialog import Dialog
from wallet.nats.claims.content import few
from wallet.tasks.undo.change_summary import summary
from wallet.tasks.undo.steps import NEW_JWT, Undone, go_back, next_back, seeds_that_go
from wallet.vault.session.past import PastChange
from wallet.vault.vault import Vault

_TOLD = 3  # notices at once


class UndoDialog(Dialog[Undone]):
    """Asks before keys go with their seeds: Enter keeps them."""

    NO_COMMAND = "it is about what this window did; a script does the reverse"
    STARTS_AT = "#cancel"

    def __init__(self, vault: Vault, change: PastChange, seeds: list[str], *, again: bool) -> None:
        super().__init__()
        self.vault, self.past_change, self.again, self.seeds = vault, change, again, seeds

    @property
    def verb(self) -> str:
        return "Do again" if self.again else "Undo"

    def title_text(self) -> str:
        return f"{self.verb}: {summary(self.past_change)}?"

    def fields(self) -> ComposeResult:
        until = (
            "‹undo› may undo that until the wallet is locked"
            if self.again
            else "‹redo› may bring back what goes until the wallet is locked or anything else is "
            "changed"
        )
        seeds = "The seed goes" if len(self.seeds) == 1 else f"{len(self.seeds):,} seeds go"
        text = (
            f"{seeds} with that: {few(self.seeds)}. {until}; only a backup is sure to bring a seed "
            "back. Users among them that were in force are revoked."
        )
        yield Static(
            in_keys(self.app, text),
            classes="explain",
            markup=False,
        )

    def buttons(self) -> ComposeResult:
        yield Button(self.verb, id="accept", variant="error", compact=True)
        yield Button("Cancel", id="cancel", compact=True)

    def accept(self) -> None:
        self.work(partial(go_back, self.vault, self.past_change, again=self.again), "saving…")


def undo(desk: Desk, *, again: bool = False) -> None:
    """Undo the last change of this window, or do `again` what was undone, and say what that was."""
    vault, app = desk.vault, desk.app

    def ended(undone: Undone | None) -> None:
        if undone is not None:
            _tell(desk, undone, again=again)

    def work() -> None:
        past = vault.past
        if past is None:
            return
        with past.turn:  # pressed twice at once, the second waits for the first
            change = next_back(vault, again=again)
            if seeds := seeds_that_go(change):
                dialog = UndoDialog(vault, change, seeds, again=again)
                app.call_from_thread(desk.open, dialog, ended)
            else:
                app.call_from_thread(ended, go_back(vault, change, again=again))

    verb = "done again" if again else "undone"
    app.open_in_background(work, f"Nothing was {verb}: the wallet locked first.")


def _tell(desk: Desk, undone: Undone, *, again: bool) -> None:
    desk.say(f"{'Did again' if again else 'Undid'}: {undone.what}.")
    paths: dict[str, list[str]] = {}
    for path, sentence in undone.told.items():
        paths.setdefault(sentence, []).append(path)
    for sentence, those in list(paths.items())[:_TOLD]:
        several = sentence == NEW_JWT and len(those) > 1
        words = "They have new JWTs: hand out their creds anew." if several else sentence
        desk.warn(f"{few(those)}: {words}")
    if len(paths) > _TOLD:
        desk.warn("There is more to be told of others: their History tab has it.")
    desk.reload(undone.key)
