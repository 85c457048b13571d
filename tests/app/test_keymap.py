"""Other keys for actions, by pressing them: they hold, are shown, kept, and never lost."""

from __future__ import annotations

import json
import random
from itertools import groupby
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.app.hands import drawn, paste_text, type_text, until
from tests.app.test_glance import lock_and_unlock
from tests.app.test_main import (
    Hands,
    changed,
    clipboard,
    closed,
    empty,
    find,
    opened,
    path,
    records_of,
    sees,
)
from wallet.app.preferences.key_choices import FIXED, ROOMS, KeyChoices
from wallet.app.preferences.keymap import KEYS_SETTING, UNREAD_SETTING, action_keys
from wallet.app.screens.claims.pair import PairDialog
from wallet.app.screens.main import MainScreen
from wallet.app.screens.settings.keys_page import KeysDialog, PressKeyDialog
from wallet.app.screens.settings.settings_page import SettingsDialog

__all__ = ["clipboard", "empty", "path"]  # fixtures

SIZE = (100, 50)


async def keys_page(pilot: Hands) -> None:
    """Open the list of keys, by way of the settings."""
    await pilot.press("comma")
    await until(pilot, lambda: isinstance(pilot.app.screen, SettingsDialog), "the settings")
    labels = [row.label for row in pilot.app.screen.rows]  # type: ignore[attr-defined]
    pilot.app.screen.query_one(OptionList).highlighted = labels.index("Keys")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, KeysDialog), "the keys")


async def choose(pilot: Hands, label: str, key: str) -> None:
    """Press another key for an action, on the list of keys."""
    page = pilot.app.screen
    assert isinstance(page, KeysDialog)
    action = next(action for action in page.choices.actions if action.label == label)
    await press_for(pilot, action.id, key, wait=False)


async def rest(pilot: Hands, label: str, key: str) -> None:
    """Give an action another key, and wait until it has it."""
    await choose(pilot, label, key)
    await until(pilot, lambda: key in pilot.app.keys.values(), key)  # type: ignore[attr-defined]


def kept(pilot: Hands) -> object:
    return json.loads(records_of(pilot).settings.get(KEYS_SETTING, "{}"))


async def test_a_key_that_was_pressed_works_and_stands_in_footer_help_and_palette(
    path: Path, clipboard: Path
) -> None:
    async with opened(path, SIZE) as pilot:
        await find(pilot, "billing")
        await keys_page(pilot)
        await rest(pilot, "Copy", "b")
        await sees(pilot, "chosen; at first c")
        await pilot.press("escape", "escape")
        await closed(pilot)
        await sees(pilot, "b Copy")
        await pilot.press("c")
        await pilot.press("question_mark")
        await sees(pilot, "b          Copy the public key.")
        await pilot.press("escape", "ctrl+p")
        await sees(pilot, "Copy  b")
        await pilot.press("escape")
        assert not clipboard.exists()
        await pilot.press("b")
        await until(pilot, lambda: clipboard.exists() and clipboard.read_text(), "the copy")
        await lock_and_unlock(pilot)
        await sees(pilot, "b Copy")


async def test_the_keys_of_the_tree_can_be_others_and_help_shows_them(path: Path) -> None:
    async with opened(path, SIZE) as pilot:
        await keys_page(pilot)
        await rest(pilot, "Down", "w")
        await pilot.press("escape", "escape")
        await closed(pilot)
        await find(pilot, "billing")
        await pilot.press("w")
        await sees(pilot, "orders ▸ reports")
        await pilot.press("up")
        await sees(pilot, "orders ▸ billing")
        await pilot.press("down")
        await sees(pilot, "orders ▸ reports")
        await pilot.press("question_mark")
        await sees(pilot, "↑ ↓  w k")


async def test_a_key_that_another_action_has_is_refused_with_its_name(path: Path) -> None:
    async with opened(path, SIZE) as pilot:
        await keys_page(pilot)
        await choose(pilot, "Copy", "n")
        await sees(pilot, "New has that key")
        await pilot.press("j")
        await sees(pilot, "Down has that key")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, KeysDialog), "the keys")
        assert kept(pilot) == {}


async def test_the_keys_that_lead_out_stay_what_they_are(path: Path) -> None:
    async with opened(path, SIZE) as pilot:
        await keys_page(pilot)
        page = pilot.app.screen
        assert isinstance(page, KeysDialog)
        assert not {action.usual_key for action in page.choices.actions} & set(FIXED)
        for key in ("enter", "tab", "up", "shift+tab"):
            await choose(pilot, "Copy", key)
            await sees(pilot, ", everywhere")
            assert drawn(pilot.app).splitlines()[-1].split() == ["esc", "Leave", "it"], key
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(pilot.app.screen, KeysDialog), "the keys")
            assert kept(pilot) == {}, key


