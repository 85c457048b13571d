"""How long a key press waits, for every test of the app."""

from __future__ import annotations

import asyncio

import pytest
import textual.app
import textual.pilot
from textual._context import active_app


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a key press wait for what the app does at once, and not for an idle processor.

    Textual waits twice for each press until the processor has been idle for 20 ms, which is most
    of what such a test lasts. What takes longer is awaited by the test itself, with `until`.
    """
    monkeypatch.setattr(textual.app, "wait_for_idle", turns)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", turns)


async def turns(_min_sleep: float = 0, _max_sleep: float = 1) -> None:
    """Let the app take its messages, draw its screen, and do what waits for the drawing."""
    app = active_app.get()
    for _ in range(2):
        for _ in range(5):
            await asyncio.sleep(0)
        if app._screen_stack:  # not when it is leaving
            app.screen._on_timer_update()
    await asyncio.sleep(0.002)
