"""A dialog is drawn on the screen beneath it, also where several lie above one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import RenderableType
from textual.command import CommandPalette

from tests.app.hands import drawn, until
from tests.app.test_main import dialog, empty, opened, path, sees
from wallet.app.screens.keys.new_key import NewKeyDialog
from wallet.app.screens.main import MainScreen
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


async def test_the_focus_goes_on_without_the_whole_screen_being_drawn_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fields that lose it and have it are drawn: a whole dialog takes four times as long."""
    drawn_whole: list[type] = []
    for screen in (MainScreen, NewKeyDialog):
        render = screen.render

        def noted(self: Any, render: Any = render) -> RenderableType:
            drawn_whole.append(type(self))
            return render(self)  # type: ignore[no-any-return]

        monkeypatch.setattr(screen, "render", noted)
    async with opened(path) as pilot:
        for key, shown in (("slash", MainScreen), ("escape", MainScreen), ("n", NewKeyDialog)):
            await pilot.press(key)
            await pilot.pause()
            assert drawn(pilot.app)
            assert shown in drawn_whole
        before, drawn_whole[:] = pilot.app.focused, []
        await pilot.press("tab")
        assert pilot.app.focused is not before
        assert "New key" in drawn(pilot.app)
        assert not drawn_whole
        await pilot.press("escape")
        await pilot.pause()
        tree, drawn_whole[:] = pilot.app.focused, []
        await pilot.press("tab")
        assert pilot.app.focused is not tree
        assert "Keys" in drawn(pilot.app)
        assert not drawn_whole
