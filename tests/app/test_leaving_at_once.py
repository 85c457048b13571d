"""Leaving or locking in the instant in which the main screen appears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Tabs
from textual.widgets._tabs import Underline

from tests.app.hands import tap, until
from tests.app.test_main import PASSPHRASE, Hands, empty, opened, path
from wallet.app.app import WalletApp
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.secrets.passphrase import Passphrase

__all__ = ["empty", "path"]  # fixtures

INSTANTS = (0, 3, 8, 14, 20, 28, 40, 56, 70, 90)


@asynccontextmanager
async def appearing(path: Path, turns: int) -> AsyncIterator[Hands]:
    """The app in which the main screen came up so many turns of the loop ago."""
    app = WalletApp(path, passphrase=Passphrase(PASSPHRASE))
    async with app.run_test(size=(80, 24)) as pilot:
        while not isinstance(app.screen, MainScreen):
            await asyncio.sleep(0.001)
        for _ in range(turns):
            await asyncio.sleep(0)
        yield pilot
    assert app._exception is None


@pytest.mark.parametrize("turns", INSTANTS)
async def test_locking_at_once_locks_and_no_more(path: Path, turns: int) -> None:
    async with appearing(path, turns) as pilot:
        app = pilot.app
        tap(pilot, "L")
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the lock screen")
        await pilot.pause()
        assert isinstance(app.screen, UnlockScreen)


@pytest.mark.parametrize("turns", INSTANTS)
async def test_leaving_at_once_leaves_and_no_more(path: Path, turns: int) -> None:
    async with appearing(path, turns) as pilot:
        tap(pilot, "q")
        await until(pilot, lambda: pilot.app._exit, "the end")
    assert not pilot.app.return_code


async def test_tabs_of_a_dropped_screen_may_find_their_parts_gone(path: Path) -> None:
    async with opened(path) as pilot:
        app = pilot.app
        tabs = app.screen.query_one(Tabs)
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, UnlockScreen), "the lock screen")
        await until(pilot, lambda: not tabs.query(Underline), "the end of the tabs")
        app.screen.call_after_refresh(tabs._highlight_active)
        app.screen.call_after_refresh(setattr, tabs, "active", "gone")
        await pilot.pause()
        await pilot.press("x")
    assert app._exception is None
