"""Moves the marked keys: users to another account, or accounts to another operator."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice

from textual.app import ComposeResult
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from wallet.app.desk import Desk
from wallet.app.screens.many.many_dialog import ManyDialog, open_many
from wallet.app.widgets.forms.completed_input import CompletedInput
from wallet.nats.claims.content import few
from wallet.nats.nkeys import Kind
from wallet.shell import command
from wallet.tasks.keys import mass_changes
from wallet.tasks.sharing import ended_imports
from wallet.vault.key_record import PARENTS, KeyRecord
from wallet.vault.records import Records

SUGGESTED = 1000


class MoveManyDialog(ManyDialog):
    """All of them go under the one that is named, or none."""

    KEEPS_TEXT = True
    VERB = "Move"

    def cost(self) -> str:
        ended = (ended_imports.by_moving(self.vault.records, key, None) for key in self.keys)
        leaving = " ".join(filter(None, ended)) if self._kind is Kind.ACCOUNT else ""
        revoked = "the account that it leaves revokes each user, and " * (self._kind is Kind.USER)
        return (
            f"Their JWTs are made anew there: {revoked}creds have to be handed out again. "
            f"{f'If they leave their operator: {leaving}' if leaving else ''}"
        ).strip()

    @property
    def _kind(self) -> Kind:
        return self.keys[0].kind

    def more_fields(self) -> ComposeResult:
        wanted = PARENTS[self._kind]
        where = "operator/account" if wanted is Kind.ACCOUNT else "operator"
        yield Static(
            f"Under which {wanted.value}? Its path ({where}); → completes it. Empty: they stand "
            "alone.",
            classes="explain",
        )
        paths = suggested_paths(self.vault.records, wanted)
        above, _, _ = self.keys[0].path.rpartition("/")
        yield CompletedInput(above, id="under", suggester=SuggestFromList(paths))

    @property
    def first(self) -> str:
        return "under"

    def as_command(self) -> str:
        return command("move", *self.paths, self.query_one("#under", Input).value.strip())

    def accept(self) -> None:
        path = self.query_one("#under", Input).value.strip()
        self.change(partial(mass_changes.move, self.vault, self.find, path), "Moved")


def unlike_to_move(keys: Sequence[KeyRecord]) -> str:
    """Say which of the keys cannot be moved together; empty where all can."""
    kind = next((key.kind for key in keys if key.kind in PARENTS and not key.signing), None)
    unlike = [key.path for key in keys if key.kind is not kind or key.signing]
    if kind is None:
        return "Users and accounts can be moved, and none is marked."
    if unlike:
        return f"Users go together, or accounts. Marked besides: {few(unlike)}. Nothing was moved."
    return ""


def suggested_paths(records: Records, kind: Kind) -> list[str]:
    """The paths of the first keys of a kind, to complete what is typed."""
    return [key.path for key in islice(records.all(kind), SUGGESTED)]


def move_marked(desk: Desk) -> None:
    """Ask where the marked keys are to stand."""
    open_many(desk, MoveManyDialog, unlike_to_move)
