"""The command palette offers first what begins as one types."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.command import Command, CommandList, CommandPalette

from tests.app.hands import type_text, until
from tests.app.test_main import Hands, find, opened
from tests.app.test_main import empty as empty
from tests.app.test_main import path as path


def offers(pilot: Hands) -> list[str]:
    listed = pilot.app.screen.query_one(CommandList).options
    return [option.hit.text or "" for option in listed if isinstance(option, Command)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("serv", "Servers"),
        ("set", "Settings"),
        ("key", "Keys"),
        ("rot", "Rotate"),
        ("lock", "Lock"),
        ("copy", "Copy"),
        ("theme", "Theme"),
        ("help", "Help"),
        ("rev", "Revoke"),
        ("und", "Undo"),
        ("heal", "Health"),
        ("file", "Key file"),
    ],
)
async def test_a_title_that_begins_so_is_offered_first(path: Path, typed: str, first: str) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette), "the palette")
        await type_text(pilot, typed)
        await until(pilot, lambda: offers(pilot)[:1] == [first], f"{first}, not {offers(pilot)}")
        await pilot.pause(0.3)
        assert offers(pilot)[0] == first
        assert len(offers(pilot)) == len(set(offers(pilot)))
