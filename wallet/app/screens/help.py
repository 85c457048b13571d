"""Lists all keys, from the same table as the footer and the palette."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button, Static

from wallet.app.desk import Action
from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.show.states.key_states import STATES

_TOLD_APART = 2  # actions with the same reason against them


class HelpDialog(Dialog[None]):
    """Esc, Enter, `?` and `q` leave; it scrolls as the tree does."""

    NO_COMMAND = "`--help` tells what the command line has"
    STARTS_AT = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,q", "cancel", "Close", show=False, id="help.close"),
    ]

    app: Host
    DEFAULT_CSS = """
    HelpDialog #box { width: 78; }
    """

    def __init__(self, actions: Sequence[tuple[Action, str]]) -> None:
        """`actions` come with the reason why they cannot be done now, or none."""
        super().__init__()
        self.actions = actions

    def title_text(self) -> str:
        return "Keys"

    def fields(self) -> ComposeResult:
        yield Static(_help_text(self.actions, self.app))

    def buttons(self) -> ComposeResult:
        yield Button("Close", id="cancel", compact=True)

    def accept(self) -> None:
        self.dismiss(None)


def _moving(app: Host) -> tuple[tuple[str, str], ...]:
    """Say how to move, with the letters of the tree that were chosen."""
    down, up, fold, unfold, fold_all, unfold_all, mark_down, mark_up = (
        app.key_name(app.keys.get(f"tree.{name}", usual))
        for name, usual in (
            ("down", "j"),
            ("up", "k"),
            ("fold", "h"),
            ("unfold", "l"),
            ("fold-all", "minus"),
            ("unfold-all", "equals_sign"),
            ("mark-down", "J"),
            ("mark-up", "K"),
        )
    )
    return (
        (f"↑ ↓  {down} {up}", "Move; PgUp and PgDn by pages, Home and End to the ends."),
        (f"← →  {fold} {unfold}", "Fold and unfold; ← goes up to what the key is under."),
        (f"{fold_all} {unfold_all}", "Fold all and unfold all."),
        (f"{mark_down} {mark_up}", "Mark while moving, as ↑ ↓ with shift; Esc takes marks away."),
        ("Tab", "Go between the tree and what is shown beside it."),
        ("ctrl+p", "The palette: every action and every setting by name."),
    )


def _help_text(actions: Sequence[tuple[Action, str]], app: Host) -> Content:
    """Say what each key does, in the groups of the table, and why it cannot be pressed now.

    A reason that holds for many keys is told once, at the top.
    """
    reasons = Counter(refusal for _, refusal in actions if refusal)
    common = {reason for reason, count in reasons.items() if count > _TOLD_APART}
    lines = [Content.styled(f"Dim, for not now: {reason}", "dim") for reason in sorted(common)]
    lines += [Content.styled("Move", "bold"), *(_line(*each) for each in _moving(app))]
    for group, keys in groupby(actions, lambda action: action[0].group):
        lines.append(Content.styled(group, "bold"))
        lines += [_action_line(*key, app, told=key[1] in common) for key in keys]
    lines.append(Content.styled("Signs", "bold"))
    lines += [
        _line(state.sign, f"{state.meaning[:1].upper()}{state.meaning[1:]}.") for state in STATES
    ]
    return Content("\n").join(lines)


def _action_line(action: Action, refusal: str, app: Host, *, told: bool) -> Content:
    """The line of an action, dim if it cannot be done now; below it why, if that is not `told`."""
    line = _line(app.shown_key(action.binding()), action.help)
    why = "" if told else f"\n{' ' * 13}Not now: {refusal}"
    return line.stylize("dim") + Content(why) if refusal else line


def _line(key: str, text: str) -> Content:
    return Content.assemble("  ", (f"{key:<10}", "$text-accent"), f" {text}")
