"""Facts in two columns, drawn at whatever width there is: a label, and beside it a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from textual.content import Content

from wallet.app.widgets.broken_text import BrokenText

_LABEL, _WIDEST = 12, 20  # cells of the column of labels
_NARROW = 32  # below it a text stands under its label

Fact = tuple[str, Content]


class FactTable(BrokenText):
    """Labels with their texts, which are broken into lines within their own column.

    A fact without a label goes on with the one before it.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts: Sequence[Fact] = list(facts)
        lengths = (len(label) + 1 for label, _ in self._facts)
        self._column = max((length for length in lengths if length <= _WIDEST), default=_LABEL)
        self._column = max(_LABEL, self._column)

    def changed(self, change: Callable[[Content], Content]) -> FactTable:
        """Give the same facts with each text as `change` makes it."""
        return FactTable((label, change(text)) for label, text in self._facts)

    @property
    def plain(self) -> str:
        """Each fact on a line of its own, as text."""
        return "\n".join(
            f"{label:<{self._column}}{text.plain}"
            if len(label) < self._column
            else f"{label} {text.plain}".rstrip()
            for label, text in self._facts
        )

    def lines(self, width: int) -> list[Content]:
        return [line for fact in self._facts for line in _lines(fact, width, self._column)]


def _lines(fact: Fact, width: int, column: int) -> list[Content]:
    """The lines of one fact: its text beside its label, or beneath it where there is no room."""
    label, text = fact
    if width < _NARROW or len(label) >= column:
        below = [line.pad_left(1) for line in text.wrap(max(1, width - 1))] if text.plain else []
        return [Content.styled(label, "bold"), *below] if label else below
    parts = text.wrap(width - column)
    first = Content.styled(label.ljust(column), "bold").append(parts[0])
    return [first, *(part.pad_left(column) for part in parts[1:])]