async def test_two_actions_can_change_keys_and_delete_brings_the_usual_one_back(
    path: Path,
) -> None:
    async with opened(path, SIZE) as pilot:
        await keys_page(pilot)
        await rest(pilot, "Copy", "f2")
        await rest(pilot, "Test", "c")
        await rest(pilot, "Copy", "t")
        assert kept(pilot) == {"main.copy": "t", "main.test": "c"}
        await pilot.press("escape", "escape")
        await lock_and_unlock(pilot)
        assert pilot.app.keys == kept(pilot)  # type: ignore[attr-defined]
        await keys_page(pilot)
        await pilot.press("home", "delete")
        await sees(pilot, "Test has that key")
        await rest(pilot, "Test", "f3")
        await pilot.press("home", "delete")
        await until(pilot, lambda: kept(pilot) == {"main.test": "f3"}, "the usual key")
        await pilot.click("#reset")
        await until(pilot, lambda: kept(pilot) == {}, "all as at first")


@pytest.mark.parametrize("text", ["{", "[]", "null", "[" * 9000, "x" * 30_000])
async def test_what_cannot_be_read_is_told_and_stays_beside_the_new_keys(
    path: Path, text: str
) -> None:
    with changed(path) as records:
        records.settings.set(KEYS_SETTING, text)
    async with opened(path, SIZE) as pilot:
        await sees(pilot, "that were chosen cannot be read")
        assert records_of(pilot).settings.get(KEYS_SETTING, "") == text
        await pilot.press("n")
        await sees(pilot, "New key")
        await pilot.press("escape")
        await closed(pilot)
        await keys_page(pilot)
        await rest(pilot, "Copy", "b")
        assert records_of(pilot).settings.get(UNREAD_SETTING, "") == text


async def test_keys_in_conflict_or_of_another_version_are_told_and_kept(path: Path) -> None:
    before = {"main.copy": "n", "main.dance": "b", "main.test": "escape", "main.rename": "f6"}
    with changed(path) as records:
        records.settings.set(KEYS_SETTING, json.dumps(before))
    async with opened(path, SIZE) as pilot:
        await sees(pilot, "chosen for Copy, Test cannot be used")
        assert pilot.app.keys == {"main.rename": "f6"}  # type: ignore[attr-defined]
        await keys_page(pilot)
        await rest(pilot, "Test", "f7")
        assert kept(pilot) == {**before, "main.test": "f7"}
        await pilot.click("#reset")
        await until(pilot, lambda: kept(pilot) == {"main.dance": "b"}, "all as at first")


async def test_only_looking_no_key_is_changed_and_the_page_says_so(path: Path) -> None:
    async with opened(path, SIZE) as pilot:
        await pilot.press("O", "ctrl+p")
        await type_text(pilot, "another key for an action")
        await sees(pilot, "Keys: the usual ones")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen), "the main screen")
        await sees(pilot, "Only looking")
        assert "Keys of actions" not in drawn(pilot.app)


async def test_keys_of_dialogs_can_be_others_but_none_that_writes(path: Path) -> None:
    async with opened(path, SIZE) as pilot:
        await keys_page(pilot)
        await choose(pilot, "Test again", "b")
        await sees(pilot, "is for typing")
        await pilot.press("ctrl+u")
        await sees(pilot, "^u: In a dialog that key is for typing")
        await pilot.press("f12")
        await until(pilot, lambda: kept(pilot) == {"dialog.again": "f12"}, "the key")
        await pilot.press("escape", "escape")
        await closed(pilot)
        await find(pilot, "billing")
        await pilot.press("t")
        await sees(pilot, "F12 Test")
        await pilot.press("ctrl+a", "ctrl+k")
        await paste_text(pilot, "nats://127.0.0.1:1")
        await pilot.press("f12")
        await sees(pilot, "nothing-listens")


async def test_keys_that_terminals_send_as_others_are_refused_with_the_reason(path: Path) -> None:
    async with opened(path, SIZE) as pilot:
        await keys_page(pilot)
        for key in ("ctrl+m", "ctrl+i", "ctrl+j", "ctrl+h"):
            await choose(pilot, "Copy", key)
            await sees(pilot, "Terminals send it as")
            assert kept(pilot) == {}, key
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(pilot.app.screen, KeysDialog), "the keys")


