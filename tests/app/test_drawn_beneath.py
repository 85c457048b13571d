"""A dialog is drawn on the screen beneath it, also where several lie above one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.command import CommandPalette

from tests.app.hands import drawn, until
from tests.app.test_main import dialog, empty, opened, path, sees
from wallet.app.screens.vault.backups import BackupsDialog
from wallet.app.screens.vault.restoration import RestoreDialog

__all__ = ["empty", "path"]  # fixtures


async def test_what_changes_beneath_several_dialogs_is_drawn_there_and_not_without_end(
    path: Path,
) -> None:
    async with opened(path, (100, 40)) as pilot:
        app: Any = pilot.app
        await dialog(pilot, "V", "The vault")
        await pilot.click("#backups")
        await until(pilot, lambda: isinstance(app.screen, BackupsDialog), "the backups")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RestoreDialog), "the restoring")
        await sees(pilot, "What the vault holds now is kept")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        await pilot.pause()
        assert "─ Keys ─" in drawn(app)  # beneath them all
        _, _main, page, backups, restoring, palette = app.screen_stack
        # Those between are painted anew, as after a change in them, and not made anew: only the
        # first and the last then look for the screen beneath them.
        restoring._set_dirty()
        backups._set_dirty()
        page.refresh()
        palette.refresh()
        assert "─ Keys ─" in drawn(app)
