"""A pilot that presses keys as fast as the app takes them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual import app as textual_app
from textual import pilot as textual_pilot

MOMENT = 0.002  # seconds, for a thread or a timer to hand something over


async def nothing_is_ready(*_: float) -> None:
    """Wait until no task of the loop can go on, and after a moment once more."""
    loop: Any = asyncio.get_running_loop()
    for pause in (0, MOMENT, 0):
        await asyncio.sleep(pause)
        for _turn in range(500):
            if not loop._ready:
                break
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def no_wait_for_idleness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual waits at each key, twice, until the whole process is idle: 20 ms and more.

    What else a test waits for it says itself, with `until`.
    """
    monkeypatch.setattr(textual_app, "wait_for_idle", nothing_is_ready)
    monkeypatch.setattr(textual_pilot, "wait_for_idle", nothing_is_ready)
