"""A row of a form: a label, and a field beside it."""

from __future__ import annotations

from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from wallet.app.widgets.forms.completed_input import path_input


class LabelledRow(Horizontal):
    """A label, and what is set beside it."""

    DEFAULT_CSS = """
    LabelledRow {
        height: 1;

        Static { width: 16; padding: 0 1; color: $text-muted; }
        Input { width: 1fr; margin: 0 1 0 0; }
        Tick { width: 1fr; }
    }
    """

    def __init__(self, label: str, field: Widget) -> None:
        super().__init__(Static(label), field)


def labelled(
    label: str, name: str, placeholder: str, value: str = "", suggester: Suggester | None = None
) -> LabelledRow:
    """A row of a label and the field of this id."""
    field = Input(value, id=name, placeholder=placeholder, compact=True, suggester=suggester)
    return LabelledRow(label, field)


def labelled_path(label: str, name: str, placeholder: str, value: str = "") -> LabelledRow:
    """A row of a label and the field for a file's path."""
    return LabelledRow(label, path_input(value, id=name, placeholder=placeholder, compact=True))
