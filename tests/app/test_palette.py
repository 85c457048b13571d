"""The command palette offers first what begins as one types."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.command import Command, CommandList, CommandPalette

from tests.app.hands import offered, paste_text, type_text, until
from tests.app.test_main import PASSPHRASE, Hands, closed, dialog, find, opened, sees
from tests.app.test_main import empty as empty
from tests.app.test_main import path as path
from wallet.app.widgets.key_footer import KeyFooter


def offers(pilot: Hands) -> list[str]:
    listed = pilot.app.screen.query_one(CommandList).options
    return [option.hit.text or "" for option in listed if isinstance(option, Command)]


FIRST = {
    "serv": "Servers",
    "set": "Settings",
    "key": "Keys",
    "rot": "Rotate",
    "lock": "Lock",
    "copy": "Copy",
    "theme": "Theme",
    "light": "Theme",
    "dark": "Theme",
    "help": "Help",
    "rev": "Revoke",
    "und": "Undo",
    "heal": "Health",
    "file": "Key file",
}
"""What is typed, and the title that is offered first."""


async def test_a_title_that_begins_so_is_offered_first(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        for typed, first in FIRST.items():
            await pilot.press("ctrl+p")
            await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette), "the palette")
            await type_text(pilot, typed)
            await until(pilot, partial(offers_first, pilot, first), f"{first} for {typed}")
            await pilot.app.workers.wait_for_complete()  # whatever else it finds comes behind that
            await pilot.pause()
            assert offers(pilot)[0] == first, typed
            assert len(offers(pilot)) == len(set(offers(pilot))), typed
            await pilot.press("escape")
            await closed(pilot)


def offers_first(pilot: Hands, title: str) -> bool:
    return offers(pilot)[:1] == [title]


async def test_in_a_form_it_offers_what_is_harmless_first_a_lock_and_last_what_the_form_does(
    path: Path,
) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "R", "Rename")
        await type_text(pilot, "half-written")
        await pilot.press("ctrl+p")
        await offered(pilot, "Its command", "Cancel", "Lock", "Theme", "Rename")
        await type_text(pilot, "lock")
        await until(pilot, lambda: offers(pilot)[:1] == ["Lock"], "the lock")
        await pilot.press("enter", "enter")
        await sees(pilot, "Passphrase")
        await paste_text(pilot, PASSPHRASE)
        await pilot.press("enter")
        await sees(pilot, "half-written")


async def test_in_a_form_the_palettes_first_offer_does_what_its_key_does(path: Path) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "t", "Test")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: offers(pilot)[:1] == ["Its command"], "the offers")
        await pilot.press("enter", "enter")
        await sees(pilot, "nkey-wallet", "--server")


async def test_while_it_is_open_the_footer_names_its_keys_and_then_the_screens_own(
    path: Path,
) -> None:
    async with opened(path) as pilot:
        await find(pilot, "billing")
        for form in ("", "Rename"):
            if form:
                await dialog(pilot, "R", form)
            own = footer(pilot)
            assert "Copy" in own or "Rename" in own
            await pilot.press("ctrl+p")
            await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette), "the palette")
            await until(pilot, lambda: footer(pilot).split() == IN_PALETTE, "the palette's keys")
            await pilot.press("escape")
            await until(pilot, partial(shows_its_own, pilot, own), "its own keys")


IN_PALETTE = ["⏎", "Choose", "↑", "↓", "Move", "esc", "Close"]


def footer(pilot: Hands) -> str:
    """The line of keys of the screen on top, or of the one beneath the palette."""
    screens = [each for each in pilot.app.screen_stack if each.query(KeyFooter)]
    return str(screens[-1].query_one(KeyFooter).render())


def shows_its_own(pilot: Hands, own: str) -> bool:
    return footer(pilot) == own
