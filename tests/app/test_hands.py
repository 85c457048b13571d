"""The hands of the app's tests themselves: they see what never comes to rest."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static


class Restless(Static):
    """It changes its height each time that it has another."""

    def on_resize(self) -> None:
        self.styles.height = 3 - int(self.size.height)


class RestlessApp(App[None]):
    """An app with nothing but that."""

    def compose(self) -> ComposeResult:
        yield Restless("")


async def driven() -> None:
    app = RestlessApp()
    async with app.run_test() as pilot:
        app.query_one(Restless).styles.height = 1
        await pilot.pause()


async def test_a_screen_that_is_laid_out_without_end_is_told_after_so_many_times() -> None:
    with pytest.raises(AssertionError, match="without end: the screen was laid out 200 times"):
        await driven()
