"""The rows of a dialog's buttons, as many as they need."""

from __future__ import annotations

from textual.widget import Widget
from textual.widgets import Button

_AROUND_LABEL = 5  # a button's own edges, and the gap to the next
_USUAL_BUTTON = 17  # Textual makes none smaller in a row


def lay_out_buttons(row: Widget, room: int) -> int:
    """Set the buttons in as many rows as they need in so many cells, and give that number."""
    shown = [button for button in row.query(Button) if button.display]
    needed = [len(str(button.label)) + _AROUND_LABEL for button in shown]
    usual = sum(max(_USUAL_BUTTON, cells) for cells in needed)
    row.set_class(usual > room >= sum(needed), "-tight")
    if sum(needed) <= room:
        row.remove_class("-rows")
        return 1
    across = max(1, room // max(needed))
    row.add_class("-rows")
    row.styles.grid_size_columns = across
    return -(-len(shown) // across)
