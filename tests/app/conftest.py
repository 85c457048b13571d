"""A pilot that presses keys as fast as the app takes them."""

from __future__ import annotations

import asyncio

import pytest
from textual import app as textual_app
from textual import pilot as textual_pilot


async def _let_the_app_go_on(*_: float) -> None:
    """Give each waiting task its turn, a few times over, and threads and timers a moment."""
    for _turn in range(5):
        await asyncio.sleep(0)
    await asyncio.sleep(0.002)


@pytest.fixture(autouse=True)
def no_wait_for_idleness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual waits at each key, twice, until the process does no more work: 20 ms and up.

    What a test waits for it says itself, with `until`; the pilot waits besides until each widget
    has handled what was sent to it.
    """
    monkeypatch.setattr(textual_app, "wait_for_idle", _let_the_app_go_on)
    monkeypatch.setattr(textual_pilot, "wait_for_idle", _let_the_app_go_on)
