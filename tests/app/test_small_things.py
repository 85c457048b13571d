"""Small things that made one hesitate: paths that complete, toasts, where a file was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, Select, Static

from tests.app.hands import drawn, focus_is, paste_text, type_text, until
from tests.app.test_main import Hands, closed, dialog, find, opened, records_of, sees, selected
from tests.app.test_main import empty as empty
from tests.app.test_main import path as path
from wallet.nats.nkeys import Kind
from wallet.system import clipboard
from wallet.system.clipboard import Copied


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory in which the wallet was started."""
    directory = tmp_path / "here"
    (directory / "secrets").mkdir(parents=True)
    monkeypatch.chdir(directory)
    return directory


async def type_path(pilot: Hands, name: str, text: str) -> Input:
    """Type into an empty field, as far as a suggestion for it comes."""
    field = pilot.app.screen.query_one(f"#{name}", Input)
    pilot.app.screen.set_focus(field)
    field.value = ""
    await pilot.pause()
    await paste_text(pilot, text)
    return field


async def test_tab_completes_a_path_and_goes_on_where_there_is_nothing_to_complete(
    path: Path, here: Path
) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "e", "To (a file, or a directory)")
        field = await type_path(pilot, "to", "sec")
        await until(pilot, lambda: field._suggestion == "secrets/", "the suggestion")
        await pilot.press("tab")
        assert field.value == "secrets/"
        await type_text(pilot, "billing.nk")
        await pilot.press("tab")
        assert not focus_is(pilot.app, "to")


async def test_tab_completes_the_path_of_an_account(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "n1")
        await dialog(pilot, "n", "New key")
        field = await type_path(pilot, "under", "acme/o")
        await until(pilot, lambda: field._suggestion == "acme/orders", "the suggestion")
        await pilot.press("tab")
        assert field.value == "acme/orders"
        await pilot.press("tab")
        assert not focus_is(pilot.app, "under")
        field.value = ""
        pilot.app.screen.set_focus(field)
        await pilot.press("tab")
        assert field.value == ""


async def test_what_was_written_is_told_with_its_directory(path: Path, here: Path) -> None:
    async with opened(path, (160, 50)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "e", "To (a file, or a directory)")
        await pilot.press("enter")
        await closed(pilot)
        await until(
            pilot,
            lambda: any(str(here) in each.message for each in pilot.app._notifications),
            "the directory",
        )


async def test_how_a_copy_went_is_told_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "In tmux's paste buffer, and sent on to your terminal. If it did not arrive there: do."
    monkeypatch.setattr(
        clipboard, "copy_public", lambda text, write_terminal=None: Copied(True, "terminal", long)
    )
    async with opened(path, (120, 40)) as pilot:
        await find(pilot, "billing")
        await pilot.press("c")
        await sees(pilot, "Copied: Public key of billing", "paste buffer")
        await find(pilot, "reports")
        await pilot.press("c")
        await sees(pilot, "Copied: Public key of reports.")
        assert "paste buffer" not in drawn(pilot.app)


async def test_a_preview_that_is_cut_says_so(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "y", "Copy billing as…")
        await until(pilot, lambda: pilot.app.screen.query("#text"), "the preview")
        static = pilot.app.screen.query_one("#text", Static)
        static.add_class("-cut")
        static.update(f"one\n{'x' * 400}\ntwo")
        await sees(pilot, "xxx…", "two")


async def test_the_files_of_a_copied_program_are_named_for_the_key(path: Path) -> None:
    async with opened(path, (160, 50)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "y", "Copy billing as…")
        await pilot.press("down", "down")
        await sees(pilot, "billing.nk")
        assert "user.nk" not in drawn(pilot.app)
        assert records_of(pilot).find("billing").has_seed


async def test_enter_in_an_empty_vault_makes_a_user_to_test(empty: Path) -> None:
    async with opened(empty, (120, 40)) as pilot:
        await sees(pilot, "There are no keys here yet", "Enter for a user")
        await dialog(pilot, "enter", "New key")
        await pilot.press("enter")
        await closed(pilot)
        (record,) = records_of(pilot).all()
        assert (record.kind, record.parent) == (Kind.USER, None)
        await dialog(pilot, "t", "Test user")


async def test_new_begins_with_what_was_made_last_where_nothing_stands_above(path: Path) -> None:
    async with opened(path, (120, 40)) as pilot:
        await find(pilot, "n1")
        await dialog(pilot, "n", "New key")
        pilot.app.screen.query_one("#kind", Select).value = Kind.CURVE
        await pilot.pause()
        await type_text(pilot, "sealing")
        await pilot.press("enter")
        await closed(pilot)
        await until(pilot, lambda: selected(pilot) == "sealing", "the new key")
        await dialog(pilot, "n", "New key")
        assert pilot.app.screen.query_one("#kind", Select).value is Kind.CURVE
        await pilot.press("escape")
        await closed(pilot)
        await find(pilot, "orders")
        await dialog(pilot, "n", "New key")
        assert pilot.app.screen.query_one("#kind", Select).value is Kind.USER
        assert pilot.app.screen.query_one("#under", Input).value == "acme/orders"
