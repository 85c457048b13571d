"""What was written in a dialog is thrown away only after asking, by Esc, Cancel and leaving."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Button, Input, TextArea

from tests.app.hands import drawn, focus_is, type_text, until
from tests.app.test_dialogs_fit import walked
from tests.app.test_export import signed
from tests.app.test_half_typed import locked, unlocked
from tests.app.test_main import Hands, closed, dialog, empty, find, opened, records_of, sees
from wallet.app.screens.dialog import Dialog
from wallet.app.screens.keys.notes import NotesDialog
from wallet.app.screens.throw_away import ThrowAwayDialog

__all__ = ["empty", "signed"]  # fixtures

LONG = "a sentence that nobody types twice"


async def begin_notes(pilot: Hands, text: str = "ask ops about") -> Dialog[Any]:
    await find(pilot, "billing")
    await dialog(pilot, "a", "Notes")
    form = pilot.app.screen
    await pilot.press("tab")
    await type_text(pilot, text)
    assert isinstance(form, NotesDialog)
    return form


async def asked(pilot: Hands) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, ThrowAwayDialog), "the question")
    await sees(pilot, "Keep writing", "Throw away")


async def test_esc_asks_and_goes_on_writing_where_it_was(signed: Path) -> None:
    async with opened(signed) as pilot:
        form = await begin_notes(pilot)
        await pilot.press("escape")
        await asked(pilot)
        await pilot.press("escape")  # as often as anybody presses it
        await until(pilot, lambda: pilot.app.screen is form, "the form")
        await until(pilot, lambda: focus_is(pilot.app, "notes"), "the focus")
        await pilot.press("escape")
        await asked(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is form, "the form")
        await type_text(pilot, " the port")
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert records_of(pilot).find("billing").notes == "ask ops about the port"


async def test_ctrl_s_at_the_question_throws_nothing_away(signed: Path) -> None:
    async with opened(signed) as pilot:
        form = await begin_notes(pilot)
        await pilot.press("escape")
        await asked(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is form, "the form")


async def test_throw_away_closes_both(signed: Path) -> None:
    async with opened(signed) as pilot:
        await begin_notes(pilot)
        await pilot.click("#cancel")
        await asked(pilot)
        await pilot.press("right", "enter")
        await closed(pilot)
        assert records_of(pilot).find("billing").notes == ""


@pytest.mark.parametrize("text", ["", "abc"])
async def test_what_is_short_is_not_asked_about(signed: Path, text: str) -> None:
    async with opened(signed) as pilot:
        await begin_notes(pilot, text)
        await pilot.press("escape")
        await closed(pilot)


async def test_a_choice_that_fills_a_field_is_no_writing(signed: Path) -> None:
    async with opened(signed) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "e", "Export billing")
        await pilot.press("shift+tab", "enter", "down", "down", "enter")
        await pilot.press("escape")
        await closed(pilot)


async def test_leaving_asks_and_may_be_thought_better_of(signed: Path) -> None:
    async with opened(signed) as pilot:
        form = await begin_notes(pilot)
        await pilot.press("ctrl+q")
        await asked(pilot)
        await pilot.press("ctrl+q", "escape")
        await until(pilot, lambda: pilot.app.screen is form, "the form")
        await pilot.press("ctrl+q")
        await asked(pilot)
        await pilot.press("right", "enter")
        await until(pilot, lambda: pilot.app._exit, "the end")


async def test_a_lock_at_the_question_gives_back_the_text(signed: Path) -> None:
    async with opened(signed) as pilot:
        await begin_notes(pilot)
        await pilot.press("escape")
        await asked(pilot)
        await locked(pilot)
        assert "ask ops" not in drawn(pilot.app)
        await unlocked(pilot)
        await sees(pilot, "ask ops about")
        await pilot.press("escape")  # it was not asked again, and is still half written
        await asked(pilot)


async def asks_or_need_not(pilot: Hands, form: Dialog[Any], asked_by: dict[str, bool]) -> list[str]:
    """Write into the first field of a dialog and press Esc; note by its name whether it asks."""
    app: Any = pilot.app
    fields = [one for one in form.query("Input, TextArea") if one.id and one.focusable]
    field = next((one for one in fields if not one.disabled and one.is_on_screen), None)
    is_plain = isinstance(field, TextArea) or (
        isinstance(field, Input) and field.type == "text" and not field.password
    )
    if field is not None and is_plain:
        form.set_focus(field)
        await pilot.pause()
        app.post_message(events.Paste(LONG))  # letter by letter it takes three times as long
        await pilot.pause()
    await pilot.press("escape")
    asks = isinstance(app.screen, ThrowAwayDialog)
    asked_by[type(form).__name__] = asks
    if asks:
        app.screen.query_one("#away", Button).press()
    await until(pilot, lambda: not app.screen.is_modal, type(form).__name__)
    wrong = asks != (is_plain and not form.SEARCHES)
    return [f"{type(form).__name__}: {field}, asks {asks}"] if wrong else []


@pytest.mark.parametrize("half", range(2))
async def test_every_dialog_has_its_buttons_in_sight_and_asks_where_it_takes_text(
    signed: Path, half: int
) -> None:
    asked_by: dict[str, bool] = {}
    await walked(signed, (80, 24), half, partial(asks_or_need_not, asked_by=asked_by))
    # By the share: which half a dialog is in changes with each new one.
    assert len(asked_by) > 25
    assert sum(asked_by.values()) > len(asked_by) // 4, asked_by
