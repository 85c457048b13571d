"""A text that comes later, or never: as long as there is none it takes no line."""

from __future__ import annotations

from textual.visual import VisualType
from textual.widgets import Static


class TextIfAny(Static):
    """A `Static` takes a line also where it is empty, and makes a dialog higher than its texts."""

    DEFAULT_CSS = "TextIfAny { height: auto; }"

    def __init__(self, *, id: str, classes: str = "") -> None:  # noqa: A002
        super().__init__("", id=id, classes=classes, markup=False)
        self.display = False

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        super().update(content, layout=layout)
        self.display = bool(content)
