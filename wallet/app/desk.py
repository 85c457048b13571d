"""An action of the main screen, and the main screen as actions know it.

A screen's own file says, in a function that takes the `Desk`, when it opens and for which key;
`actions.py` names that function beside its key. The main screen knows neither.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, Protocol, TypeVar

from textual.binding import Binding

from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.errors import WalletError
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.marks import MarkedKeys
from wallet.vault.vault import Vault

T = TypeVar("T")
NOTHING_SELECTED = "Select a key first, or make one."


class ActionTarget(Enum):
    """The keys that an action is about: the selected one by its public key."""

    SELECTED = "selected"
    MARKED = "marked"
    NONE = ""


class LastMade(NamedTuple):
    """The kind of key that was made last, and the path it was made under."""

    kind: Kind
    under: str


class Desk(Protocol):
    """The main screen, as far as actions need it."""

    vault: Vault
    last_made: LastMade | None

    @property
    def app(self) -> Host: ...

    @property
    def selected(self) -> KeyRecord | None:
        """The key under the cursor."""

    def select_key(self, public: str) -> bool:
        """Put the cursor on a key by its public half, where it is here."""

    def chosen(self) -> KeyRecord | None:
        """The key under the cursor; without one the person is told to select one."""

    @property
    def marks(self) -> MarkedKeys:
        """The marked keys: where there are any, what acts on several acts on these."""

    def mark(self) -> None:
        """Mark the key under the cursor, or take its mark away."""

    def mark_all(self) -> None:
        """Mark all that the filter leaves; without one, the keys beside the selected one."""

    def sort(self) -> None:
        """Show the keys in the next order."""

    def clear_marks(self) -> None:
        """Take all marks away."""

    def server_url(self, key: KeyRecord) -> str:
        """The server to offer for a key: one that it has to do with, else this machine's."""

    def open(self, dialog: Dialog[T], then: Callable[[T | None], Any] | None = None) -> None:
        """Show a dialog; `then` takes its result. Nothing where the wallet was locked meanwhile."""

    def edit(self, dialog: Dialog[int]) -> None:
        """Show a dialog that ends with the id of the key to select."""

    def reload(self, select: int | None = None) -> None:
        """Show the records as they are now, with the selection kept."""

    async def action_do(self, name: str) -> None:
        """Do the action of this name in the table."""

    def note_action(self, name: str, about: ActionTarget = ActionTarget.SELECTED) -> None:
        """Note that another action goes on now, for the form that it opens."""

    def fold(self) -> None:
        """Fold or unfold the line under the cursor."""

    def ask_about_subject(self) -> None:
        """Let the person type a subject, and say whether the selected user may use it."""

    def show_standing(self) -> None:
        """Show whether the vault may be changed, or is only looked at."""

    def show_filter(self) -> None:
        """Let the person type what the keys shown have to hold."""

    def like(self, typed: str, count: int) -> list[KeyRecord]:
        """At most so many keys that a filter leaves, those first whose paths begin so."""

    def say(self, text: str | None) -> None:
        """Say what was done, if anything was."""

    def warn(self, text: str) -> None:
        """Say what is to be looked at."""

    def refuse(self, text: str) -> None:
        """Say why something is not done, until the next key is pressed."""


@dataclass(frozen=True, slots=True)
class Action:
    """`key` as Textual names it, `help` one sentence; `run` does it.

    Without a key it is in the palette alone. `unfit` says in a sentence why it is not for a
    certain key, nothing where it is; an action without it is about no key. With `changes` it is
    none for a vault that is only looked at. `short` is its label in the footer. `many` is done
    in place of `run` where keys are marked.
    """

    key: str
    name: str
    label: str
    help: str
    group: str
    run: Callable[[Desk], Awaitable[None] | None]
    unfit: Callable[[Records, KeyRecord], str] | None = None
    many: Callable[[Desk], None] | None = None
    changes: bool = False
    short: str = ""
    shown_key: str | None = None
    begins_with: bool = False  # the selected key, though it is for any, or none
    at_once: bool = False  # before any key typed after it: those may be meant for what it opens

    @property
    def call(self) -> str:
        """The action as Textual calls it on the main screen."""
        return f"do('{self.name}')"

    def binding(self) -> Binding:
        return Binding(
            self.key,
            self.call,
            self.label,
            show=False,  # the footer is the wallet's own: wallet/app/footers.py
            key_display=self.shown_key,
            priority=self.at_once,
            id=f"main.{self.name}",
        )

    def do(self, desk: Desk) -> Awaitable[None] | None:
        """Do it to the marked keys, where it can be done to several, else to the selected one."""
        if self.many is not None and desk.marks:
            self.many(desk)
            return None
        return self.run(desk)

    def left_marked(self, desk: Desk) -> str:
        """Say which keys are marked in vain: what is for one key is done to the selected alone."""
        key = desk.selected
        if (
            self.many is not None
            or self.unfit is None
            or key is None
            or set(desk.marks) <= {key.id}
        ):
            return ""
        count = len(desk.marks)
        marked = "marked key is" if count == 1 else f"{count:,} marked keys are"
        return f"Only {key.name}: ‹{self.name}› is for one key. The {marked} left as before."

    def about(self, desk: Desk) -> ActionTarget:
        """Say which keys it is about now."""
        if self.many is not None and desk.marks:
            return ActionTarget.MARKED
        return (
            ActionTarget.SELECTED
            if self.unfit is not None or self.begins_with
            else ActionTarget.NONE
        )

    def refusal(self, desk: Desk) -> str:
        """Say why this cannot be done now, in a sentence; nothing where it can."""
        if self.changes and desk.vault.only_looking:
            return desk.app.only_looking_words
        if self.unfit is None or (self.many is not None and desk.marks):
            return ""
        if desk.selected is None:
            return NOTHING_SELECTED
        try:
            return self.unfit(desk.vault.records, desk.selected)
        except WalletError:  # gone meanwhile, locked or damaged: what it does will tell
            return ""


def any_key(_records: Records, _record: KeyRecord) -> str:
    """Refuse no key: for an action that can be done to every one."""
    return ""