async def test_a_letter_of_a_dialog_can_be_another_and_its_buttons_and_footer_show_it(
    path: Path,
) -> None:
    async with opened(path, SIZE) as pilot:
        await keys_page(pilot)
        await pilot.press("end")
        await sees(pilot, "A file that parted", "What needs a look", "Help")
        await press_for(pilot, "shares.pair", "w")
        await press_for(pilot, "servers.add", "b")
        await press_for(pilot, "lists.down", "f")
        await pilot.press("escape", "escape")
        await closed(pilot)
        await find(pilot, "orders")
        await pilot.press("s")
        await sees(pilot, "w Share", "w shares with an account", "Press w to share")
        await pilot.press("n")
        assert "Share a subject" not in drawn(pilot.app)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, PairDialog), "the form")
        await pilot.press("escape", "escape")
        await closed(pilot)
        await pilot.press("S")
        await sees(pilot, "b New…", "Press b to name one")
        await pilot.press("b")
        await sees(pilot, "New server")


async def test_a_letter_of_a_dialog_is_refused_where_another_there_has_it(path: Path) -> None:
    async with opened(path, SIZE) as pilot:
        await keys_page(pilot)
        for action, key, problem in (
            ("servers.add", "t", "Test has that key"),
            ("servers.add", "j", "Down has that key"),
            ("servers.add", "f4", "Its command has that key"),
            ("lists.down", "x", "Take back has that key"),
            ("passphrase.generate", "b", "is for typing"),
        ):
            await press_for(pilot, action, key, wait=False)
            await sees(pilot, problem)
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(pilot.app.screen, KeysDialog), "the keys")
        await press_for(pilot, "servers.add", "c")  # the main screen's is another matter
        assert kept(pilot) == {"servers.add": "c"}
        await press_for(pilot, "servers.add", "n")  # and back, though No has it, too
        assert kept(pilot) == {}


async def press_for(pilot: Hands, action: str, key: str, *, wait: bool = True) -> None:
    """Press another key for the action of this id."""
    page = pilot.app.screen
    assert isinstance(page, KeysDialog)
    options = page.query_one(OptionList)
    options.highlighted = options.get_option_index(action)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PressKeyDialog), "the question")
    await pilot.press(key)
    if wait:
        await until(pilot, lambda: page.choices.chosen.get(action, "n") == key, key)


def test_every_usual_key_may_be_chosen_again() -> None:
    choices, _ = KeyChoices.read(action_keys(), "")
    for action in choices.actions:
        assert choices.with_key(action, action.usual_key) == choices


def test_every_part_of_the_app_has_a_heading_and_stands_together() -> None:
    rooms = [room for room, _ in groupby(action_keys(), lambda a: a.room)]
    assert rooms == list(ROOMS)


VALUES: list[object] = [
    *(None, True, False, 0, -1, 1.5, 10**30, float("nan"), "", " ", "b", "None", "null", "ctrl+m"),
    *([], ["b"], {}, {"b": "c"}, "a,b", "enter", "x" * 500, "\x1b", "é", "ctrl+", "+", "F2", "f2"),
]


def test_whatever_stands_there_the_rest_holds_and_nothing_is_lost() -> None:
    actions = action_keys()
    dice = random.Random(14)
    names = [*(action.id for action in actions), "main.dance", "", "None"]
    for _ in range(2_000):
        before = {dice.choice(names): dice.choice(VALUES) for _ in range(dice.randint(0, 6))}
        choices, problem = KeyChoices.read(actions, json.dumps(before))
        assert "None" not in set(choices.chosen.values()) - set(map(str, before.values()))
        assert all(isinstance(key, str) for key in choices.chosen.values())
        assert not any(name in choices.chosen for name, key in before.items() if key is None)
        again = json.loads(choices.text)
        assert json.dumps(again, sort_keys=True) == json.dumps(before, sort_keys=True)
        wrong = [
            name
            for name, key in before.items()
            if name not in choices.chosen and key is not None and name not in names[-3:]
        ]
        assert bool(problem) == bool(wrong)


@pytest.mark.parametrize("value", [None, True, {"b": "c"}, "ctrl+m"], ids=repr)
async def test_the_app_starts_with_any_value_for_a_key(path: Path, value: object) -> None:
    text = json.dumps({"main.copy": value, "main.rename": "f6", "servers.add": value})
    with changed(path) as records:
        records.settings.set(KEYS_SETTING, text)
    async with opened(path, SIZE) as pilot:
        await sees(pilot, "billing")
        assert pilot.app.keys["main.rename"] == "f6"  # type: ignore[attr-defined]
        assert "None" not in pilot.app.keys.values() or value == "None"  # type: ignore[attr-defined]
        assert records_of(pilot).settings.get(KEYS_SETTING, "") == text
