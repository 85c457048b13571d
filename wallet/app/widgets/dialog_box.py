"""The box of a dialog, which tells when it has grown or shrunk."""

from __future__ import annotations

from textual.containers import Vertical
from textual.message import Message


class DialogBox(Vertical):
    """A notice below it may have no room there any more when its texts grow."""

    class Resized(Message):
        """It has another size than before."""

    def on_resize(self) -> None:
        self.post_message(self.Resized())
