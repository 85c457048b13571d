"""The form of what a key may do: hints that a narrow field cuts, and what it completes."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

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


async def test_the_system_account_is_completed(signed: Path) -> None:
    async with opened(signed, (80, 24)) as pilot:
        await find(pilot, "acme")
        await dialog(pilot, "p", "What acme may do")
        field = pilot.app.screen.query_one("#system-account", Input)
        pilot.app.screen.set_focus(field)
        await type_text(pilot, "ord")
        await until(pilot, lambda: field._suggestion == "orders", "the suggestion")
