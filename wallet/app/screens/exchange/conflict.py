"""Asks about one thing that the vault and an imported file do not agree on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Button, Static

from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.forms.tick import Tick
from wallet.exchange.plan.import_plan import Choice, Conflict
from wallet.when import here_too

_LABELS = {
    Choice.KEEP: ("k", "Keep what is here"),
    Choice.TAKE: ("t", "Take the file's"),
    Choice.BOTH: ("b", "Both, as NAME-2"),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """A person's choice for a conflict, and whether it is `for_all` that follow too."""

    choice: Choice
    for_all: bool


class ConflictDialog(Dialog[Settled]):
    """Esc goes back to the plan and settles nothing."""

    NO_COMMAND = "`import --on-conflict` says the answer beforehand"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "choose('keep')", "Keep", show=False, id="import.keep"),
        Binding("t", "choose('take')", "Take", show=False, id="import.take"),
        Binding("b", "choose('both')", "Both", show=False, id="import.both"),
    ]

    def __init__(self, conflict: Conflict, left: int) -> None:
        super().__init__()
        self.conflict, self.left = conflict, left

    def title_text(self) -> str:
        return self.conflict.path or self.conflict.public

    def fields(self) -> ComposeResult:
        yield Static(here_too(self.conflict.sentence), classes="explain", markup=False)
        yield Static(self.conflict.public, classes="explain", markup=False)
        if self.left > 1:
            yield Tick(f"the same for the {self.left - 1:,} that follow", False, id="for-all")

    def buttons(self) -> ComposeResult:
        for choice in self.conflict.choices:
            usual, words = _LABELS[choice]
            key = self.app.key_of(f"import.{choice.value}", usual)
            yield Button(f"{key} {words}", id=choice.value, compact=True)
        yield Button("Back", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(f"#{Choice.KEEP}"))

    def accept(self) -> None:
        self.action_choose(Choice.KEEP)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id in {choice.value for choice in self.conflict.choices}:
            event.stop()
            self.action_choose(event.button.id or "")

    def action_choose(self, name: str) -> None:
        choice = Choice(name)
        if choice in self.conflict.choices:
            ticks = self.query(Tick)
            self.finish(Settled(choice, bool(ticks) and ticks.first().value))
