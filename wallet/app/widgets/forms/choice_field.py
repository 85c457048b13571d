"""A field with one of several values, which leaves the arrows to the form it stands in."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Select
from textual.widgets._select import SelectCurrent, SelectOverlay

Value = TypeVar("Value")


class ChoiceList(SelectOverlay):
    """The values, unfolded. Letters go to the one that begins so, the same one again to the next.

    Textual's own look inside of words too: `f` was “text for systemd-creds”.
    """

    def _find_search_match(self, query: str) -> int | None:
        if whole := self._beginning_with(query):
            return whole[0]
        again = self._beginning_with(query[-1])
        later = [at for at in again if at > (self.highlighted or 0)]
        return next(iter(later or again), None)

    def _beginning_with(self, typed: str) -> list[int]:
        values = [str(option.prompt).lower() for option in self._options]
        return [at for at, value in enumerate(values) if value.startswith(typed.lower())]


class ChoiceField(Select[Value], inherit_bindings=False):
    """Enter or a blank unfolds it; then the arrows go through its values, and letters to them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "show_overlay", "Open", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield SelectCurrent(self.prompt)
        yield ChoiceList(type_to_search=self._type_to_search).data_bind(compact=Select.compact)
