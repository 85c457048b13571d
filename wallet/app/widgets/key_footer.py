"""The line of keys at the bottom of a screen. A click on one is as good as a press."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from wallet.text import width

_PRESSED = "pressed"  # not @click: Textual draws that as a link, in one colour and underlined


class FooterKey(NamedTuple):
    """A key and its word. `call` is what Textual runs on a click; a `dim` one cannot be now."""

    key: str
    label: str
    call: str = ""
    dim: bool = False


class KeyFooter(Widget):
    """Leaves out what does not fit, from the last but one on: the last leads to all others."""

    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom;
        height: 1;
        background: $footer-background;
        color: $footer-foreground;
        text-wrap: nowrap;
    }
    """

    def __init__(self, keys: Sequence[FooterKey] = ()) -> None:
        super().__init__()
        self._keys = list(keys)
        self._over: list[FooterKey] = []

    def cover(self, keys: Sequence[FooterKey] = ()) -> None:
        """Show these, of something that lies over the screen, until they are none."""
        self._over = list(keys)
        self.refresh()

    def show(self, keys: Sequence[FooterKey]) -> None:
        """Show these keys."""
        if list(keys) != self._keys:
            self._keys = list(keys)
            self.refresh()

    async def on_click(self, event: events.Click) -> None:
        if call := event.style.meta.get(_PRESSED):
            await self.run_action(call)

    def render(self) -> Content:
        return Content.assemble(*map(_shown, _fitting(self._over or self._keys, self.size.width)))


def _fitting(keys: list[FooterKey], cells: int) -> list[FooterKey]:
    fitting = list(keys)
    while len(fitting) > 1 and sum(map(_width, fitting)) > cells:
        del fitting[-2]
    return fitting


def _width(key: FooterKey) -> int:
    return width(key.key) + width(key.label) + 3


def _shown(key: FooterKey) -> Content:
    name = "$text-muted" if key.dim else "bold $footer-key-foreground"
    word = "$text-muted" if key.dim else "$footer-description-foreground"
    text = Content.assemble((f" {key.key} ", name), (f"{key.label} ", word))
    return text.stylize(Style.from_meta({_PRESSED: key.call})) if key.call else text
