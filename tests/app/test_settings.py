"""The settings screen, by keys: what is changed there holds, is kept, and is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import CommandPalette

from tests.app.hands import drawn, type_text, until
from tests.app.test_main import Hands, changed, closed, empty, opened, path, records_of, sees
from wallet.app.screens.main import MainScreen
from wallet.app.screens.settings.settings_page import SettingsDialog
from wallet.tasks.settings import CLIPBOARD, CONFIRM, LOCK, OLD_KEYS, SETTINGS, VaultSetting

__all__ = ["empty", "path"]  # fixtures


def kept(pilot: Hands, setting: VaultSetting) -> str:
    return records_of(pilot).settings.get(setting.name, "")


async def test_every_setting_stands_on_one_screen_with_its_value(path: Path) -> None:
    async with opened(path) as pilot:
        await pilot.press("comma")
        await sees(pilot, *(setting.label for setting in SETTINGS), "Theme", "Backups")
        await sees(pilot, "5 minutes", "20 seconds", "90 days", "textual-dark", "The last 10")


@pytest.mark.parametrize(
    ("setting", "typed", "words"),
    [
        (LOCK, "1", "1 minute "),
        (CLIPBOARD, "45", "45 seconds"),
        (OLD_KEYS, "365", "365 days"),
    ],
    ids=lambda each: getattr(each, "name", None),
)
async def test_a_number_that_is_typed_holds_and_is_kept(
    path: Path, setting: VaultSetting, typed: str, words: str
) -> None:
    async with opened(path) as pilot:
        await pilot.press("comma", *["down"] * SETTINGS.index(setting), "enter")
        await pilot.press("ctrl+a", "ctrl+k", *typed, "enter")
        await sees(pilot, words)
        assert kept(pilot, setting) == typed
        if setting is LOCK:
            assert pilot.app.idle.minutes == 1  # type: ignore[attr-defined]
        if setting is CLIPBOARD:
            assert pilot.app.secret_seconds == 45  # type: ignore[attr-defined]


async def test_a_number_that_cannot_be_is_refused_with_the_bounds(path: Path) -> None:
    async with opened(path) as pilot:
        for typed in ("0", "-1", "many", "9" * 16, ""):
            await pilot.press("comma", "enter", "ctrl+a", "ctrl+k")
            await type_text(pilot, typed)
            await pilot.press("enter")
            await sees(pilot, "a whole number from 1 to 1,440")
            await pilot.press("escape", "escape")
            await closed(pilot)
            assert kept(pilot, LOCK) == "", typed


async def test_leaving_asks_when_that_is_set_and_n_stays(path: Path) -> None:
    async with opened(path) as pilot:
        await pilot.press("comma", "down", "down", "enter", "down", "enter")
        await sees(pilot, "leaving, too")
        await until(pilot, lambda: kept(pilot, CONFIRM) == "more", "the change of the setting")
        await pilot.press("escape", "q")
        await sees(pilot, "Leave the wallet?")
        await pilot.press("n")
        await closed(pilot)
        await pilot.press("q")
        await sees(pilot, "Leave the wallet?")
        await pilot.press("y")
        await until(pilot, lambda: pilot.app._exit, "the end")


async def test_the_palette_has_the_settings_by_name_with_their_value_and_changes_them(
    path: Path,
) -> None:
    with changed(path) as records:
        records.settings.set(LOCK.name, "15")
    async with opened(path, (100, 40)) as pilot:
        await pilot.press("ctrl+p")
        await type_text(pilot, "lock after")
        await sees(pilot, "Lock after: 15 minutes")
        await pilot.press("enter")
        await sees(pilot, "How many minutes")
        await pilot.press("ctrl+a", "ctrl+k", "3", "enter")
        await until(pilot, lambda: kept(pilot, LOCK) == "3", "the setting")


async def test_the_theme_is_picked_from_the_settings_and_shown_there(path: Path) -> None:
    async with opened(path) as pilot:
        await pilot.press("comma", *["down"] * len(SETTINGS), "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette), "the picker")
        await type_text(pilot, "nord")
        await sees(pilot, "nord")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.theme == "nord", "the theme")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettingsDialog), "the settings")
        await until(pilot, lambda: "Theme                 nord" in drawn(pilot.app), "its name")


async def test_only_looking_the_screen_says_so_first_and_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    async with opened(path) as pilot:
        await pilot.press("O", "comma")
        await sees(pilot, "nothing here can be changed until")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SettingsDialog)
        await pilot.press("escape", "ctrl+p")
        await type_text(pilot, "lock after")
        await sees(pilot, "Lock after: 5 minutes")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the main screen")
        await sees(pilot, "nothing here can be changed")
    assert path.read_bytes() == before


async def test_on_60_columns_each_setting_is_one_line_and_what_is_cut_stands_below(
    path: Path,
) -> None:
    async with opened(path, (60, 30)) as pilot:
        await pilot.press("comma")
        await sees(pilot, "Settings", "Backups")
        await pilot.press("end")
        screen = await sees(pilot, "Now: ")
        lines = screen.splitlines()
        (backups,) = [at for at, line in enumerate(lines) if "Backups  " in line]
        assert "…" in lines[backups]
        assert "beside the vault" in screen.split("Now: ")[1]


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_value_that_is_too_long_for_its_line_goes_on_beneath_it(
    path: Path, size: tuple[int, int]
) -> None:
    async with opened(path, size) as pilot:
        await pilot.press("comma")
        screen = await sees(pilot, "Backups", "30 days", "kept for a reason")
        box = screen.splitlines()
        at = next(number for number, line in enumerate(box) if "Backups" in line)
        assert "…" not in "".join(box[at : at + 4]), screen
