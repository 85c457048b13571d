"""Typing and looking, for tests that drive the app as a person does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from textual import events
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type a text, any character of it, as fast as a terminal hands it over."""
    for character in text:
        pilot.app.post_message(events.Key(_character_to_key(character), character))
    await pilot.pause()


def tap(pilot: Pilot[Any], key: str) -> None:
    """Press a key and look at once: `pilot.press` waits, and what it began may have ended then."""
    pilot.app.post_message(events.Key(key, None))


def focus_is(app: App[Any], name: str) -> bool:
    """Whether the focus is on the widget of this id."""
    return app.focused is not None and app.focused.id == name


async def released(pilot: Pilot[Any]) -> None:
    """Wait until buttons take a press: for 0.2 s after one a button looks held, and takes none."""
    await until(pilot, lambda: not pilot.app.screen.query("Button.-active"), "the button's release")


def drawn(app: App[Any]) -> str:
    """What is on the screen, as lines of text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], happened: Callable[[], object], what: str = "it") -> None:
    """Wait until something has happened, as long as a slow machine may need."""
    deadline = time.monotonic() + 30
    while not happened():
        shown = drawn(pilot.app)
        assert time.monotonic() < deadline, f"{what} did not happen; on the screen:\n{shown}"
        # Not pilot.pause: it waits for widgets that may be about to go.
        await asyncio.sleep(0.02)
