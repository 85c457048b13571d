"""Moves a user to another account, an account to another operator, or out to stand alone."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from wallet.app.desk import Desk
from wallet.app.screens.keys.key_dialog import KeyDialog
from wallet.app.widgets.forms.completed_input import CompletedInput
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.keys import moves
from wallet.vault.key_record import PARENTS, KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

SUGGESTED = 1000


class MoveDialog(KeyDialog):
    """The dialog ends with the id of the moved key."""

    ACCEPT_LABEL = "Move"
    KEEPS_TEXT = True
    edits = True

    _agreed: tuple[str, str] | None = None  # the place and cost that a person saw

    def title_text(self) -> str:
        return f"Move {self.record.name}"

    def fields(self) -> ComposeResult:
        wanted = PARENTS[self.record.kind]
        article = "account" if wanted is Kind.ACCOUNT else "operator"
        where = "operator/account" if wanted is Kind.ACCOUNT else "operator"
        yield Static(
            f"Under which {article}? Give its path ({where}); → completes it. Empty: it stands "
            "alone. Its JWT is made anew there; those given out before keep their issuer.",
            classes="explain",
        )
        paths = []
        for candidate in self.vault.records.all(wanted):
            paths.append(candidate.path)
            if len(paths) == SUGGESTED:
                break
        above, _, _ = self.record.path.rpartition("/")
        yield CompletedInput(above, id="under", suggester=SuggestFromList(paths))

    def as_command(self) -> str:
        return command("move", self.record.path, self.query_one("#under", Input).value.strip())

    def accept(self) -> None:
        path, key = self.query_one("#under", Input).value.strip(), self.record.id
        records = self.vault.records
        cost = moves.cost_of_moving(records, self.record, moves.place(records, path))
        if cost and self._agreed != (path, cost):
            self._agreed = path, cost
            self.say(f"{cost} If that is meant, press Move once more.")
            return

        def move(issuing: Issuing, records: Records) -> None:
            under = moves.place(records, path)
            agreed = moves.cost_of_moving(records, records.get(key), under) == cost
            moves.move(issuing, records, key, under, agreed=agreed)

        self.change(move)


def not_movable(_records: Records, record: KeyRecord) -> str:
    """Say why a key cannot stand elsewhere, if so it is."""
    if record.kind in PARENTS:
        return ""
    return f"A key of kind {record.kind.value} always stands at the top."


def open_move(desk: Desk) -> None:
    """Ask where the selected key is to stand."""
    if record := desk.chosen():
        desk.edit(MoveDialog(desk.vault, record))
