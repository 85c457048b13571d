"""Before the wallet locks by itself it says so on every screen, however small that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.app.hands import drawn, until
from tests.app.test_dialogs_fit import faults, walked
from tests.app.test_export import signed
from tests.app.test_main import Hands, empty, opened, sees
from wallet.app.lock.lock_keeper import warn_of_lock
from wallet.app.screens.dialog import Dialog

__all__ = ["empty", "signed"]  # fixtures

WARNING = "! locks in 0:2"


def idle_for(pilot: Hands, left: float) -> None:
    """Let nobody have touched a key until so many seconds are left."""
    app: Any = pilot.app
    app.idle._touched = app.idle._clock() - app.idle.minutes * 60 + left


@pytest.mark.parametrize("size", [(24, 10), (60, 16)])
async def test_the_header_warns_on_narrow_terminals(signed: Path, size: tuple[int, int]) -> None:
    async with opened(signed, size) as pilot:
        await pilot.press("O")  # which stands there, too
        for theme in ("terminal", "textual-light"):
            if theme in pilot.app.available_themes:
                pilot.app.theme = theme
            idle_for(pilot, 29)
            await sees(pilot, WARNING)
            assert WARNING in drawn(pilot.app).splitlines()[0], theme
            await pilot.press("down")
            await until(
                pilot, lambda: "!" not in drawn(pilot.app).splitlines()[0], "the end of the warning"
            )


async def warns(pilot: Hands, form: Dialog[Any]) -> list[str]:
    """What is not in sight of a dialog while the header warns above it."""
    app: Any = pilot.app
    idle_for(pilot, 29)
    warn_of_lock(app)
    await until(pilot, lambda: WARNING in drawn(app).splitlines()[0], type(form).__name__)
    await pilot.pause()
    problems = faults(form)
    app.idle.touch()
    warn_of_lock(app)
    await until(pilot, lambda: WARNING not in drawn(app).splitlines()[0], "its end")
    return [f"while it warns, {problem}" for problem in problems]


@pytest.mark.parametrize("half", range(2))
async def test_every_dialog_shows_its_buttons_on_a_small_screen_and_still_when_it_warns(
    signed: Path, half: int
) -> None:
    await walked(signed, (60, 16), half, warns)
