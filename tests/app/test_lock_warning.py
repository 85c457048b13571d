"""Before the wallet locks by itself it says so on every screen, however small that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.app.hands import drawn, until
from tests.app.test_dialogs_fit import all_dialogs, faults, shown
from tests.app.test_export import signed
from tests.app.test_main import Hands, empty, opened, sees
from wallet.app.lock.lock_keeper import warn_of_lock

__all__ = ["empty", "signed"]  # fixtures

WARNING = "! locks in 0:2"


def idle_for(pilot: Hands, left: float) -> None:
    """Let nobody have touched a key until so many seconds are left."""
    app: Any = pilot.app
    app.idle._touched = app.idle._clock() - app.idle.minutes * 60 + left


@pytest.mark.parametrize("size", [(24, 10), (60, 16)])
@pytest.mark.parametrize("theme", ["terminal", "textual-light"])
async def test_the_header_warns_on_narrow_terminals(
    signed: Path, size: tuple[int, int], theme: str
) -> None:
    async with opened(signed, size) as pilot:
        if theme in pilot.app.available_themes:
            pilot.app.theme = theme
        await pilot.press("O")  # which stands there, too
        idle_for(pilot, 29)
        await sees(pilot, WARNING)
        assert WARNING in drawn(pilot.app).splitlines()[0]
        await pilot.press("down")
        await until(
            pilot, lambda: "!" not in drawn(pilot.app).splitlines()[0], "the end of the warning"
        )


async def test_every_dialog_warns_and_still_shows_its_buttons(signed: Path) -> None:
    problems = []
    async with opened(signed, (60, 16)) as pilot:
        app: Any = pilot.app
        app.clear_notifications()
        for form in all_dialogs(app, app.vault):
            await shown(pilot, form)
            idle_for(pilot, 29)
            warn_of_lock(app)
            await until(pilot, lambda: WARNING in drawn(app).splitlines()[0], type(form).__name__)
            await pilot.pause()
            problems += faults(form)
            app.idle.touch()
            warn_of_lock(app)
            await until(pilot, lambda: WARNING not in drawn(app).splitlines()[0], "its end")
            form.dismiss(None)
            await until(pilot, lambda: not app.screen.is_modal, "the dialog's end")
    assert problems == []
