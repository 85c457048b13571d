"""Notices: they hide nothing, stand once, and are painted once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.app.hands import drawn, until
from tests.app.test_dialogs_fit import faults
from tests.app.test_main import Hands, add, changed, closed, dialog, find, opened, sees, selected
from tests.app.test_main import empty as empty
from tests.app.test_main import path as path
from wallet.nats.nkeys import Kind
from wallet.system import clipboard
from wallet.system.clipboard import Copied


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clipboard that takes everything."""
    copied = Copied(True, "terminal", "Sent to your terminal's clipboard.")
    monkeypatch.setattr(clipboard, "copy_public", lambda text, write_terminal=None: copied)


def count(pilot: Hands, text: str) -> int:
    return drawn(pilot.app).count(text)


async def test_notices_leave_the_selected_row_and_the_footer_in_sight(path: Path) -> None:
    with changed(path) as records:
        for number in range(80):
            add(records, Kind.CURVE, f"row-{number:02}")
    async with opened(path) as pilot:
        await pilot.press("end")
        last = selected(pilot)
        for size in ((80, 24), (60, 16), (160, 50)):
            pilot.app.clear_notifications()
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: not count(pilot, "happened"), "the end of those before")
            await sees(pilot, last)
            for number in range(3):
                pilot.app.notify(
                    f"What happened, number {number}. " * 3, severity="warning", timeout=60
                )
            lines = (await sees(pilot, "number 2")).splitlines()
            assert any(last in line for line in lines), size
            assert "All keys" in lines[-1] or "? " in lines[-1], size
            assert sum("▌" in line for line in lines) <= size[1] // 3, size


async def test_the_same_sentence_again_renews_the_one_that_stands(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(path) as pilot:
        told: list[str] = []
        notify = pilot.app.notify

        def note(message: str, **options: Any) -> None:
            told.append(message)
            notify(message, **options)

        monkeypatch.setattr(pilot.app, "notify", note)
        await pilot.press("z", "z", "z")
        await until(pilot, lambda: len(told) == 3, "the three sentences")
        await sees(pilot, "nothing to undo")
        await pilot.pause()
        assert len(set(told)) == 1
        assert count(pilot, "nothing to undo") == 1


async def test_why_a_key_did_nothing_is_told_until_the_next_is_pressed(
    path: Path, terminal: None
) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await pilot.press("x")
        await sees(pilot, "has no JWT that could be revoked")
        await pilot.press("c")
        await sees(pilot, "Copied: Public key of billing")
        assert not count(pilot, "has no JWT that could be revoked")


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("z", "There is nothing to undo"),
        ("Z", "Nothing was undone"),
        ("P", "has no JWT of an account"),
        ("T", "no users with a seed"),
        ("s", "Accounts export and import"),
    ],
)
async def test_a_refusal_that_comes_from_a_thread_goes_with_the_next_key_too(
    path: Path, key: str, why: str
) -> None:
    async with opened(path) as pilot:
        await find(pilot, "n1")
        await pilot.press(key)
        await sees(pilot, why)
        await pilot.press("up")
        await until(pilot, lambda: selected(pilot) != "n1", "the key")
        assert not count(pilot, why)


async def test_of_two_copies_only_the_last_is_told(path: Path, terminal: None) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await pilot.press("c")
        await sees(pilot, "Copied: Public key of billing")
        await pilot.press("c", "c", "down", "c")
        await sees(pilot, "Copied: Public key of reports")
        assert count(pilot, "Copied: Public key") == 1


async def test_a_notice_is_painted_once_where_a_dialog_opens_over_it(path: Path) -> None:
    async with opened(path) as pilot:
        pilot.app.notify("Something happened.", timeout=60)
        await sees(pilot, "Something happened")
        await dialog(pilot, "question_mark", "Fold all")
        await until(pilot, lambda: count(pilot, "Something happened") == 1, "one notice")
        await pilot.press("escape")
        await closed(pilot)
        await until(pilot, lambda: count(pilot, "Something happened") == 1, "one notice")


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_a_notice_takes_no_button_of_a_dialog_away(path: Path, size: tuple[int, int]) -> None:
    async with opened(path, size) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "n", "New key")
        pilot.app.notify("Something was done meanwhile. " * 4, timeout=60)
        await until(pilot, partial(count, pilot, "meanwhile"), "the notice")
        await until(pilot, lambda: not faults(pilot.app.screen), "all buttons")  # type: ignore[arg-type]
        pilot.app.clear_notifications()
        await until(pilot, lambda: not count(pilot, "meanwhile"), "the notice's end")
        assert not faults(pilot.app.screen)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["in_background", "open_in_background"])
async def test_a_fault_in_a_thread_is_told_by_where_it_was_and_by_no_value(
    path: Path, way: str
) -> None:
    def fails() -> None:
        raise KeyError("a value that may be secret")

    async with opened(path, (100, 30)) as pilot:
        getattr(pilot.app, way)(fails)
        screen = await sees(pilot, "an error of its own (KeyError")
        assert "test_notices.py" in screen
        assert "secret" not in screen
        await pilot.press("question_mark")
        await sees(pilot, "The palette: every action")
