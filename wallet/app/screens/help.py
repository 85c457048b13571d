"""All keys, from the same table as the footer and the palette."""

from __future__ import annotations

from itertools import groupby

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Static

from wallet.app.actions import ACTIONS, Action
from wallet.app.screens.dialog import Dialog

MOVING = (
    ("↑ ↓  j k", "Move; PgUp and PgDn by pages, Home and End to the ends."),
    ("← →  h l", "Fold and unfold; ← goes up to what the key is under."),
    ("Tab", "Go between the tree and what is shown beside it."),
    ("ctrl+p", "The palette: every action by name, themes, when to lock."),
)


class HelpDialog(Dialog[None]):
    """Esc or Enter leaves."""

    DEFAULT_CSS = """
    HelpDialog #box { width: 78; }
    """

    def title_text(self) -> str:
        return "Keys"

    def fields(self) -> ComposeResult:
        yield Static(help_text())

    def buttons(self) -> ComposeResult:
        yield Button("Close", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one("#cancel").focus()

    def accept(self) -> None:
        self.dismiss(None)


def help_text() -> Content:
    """The table as text: groups, keys and one sentence each."""
    lines = [Content.styled("Move", "bold"), *(_line(key, text) for key, text in MOVING)]
    for group, actions in groupby(ACTIONS, lambda action: action.group):
        lines += [Content.styled(group, "bold"), *map(_action_line, actions)]
    return Content("\n").join(lines)


def _action_line(action: Action) -> Content:
    return _line(action.shown_key or action.key, action.help)


def _line(key: str, text: str) -> Content:
    return Content.assemble("  ", (f"{key:<10}", "$text-accent"), f" {text}")
