"""The main screen at a glance: the place kept over a lock, the time left, a harmless palette."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import Tabs

from tests.app.hands import drawn, paste_text, type_text, until
from tests.app.test_main import (
    PASSPHRASE,
    Hands,
    changed,
    clipboard,
    empty,
    find,
    opened,
    path,
    records_of,
    sees,
    selected,
)
from wallet.app.app import WalletApp
from wallet.app.lock.idle import Idle
from wallet.app.screens.main import MainScreen
from wallet.app.screens.vault.unlock import UnlockScreen
from wallet.app.widgets.details.all_tabs import TABS
from wallet.system.disk import paths
from wallet.vault.db.journal.kinds import What

__all__ = ["clipboard", "empty", "path"]  # the fixtures


async def lock_and_unlock(pilot: Hands) -> None:
    await pilot.press("L")
    await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the lock")
    await paste_text(pilot, PASSPHRASE)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the unlocking")


async def test_after_unlocking_the_row_the_tab_and_the_folds_are_as_before(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "metrics")
        await find(pilot, "orders")
        await pilot.press("tab")
        assert isinstance(pilot.app.focused, Tabs)
        await pilot.press("right", "right", "right", "shift+tab", "left")
        screen = await sees(pilot, "No notes.")
        assert "billing" not in screen
        await lock_and_unlock(pilot)
        screen = await sees(pilot, "acme ▸ orders", "No notes.")
        assert selected(pilot) == "orders"
        assert "billing" not in screen


async def test_after_unlocking_a_heading_is_selected_again(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "n1")
        await pilot.press("up")
        assert selected(pilot) == ""
        await lock_and_unlock(pilot)
        await sees(pilot, "A group: → unfolds, ← folds it.")
        assert "›▾ Standalone" in drawn(pilot.app)


async def test_what_was_deleted_meanwhile_is_not_come_back_to(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen), "the lock")
        with changed(path) as records:
            records.delete(records.find("billing").id)
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await sees(pilot, "locks in", "acme")
        assert selected(pilot) == "acme"


async def test_the_header_counts_down_and_warns_for_the_last_half_minute(path: Path) -> None:
    seconds = 0.0
    async with opened(path) as pilot:
        app = pilot.app
        assert isinstance(app, WalletApp)
        app.idle = Idle(lambda: seconds)
        await sees(pilot, "locks in 5:00")
        seconds = 268.0
        await sees(pilot, "locks in 0:32")
        assert not app.screen.query_one("#since").has_class("-soon")
        seconds = 271.0
        await sees(pilot, "locks in 0:29")
        assert app.screen.query_one("#since").has_class("-soon")


async def test_enter_in_the_palette_copies_and_changes_no_setting(
    path: Path, clipboard: Path
) -> None:
    async with opened(path, (100, 40)) as pilot:
        await find(pilot, "billing")
        await pilot.press("ctrl+p")
        screen = await sees(pilot, "Copy  c", "Copy as…  y")
        assert "Maximize" not in screen
        await pilot.press("enter")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        assert clipboard.read_text() == records_of(pilot).find("billing").public
        await pilot.press("ctrl+p")
        await type_text(pilot, "Lock after")
        await sees(pilot, "Lock after: 5 minutes")
        assert "Traceback" not in drawn(pilot.app)


async def test_help_scrolls_as_the_tree_does_and_its_own_key_closes_it(path: Path) -> None:
    async with opened(path) as pilot:
        for key in ("question_mark", "q", "escape", "enter"):
            await pilot.press("question_mark")
            await sees(pilot, "Move; PgUp")
            await pilot.press("G")
            await sees(pilot, "Revoked.", "No seed here.")
            await pilot.press("g")
            await sees(pilot, "Move; PgUp")
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), f"its end, {key}")


async def test_the_history_tab_tells_what_was_done_to_a_key_the_newest_first(path: Path) -> None:
    with changed(path) as records:
        records.rename(records.find("billing").id, "bills")
        records.history.note(What.EXPORTED, records.find("bills").public, "creds to /tmp/b.creds")
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "bills")
        await pilot.press("tab")
        await until(pilot, lambda: isinstance(pilot.app.focused, Tabs), "the tabs")
        await pilot.press("left")  # from the first to the last
        screen = await sees(pilot, "it was billing", "creds to /tmp/b.creds", "made")
        places = [screen.index(words) for words in ("exported", "renamed", "made")]
        assert places == sorted(places)
        assert len(re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", screen)) == len(places)


async def test_a_vault_at_another_place_than_usual_is_named_in_the_header(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(path) as pilot:
        await sees(pilot, "nkey-wallet · keys")
    prod = path.with_name("prod.nkw")
    path.rename(prod)
    async with opened(prod) as pilot:
        await sees(pilot, "nkey-wallet · prod")
    monkeypatch.setattr(paths, "data_directory", lambda: prod.parent)
    prod.rename(path)
    async with opened(path) as pilot:
        await until(pilot, lambda: "nkey-wallet  " in drawn(pilot.app), "the header without a name")


async def test_the_titles_of_all_tabs_are_seen_without_going_through_them(path: Path) -> None:
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "billing")
        for size in ((80, 24), (160, 50)):
            await pilot.resize_terminal(*size)
            await until(
                pilot,
                lambda: any(
                    all(tab.title in line for tab in TABS) for line in drawn(pilot.app).splitlines()
                ),
                f"all titles in a line, at {size}",
            )
            await pilot.press("tab", *["right"] * (len(TABS) - 1))
            screen = await sees(pilot, "made")
            assert all(tab.title in screen for tab in TABS), size
            await pilot.press(*["left"] * (len(TABS) - 1), "shift+tab")


async def test_on_60_columns_the_titles_are_short_and_all_there(path: Path) -> None:
    async with opened(path, (60, 24)) as pilot:
        await find(pilot, "billing")
        titles = " ".join(tab.short for tab in TABS)
        await until(pilot, lambda: titles in drawn(pilot.app), "all titles in a line")
