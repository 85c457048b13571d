"""The base of dialogs about all marked keys, and the way to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.widgets import Button, Static

from wallet.app.desk import Desk
from wallet.app.key_repairs import in_keys
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.line_list import LineList, MarkedLine
from wallet.show.states.key_states import state_of, state_words
from wallet.tasks.keys.mass_changes import Find, MassOutcome, shown
from wallet.vault.key_record import KeyRecord
from wallet.vault.vault import Vault

_READ_AT_ONCE = 1000  # so many keys are read before the next key press; more, in a thread
_FEWEST_LINES = 3
_AROUND_LIST = 16  # of the screen's lines: the dialog's own, what it costs, and what is typed


class ManyDialog(Dialog[str]):
    """It lists the keys with what is to become of them, and ends with a sentence once it is."""

    DEFAULT_CSS = """
    ManyDialog LineList { border: none; margin: 0 0 1 0; }
    ManyDialog.-low LineList { margin: 0; }
    """
    VERB = ""
    DANGEROUS = False  # then Enter keeps what is there

    def __init__(self, vault: Vault, keys: Sequence[KeyRecord]) -> None:
        super().__init__()
        self.vault, self.keys = vault, keys

    @property
    def find(self) -> Find:
        """Finds the keys that are listed, in the records of a change."""
        return shown(self.keys)

    @property
    def count(self) -> str:
        return "1 key" if len(self.keys) == 1 else f"{len(self.keys):,} keys"

    @property
    def first(self) -> str:
        """The id of the field that has the focus first."""
        return "cancel" if self.DANGEROUS else "accept"

    @property
    def paths(self) -> list[str]:
        """The paths of the keys, as a command names them."""
        return [key.path for key in self.keys]

    def title_text(self) -> str:
        return f"{self.VERB} {self.count}?"

    def cost(self) -> str:
        """Say what that comes to."""
        raise NotImplementedError

    def line(self, key: KeyRecord) -> MarkedLine:
        """The line of a key in the list: its state, and its path."""
        state, words = state_of(key), state_words(key)
        how = state.look if state.look in {"good", "warn", "bad"} else ""
        return MarkedLine(state.sign, f"{key.path}{f' · {words}' if words else ''}", how)

    def more_fields(self) -> ComposeResult:
        """The fields beneath the list."""
        yield from ()

    def fields(self) -> ComposeResult:
        yield Static(in_keys(self.app, self.cost()), classes="explain", markup=False)
        yield LineList(id="marked-keys")
        yield from self.more_fields()

    def buttons(self) -> ComposeResult:
        yield Button(
            self.VERB,
            id="accept",
            variant="error" if self.DANGEROUS else "primary",
            compact=True,
        )
        yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        lines = self.query_one(LineList)
        lines.show([self.line(key) for key in self.keys])
        self.set_focus(self.query_one(f"#{self.first}"))

    def on_resize(self) -> None:
        # What is typed stands beneath the list, and stays in sight where lines are few.
        room = max(_FEWEST_LINES, self.size.height - _AROUND_LIST)
        self.query_one(LineList).styles.height = min(len(self.keys), room)

    def change(self, job: Callable[[], MassOutcome], done: str) -> None:
        """Do `job` in a thread; `done` is what is said then of how many keys."""

        def work() -> str:
            outcome = job()
            self._not_signed = {**outcome.issuing.left, **outcome.issuing.told}
            return f"{done}: {self.count}."

        self.work(work, "saving…")


def open_many(
    desk: Desk,
    dialog: Callable[[Vault, Sequence[KeyRecord]], ManyDialog],
    refuse: Callable[[Sequence[KeyRecord]], str] = lambda _keys: "",
) -> None:
    """Ask about the marked keys, unless `refuse` says why not; what was done takes the marks."""

    def ended(sentence: str | None) -> None:
        if sentence is not None:
            desk.clear_marks()
            desk.say(sentence)
        desk.reload()

    def ask(keys: Sequence[KeyRecord]) -> None:
        if why_not := refuse(keys):
            desk.refuse(why_not)
        else:
            desk.open(dialog(desk.vault, keys), ended)

    with_marked(desk, ask)


def with_marked(desk: Desk, then: Callable[[Sequence[KeyRecord]], None]) -> None:
    """Give `then` the marked keys as they are now, those that are gone left out."""

    def read() -> None:
        keys = desk.marks.keys(desk.vault.records)
        if keys:
            desk.app.call_from_thread(then, keys)

    if len(desk.marks) > _READ_AT_ONCE:
        desk.app.open_in_background(read)
    elif keys := desk.marks.keys(desk.vault.records):
        then(keys)
    else:
        desk.clear_marks()
