"""The manners of all dialogs: arrows between fields, y and n, their footer, and pastes."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.widgets import Button, Input, OptionList, Select

from tests.app.hands import drawn, focus_is, type_text, until
from tests.app.test_export import signed
from tests.app.test_main import (
    Hands,
    changed,
    closed,
    dialog,
    empty,
    find,
    opened,
    path,
    records_of,
    sees,
)
from wallet.app.screens.main import MainScreen
from wallet.app.widgets.tree.key_tree import KeyTree

__all__ = ["empty", "path", "signed"]  # fixtures


def footer(pilot: Hands) -> str:
    return drawn(pilot.app).splitlines()[-1]


async def test_arrows_go_from_field_to_field_and_to_the_first_button(path: Path) -> None:
    async with opened(path) as pilot:
        await dialog(pilot, "n", "How many")
        order = ["name", "count", "under", "pasted", "accept"]
        for name in order[1:]:
            await pilot.press("down")
            assert focus_is(pilot.app, name), (name, pilot.app.focused)
        await pilot.press("right")
        assert focus_is(pilot.app, "cancel")
        await pilot.press("left")
        assert focus_is(pilot.app, "accept")
        for name in reversed(["kind", *order[:-1]]):
            await pilot.press("up")
            assert focus_is(pilot.app, name), (name, pilot.app.focused)
        assert not pilot.app.screen.query_one("#kind", Select).expanded
        await pilot.press("space")
        await until(pilot, lambda: pilot.app.screen.query_one("#kind", Select).expanded, "the list")


async def test_arrows_go_from_field_to_field_where_there_is_more_to_scroll(signed: Path) -> None:
    async with opened(signed, (60, 16)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        lines = [field.id for field in pilot.app.screen.query("FormLines Input, FormLines Tick")]
        for name in [*lines[1:], "accept"]:
            await pilot.press("down")
            assert focus_is(pilot.app, str(name)), (name, pilot.app.focused)
        for name in reversed(lines):
            await pilot.press("up")
            assert focus_is(pilot.app, str(name)), (name, pilot.app.focused)


async def test_arrows_stay_in_a_text_of_several_lines_and_in_a_list(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "a", "Notes")
        await pilot.press("tab")
        await type_text(pilot, "first")
        await pilot.press("enter", "up", "down", "down")
        assert focus_is(pilot.app, "notes")
        assert "ctrl+s Save" in footer(pilot)
        await pilot.press("escape", "right", "enter")  # and throw it away
        await closed(pilot)
        await dialog(pilot, "y", "Copy billing as")
        before = pilot.app.screen.query_one(OptionList).highlighted
        await pilot.press("down")
        assert isinstance(pilot.app.focused, OptionList)
        await pilot.press("k")
        assert pilot.app.screen.query_one(OptionList).highlighted == before


async def test_help_scrolls_as_the_tree_does_and_closes_by_its_own_key(path: Path) -> None:
    async with opened(path) as pilot:
        for close in ("question_mark", "q", "escape"):
            await dialog(pilot, "question_mark", "Fold and unfold")
            fields = pilot.app.screen.query_one("#fields")
            for key, forward in (("ctrl+d", True), ("G", True), ("ctrl+u", False), ("g", False)):
                before = fields.scroll_offset.y
                await pilot.press(key)
                assert (fields.scroll_offset.y > before) is forward, key
            await pilot.press("j", "j", "down", "k")
            assert fields.scroll_offset.y == 2
            await pilot.press(close)
            await closed(pilot)


async def test_in_a_list_g_goes_to_its_ends_and_the_footer_names_what_scrolls(
    signed: Path,
) -> None:
    async with opened(signed, (60, 16)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "r", "Rotate billing")
        options = pilot.app.screen.query_one(OptionList)
        await until(pilot, lambda: "ctrl+d More" in footer(pilot), "the key that scrolls")
        await pilot.press("ctrl+d")
        assert pilot.app.screen.query_one("#fields").scroll_offset.y > 0
        assert options.highlighted == 0
        await pilot.press("G")
        assert options.highlighted == options.option_count - 1
        await pilot.press("g")
        assert options.highlighted == 0


async def test_n_and_y_are_letters_in_a_field(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "is to be called")
        await pilot.press("ctrl+u")
        await type_text(pilot, "yjnkq?")
        await pilot.press("enter")
        await closed(pilot)
        assert records_of(pilot).find("yjnkq?").name == "yjnkq?"


@pytest.mark.parametrize("key", ["y", "n"])
async def test_y_and_n_answer_whether_a_user_is_let_in_again(signed: Path, key: str) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "x", "Revoke billing?")
        assert focus_is(pilot.app, "cancel")
        await pilot.press("y", "n")  # not where somebody is shut out
        assert "Revoke billing?" in drawn(pilot.app)
        await pilot.press("left", "enter")
        await closed(pilot)
        assert records_of(pilot).find("billing").revoked
        await dialog(pilot, "x", "Allow billing?")
        assert " y Yes  n No " in footer(pilot)
        await pilot.press(key)
        await closed(pilot)
        assert records_of(pilot).find("billing").revoked is (key == "n")


@pytest.mark.parametrize(("key", "title"), [("d", "Delete n1?"), ("v", "Seed of n1")])
async def test_y_and_n_do_nothing_where_a_key_is_deleted_or_shown(
    path: Path, key: str, title: str
) -> None:
    async with opened(path) as pilot:
        await find(pilot, "n1")
        await dialog(pilot, key, title)
        if key == "d":
            await pilot.press("tab", "tab")  # out of the field for its name
        await pilot.press("y", "n")
        assert title in drawn(pilot.app)
        assert " y Yes" not in footer(pilot)
        assert records_of(pilot).find("n1").name == "n1"


async def test_a_dialogs_footer_tells_what_enter_does(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "d", "Delete billing?")
        await until(pilot, lambda: "⏎ Delete" in footer(pilot), "the footer")
        await pilot.press("escape")
        await closed(pilot)
        await dialog(pilot, "v", "Seed of billing")
        assert isinstance(pilot.app.focused, Button)
        assert footer(pilot).startswith(" ⏎ Close")
        await pilot.press("left")
        await until(pilot, lambda: "⏎ Show for" in footer(pilot), "the other button")


async def test_what_is_pasted_on_the_main_screen_presses_no_keys(path: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "billing")
        pilot.app.post_message(events.Paste("dnLq\n"))
        await sees(pilot, "A paste does nothing here")
        assert isinstance(pilot.app.screen, MainScreen)
        assert "dnLq" not in drawn(pilot.app)


async def test_what_is_pasted_into_the_filter_filters(path: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        await pilot.press("slash")
        pilot.app.post_message(events.Paste("billing"))
        await sees(pilot, "1 found")
        assert "A paste does nothing" not in drawn(pilot.app)


async def test_a_mistyped_path_stays_to_be_mended(path: Path, tmp_path: Path) -> None:
    async with opened(path, (100, 30)) as pilot:
        await dialog(pilot, "i", "File or directory")
        wrong = str(tmp_path / "no-such.creds")
        await type_text(pilot, wrong)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.query("#problem.-shown"), "the problem")
        assert pilot.app.screen.query_one("#path", Input).value == wrong


async def test_of_a_row_that_another_window_deletes_it_is_said_which_is_selected_now(
    path: Path,
) -> None:
    async with opened(path, (100, 30)) as pilot:
        await find(pilot, "billing")
        with changed(path) as records:
            records.delete(records.find("billing").id)
        await sees(pilot, "acme/orders/billing is not here any more", "Selected is")
        now = pilot.app.screen.query_one(KeyTree).selected
        assert now is not None
        assert f"Selected is {now.path} now" in " ".join(drawn(pilot.app).split())
