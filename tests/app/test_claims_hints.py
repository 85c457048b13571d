"""The form of what a key may do: hints that a narrow field cuts, and what it completes."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Collapsible, Input

from tests.app.hands import type_text, until
from tests.app.test_export import signed
from tests.app.test_main import dialog, empty, find, opened, sees

__all__ = ["empty", "signed"]  # fixtures


async def test_a_hint_that_a_narrow_field_cuts_stands_whole_in_the_frame(signed: Path) -> None:
    async with opened(signed, (60, 24)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        pilot.app.screen.set_focus(pilot.app.screen.query_one("#signer"))
        await sees(pilot, "the account; or one of its signing keys")


@pytest.mark.parametrize(
    ("size", "key", "field", "whole"),
    [
        ((80, 24), "s", "service", "that answers requests; else a stream of messages"),
        ((56, 24), "C", "also", "Try the 2 users of acme/orders too, listed or not"),
        ((60, 24), "x", "before", "2026-01-31T12:00:00Z, or 2h ago: 2h; else now"),
    ],
)
async def test_what_a_narrow_dialog_cuts_stands_whole_in_its_frame_while_it_has_the_focus(
    signed: Path, size: tuple[int, int], key: str, field: str, whole: str
) -> None:
    async with opened(signed, size) as pilot:
        await find(pilot, "orders")
        await pilot.press(key)
        if key == "s":
            await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen.query(f"#{field}"), "the field")
        screen = pilot.app.screen
        box = screen.query_one("#box")
        assert whole not in str(box.border_subtitle)
        for folded in screen.query(Collapsible):
            folded.collapsed = False
        if field == "service":
            await type_text(pilot, "shop")
            await pilot.press("down")
            await type_text(pilot, "a.b")
            await until(pilot, lambda: screen.query_one("#service").display, "the field")
        screen.set_focus(screen.query_one(f"#{field}"))
        await until(pilot, lambda: whole in str(box.border_subtitle), "the words in the frame")
        screen.set_focus(screen.query_one("#cancel"))
        await until(pilot, lambda: whole not in str(box.border_subtitle), "the frame as before")


async def test_an_end_in_the_past_is_told_before_it_is_signed(signed: Path) -> None:
    for name, told in (
        ("billing", "servers refuse it."),
        ("orders", "servers let none of its users in"),
    ):
        async with opened(signed, (80, 24)) as pilot:
            await find(pilot, name)
            await dialog(pilot, "p", f"What {name} may do")
            field = pilot.app.screen.query_one("#expires", Input)
            pilot.app.screen.set_focus(field)
            await type_text(pilot, "2020-01-01")
            await sees(pilot, "Its end lies in the past, 2020-01-01 00:00:00 UTC.")
            await sees(pilot, told)
            field.value = "90d"
            await until(
                pilot, lambda: not pilot.app.screen.query_one("#past").display, "it is gone"
            )


async def test_the_system_account_is_completed(signed: Path) -> None:
    async with opened(signed, (80, 24)) as pilot:
        await find(pilot, "acme")
        await dialog(pilot, "p", "What the JWT of acme says")
        field = pilot.app.screen.query_one("#system-account", Input)
        pilot.app.screen.set_focus(field)
        await type_text(pilot, "ord")
        await until(pilot, lambda: field._suggestion == "orders", "the suggestion")


async def test_subjects_of_nats_s_own_are_completed_one_by_one_and_tab_writes_none(
    signed: Path,
) -> None:
    async with opened(signed, (80, 24)) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "p", "What billing may do")
        field = pilot.app.screen.query_one("#allow-pub", Input)
        pilot.app.screen.set_focus(field)
        await type_text(pilot, "orders.>, $SY")
        whole = "orders.>, $SYS.REQ.USER.INFO"
        await until(pilot, lambda: field._suggestion == whole, "the suggestion")
        await pilot.press("tab")
        assert field.value == "orders.>, $SY"
        pilot.app.screen.set_focus(field)
        await pilot.press("end")
        await type_text(pilot, "S")
        await until(pilot, lambda: field._suggestion == whole, "the suggestion")
        await pilot.press("right")
        assert field.value == whole


@pytest.mark.parametrize(
    ("name", "keys", "field_id", "begun", "suggested"),
    [
        ("billing", ["A"], "subject", "$JS", "$JS.API.>"),
        ("billing", ["t"], "may", "sub:$SYS.A", "sub:$SYS.ACCOUNT.*.CONNECT"),
    ],
)
async def test_subjects_are_completed_wherever_they_are_typed(
    signed: Path, name: str, keys: list[str], field_id: str, begun: str, suggested: str
) -> None:
    async with opened(signed, (80, 24)) as pilot:
        await find(pilot, name)
        await pilot.press(*keys)
        await until(pilot, lambda: pilot.app.screen.query(f"#{field_id}"), "the field")
        field = pilot.app.screen.query_one(f"#{field_id}", Input)
        for folded in pilot.app.screen.query(Collapsible):
            folded.collapsed = False
        pilot.app.screen.set_focus(field)
        await type_text(pilot, begun)
        await until(pilot, lambda: field._suggestion == suggested, "the suggestion")
