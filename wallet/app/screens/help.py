"""Lists all keys, from the same table as the footer and the palette."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Button, Static

from wallet.app.desk import Action
from wallet.app.host import Host
from wallet.app.screens.dialog import Dialog
from wallet.app.widgets.hanging_lines import HangingLines, Line
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


def _help_text(actions: Sequence[tuple[Action, str]], app: Host) -> HangingLines:
    """Say what each key does, in the groups of the table, and why it cannot be pressed now.

    A reason that holds for many keys is told once, at the top.
    """
    reasons = Counter(refusal for _, refusal in actions if refusal)
    common = {reason for reason, count in reasons.items() if count > _TOLD_APART}
    lines = [_heading(f"Dim, for not now: {reason}", _not_now(app)) for reason in sorted(common)]
    lines += [_heading("Move"), *(_line(*each) for each in _moving(app))]
    for group, keys in groupby(actions, lambda action: action[0].group):
        lines.append(_heading(group))
        for key in keys:
            lines += _action_lines(*key, app, told=key[1] in common)
    lines.append(_heading("Signs"))
    lines += [
        _line(state.sign, f"{state.meaning[:1].upper()}{state.meaning[1:]}.") for state in STATES
    ]
    return HangingLines(lines)


def _action_lines(action: Action, refusal: str, app: Host, *, told: bool) -> Iterator[Line]:
    """The line of an action, dim if it cannot be done now; below it why, if that is not `told`."""
    key = app.shown_key(action.binding())
    if not refusal:
        yield _line(key, action.help)
        return
    head, text = _line(key, action.help, "")
    yield head.stylize(_not_now(app)), text.stylize(_not_now(app))
    if not told:
        yield Content(" " * 13), Content(f"Not now: {refusal}")


def _not_now(app: Host) -> str:
    """The look of what cannot be pressed: readable in every theme, as what is dim would not be."""
    of_the_terminal = app.theme_variables["text-muted"] == "ansi_default"
    return "dim" if of_the_terminal else "$text-muted"


def _heading(text: str, style: str = "bold") -> Line:
    return Content(""), Content.styled(text, style)


def _line(key: str, text: str, style: str = "$text-accent") -> Line:
    return Content.assemble("  ", (f"{key:<10}", style), " "), Content(text)
