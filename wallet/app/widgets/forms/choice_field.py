"""A field with one of several values, which leaves the arrows to the form it stands in."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.widgets import Select

Value = TypeVar("Value")


class ChoiceField(Select[Value], inherit_bindings=False):
    """Enter or a blank unfolds it; then the arrows go through its values."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "show_overlay", "Open", show=False),
    ]
