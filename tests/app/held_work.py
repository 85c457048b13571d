"""Counted work that waits for Esc, so that no machine is too quick or too slow for a test."""

from __future__ import annotations

import time

import pytest

from wallet.app.counted_work import Count


def hold_until_esc(monkeypatch: pytest.MonkeyPatch) -> list[Count]:
    """Let the next counted work wait after its first step until it is to stop; later work runs.

    The list it gives holds that work's count once it waits.
    """
    held: list[Count] = []
    note = Count.note

    def note_and_wait(self: Count, done: int, total: int = 0) -> None:
        if not held and done:
            self.done = done
            held.append(self)
            deadline = time.monotonic() + 30
            while not self.stopping and time.monotonic() < deadline:
                time.sleep(0.01)
        note(self, done, total)

    monkeypatch.setattr(Count, "note", note_and_wait)
    return held
