"""A box to tick, whose shape says whether it is: not only its colour."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """Textual's checkbox shows its cross always, and dims it."""

    BUTTON_LEFT = "["
    BUTTON_RIGHT = "]"

    def __init__(self, label: str, value: bool, *, id: str) -> None:  # noqa: A002, FBT001
        super().__init__(label, value, id=id, compact=True)
        self.watch_value()

    @property
    def words(self) -> str:
        """The text beside the box."""
        return str(self.label)

    @property
    def room(self) -> int:
        """The cells for the text: the box takes three, and a blank stands on either side of it."""
        return self.size.width - 5

    @property
    def _button(self) -> Content:
        """The box in the colour of the text: Textual draws its sides in that of what is behind."""
        box = f"{self.BUTTON_LEFT}{self.BUTTON_INNER}{self.BUTTON_RIGHT}"
        return Content.styled(box, self.get_visual_style("toggle--label"))

    def watch_value(self) -> None:
        self.BUTTON_INNER = "x" if self.value else " "
        super().watch_value()
