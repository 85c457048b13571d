"""A form of short texts: a line for each field, its label beside an input or a box to tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from wallet.app.widgets.forms.completed_input import Subjects
from wallet.app.widgets.forms.tick import Tick
from wallet.nats.claims.form import NO, YES, Field


class FormLines(Vertical):
    """The lines of some fields; the input or box of each has the field's id."""

    DEFAULT_CSS = """
    FormLines {
        height: auto;
        .line { height: auto; }
        .line Static { width: 28; padding: 0 1; }
        .line Input { width: 1fr; }
        .line Tick { width: 1fr; }
    }
    """

    def __init__(self, fields: Sequence[Field], texts: Mapping[str, str]) -> None:
        """`texts` is what the lines begin with, by the ids of their fields."""
        super().__init__(id="form")
        self._fields, self._texts = fields, texts

    def compose(self) -> ComposeResult:
        for field in self._fields:
            text = self._texts[field.id]
            with Horizontal(classes="line"):
                yield Static(field.label, markup=False)
                if field.flag:
                    yield Tick(field.hint, text == YES, id=field.id)
                else:
                    suggester = Subjects() if field.subjects else None
                    yield Input(
                        text,
                        placeholder=field.hint,
                        id=field.id,
                        compact=True,
                        suggester=suggester,
                    )

    def typed(self) -> dict[str, str]:
        """The text of every line as it stands there now."""
        return {field.id: self._text_of(field) for field in self._fields}

    def _text_of(self, field: Field) -> str:
        if field.flag:
            return YES if self.query_one(f"#{field.id}", Tick).value else NO
        return self.query_one(f"#{field.id}", Input).value

    def fill(self, texts: Mapping[str, str]) -> None:
        """Put these texts into the lines of their fields."""
        for field in self._fields:
            if field.id not in texts:
                continue
            if field.flag:
                self.query_one(f"#{field.id}", Tick).value = texts[field.id] == YES
            else:
                self.query_one(f"#{field.id}", Input).value = texts[field.id]


def line(name: str, label: str, hint: str, *, flag: bool = False, subjects: bool = False) -> Field:
    """A line whose text the dialog itself makes something of."""
    return Field(name, label, hint, lambda _: "", lambda nats, _: dict(nats), flag, subjects)
