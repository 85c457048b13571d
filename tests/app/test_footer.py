"""The footer's keys are those of the moment, and a key that cannot be now says why."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from textual.containers import VerticalScroll
from textual.widgets import Input

from tests.app.hands import drawn, type_text, until
from tests.app.test_export import signed
from tests.app.test_main import Hands, add, changed, closed, dialog, empty, find, opened, path, sees
from wallet.app.actions import NAMED
from wallet.app.footers import FOOTERS, Moment
from wallet.app.screens.main import MainScreen
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

__all__ = ["empty", "path", "signed"]  # fixtures


def footer(pilot: Hands) -> str:
    return drawn(pilot.app).splitlines()[-1]


def bold_keys(pilot: Hands) -> list[str]:
    """The keys in the footer that can be pressed: the others are drawn dim, and not bold."""
    line = pilot.app.screen._compositor.render_strips()[-1]
    return [part.text.strip() for part in line if part.style and part.style.bold]


def colours_of(pilot: Hands) -> dict[str, object]:
    """The colour of each key and word of the footer. None of them is underlined as a link."""
    line = pilot.app.screen._compositor.render_strips()[-1]
    drawn_parts = [(part.text.strip(), part.style) for part in line if part.style]
    assert not any(style.underline for _, style in drawn_parts)
    return {text: style.color for text, style in drawn_parts}


def shown_at(moment: Moment) -> set[str]:
    shown = [NAMED[name] for name in FOOTERS[moment] if isinstance(name, str)]
    return {
        f" {action.shown_key or action.key} {action.short or action.label} " for action in shown
    }


ROWS = {
    "acme": Moment.OPERATOR,
    "orders": Moment.ACCOUNT,
    "billing": Moment.USER,
    "signer": Moment.SIGNING_KEY,
    "n1": Moment.ALONE,
}


async def test_every_kind_of_row_has_keys_of_its_own(path: Path) -> None:
    with changed(path) as records:
        _add_signing_key(records)
    async with opened(path, (200, 30)) as pilot:
        for name, moment in ROWS.items():
            await find(pilot, name)
            await sees(pilot, "All keys")
            missing = {key for key in shown_at(moment) if key not in footer(pilot)}
            assert not missing, name
            others = set().union(*map(shown_at, Moment)) - shown_at(moment)
            assert not {key for key in others if key in footer(pilot)}, name


def _add_signing_key(records: Records) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        Issuing(records).add_signing_key(records.find("acme/orders").id, seed, name="signer")


async def test_what_does_not_fit_is_left_out_and_help_never(path: Path) -> None:
    async with opened(path, (60, 24)) as pilot:
        await find(pilot, "billing")
        for width in (60, 80, 160):
            await pilot.resize_terminal(width, 24)
            assert footer(pilot).rstrip().endswith("? All keys"), width
            assert footer(pilot).startswith(" c Copy  y Copy as…  t Test "), width


async def test_at_the_tabs_it_says_how_to_go_through_them_and_esc_goes_back(path: Path) -> None:
    async with opened(path, (80, 24)) as pilot:
        await find(pilot, "billing")
        await pilot.press("tab")
        assert footer(pilot).startswith(" ← → Other tab  ↑ ↓ Scroll  esc Back to the keys ")
        await pilot.press("right")
        await sees(pilot, "May it?")
        await pilot.press("escape")
        assert footer(pilot).startswith(" c Copy ")
        await pilot.press("down")
        await sees(pilot, "reports · user")


async def test_x_and_a_say_what_they_do_now(signed: Path) -> None:
    async with opened(signed, (100, 24)) as pilot:
        await find(pilot, "billing")
        assert " x Revoke " in footer(pilot)
        await dialog(pilot, "x", "Revoke billing?")
        assert footer(pilot).startswith(" ⏎ Cancel  ctrl+s Revoke ")  # for Enter comes to No
        await pilot.press("ctrl+s")
        await until(pilot, lambda: " x Allow " in footer(pilot), "the other word")
        await pilot.press("space")
        await until(pilot, lambda: " a Tag " in footer(pilot), "the word for all that are marked")
        assert " x Revoke " in footer(pilot)


async def test_a_key_that_cannot_be_now_is_dim_and_says_why_when_it_is_pressed(path: Path) -> None:
    async with opened(path, (120, 60)) as pilot:
        await find(pilot, "billing")  # without a JWT
        assert " x Revoke " in footer(pilot)
        assert "t" in bold_keys(pilot)
        assert "x" not in bold_keys(pilot)
        colours = colours_of(pilot)
        assert colours["x"] == colours["Revoke"] != colours["Test"]
        await pilot.press("x")
        await sees(pilot, "has no JWT that could be revoked")
        assert isinstance(pilot.app.screen, MainScreen)
        await pilot.press("question_mark")
        await sees(pilot, "Not now: billing has no")


async def test_help_says_once_why_many_keys_cannot_be_pressed(empty: Path) -> None:
    async with opened(empty, (80, 100)) as pilot:
        await pilot.press("question_mark")
        await sees(pilot, "Dim, for not now: Select a key first, or make one.", "Fold all")
        assert drawn(pilot.app).count("Select a key first") == 1


async def test_the_palette_says_why_an_action_cannot_be_now(path: Path) -> None:
    async with opened(path, (120, 30)) as pilot:
        await find(pilot, "n1")
        await pilot.press("ctrl+p")
        await type_text(pilot, "Reveal")
        await sees(pilot, "Show the seed for some seconds")
        await pilot.press("escape")
        await pilot.press("ctrl+p")
        await type_text(pilot, "Shut a user")
        await sees(pilot, "Not now: Users are revoked.")


async def test_an_empty_vault_a_heading_and_the_filter_have_footers(
    empty: Path,
) -> None:
    async with opened(empty) as pilot:
        await sees(pilot, "n New ", "i Import")
        assert "Copy" not in footer(pilot)
    with changed(empty) as records:
        add(records, Kind.SERVER, "n1")
    async with opened(empty) as pilot:
        await pilot.press("home")
        await sees(pilot, "← → Fold", "n New ")
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(pilot.app.focused, Input), "the filter")
        await sees(pilot, "⏎ To the keys", "esc Clear it")
        await type_text(pilot, "nothing-like-it")
        await pilot.press("enter")
        await sees(pilot, "esc Clear the filter")
        await pilot.press("escape")
        await sees(pilot, "← → Fold")


async def test_the_footer_is_there_in_the_first_frame_after_unlocking(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = []
    paint = MainScreen._compositor_refresh

    def painted(screen: MainScreen) -> None:
        paint(screen)
        lines = [strip.text for strip in screen._compositor.render_strips()]
        if any("acme" in line for line in lines):
            frames.append(lines[-1])

    monkeypatch.setattr(MainScreen, "_compositor_refresh", painted)
    async with opened(path) as pilot:
        await until(pilot, lambda: frames, "a frame with keys")
    assert all("? All keys" in line for line in frames), frames


async def test_a_click_on_a_key_of_the_footer_presses_it(path: Path) -> None:
    async with opened(path) as pilot:
        at = footer(pilot).index("? All keys")
        await pilot.click(offset=(at + 1, 23))
        await sees(pilot, "Fold and unfold")


async def test_a_text_that_comes_late_brings_the_key_that_scrolls_to_it(path: Path) -> None:
    async with opened(path, (60, 10)) as pilot:
        for height in (10, 12, 14):
            await pilot.resize_terminal(60, height)
            await dialog(pilot, "H", "What needs a look")
            fields = pilot.app.screen.query_one("#fields", VerticalScroll)
            await until(pilot, partial(is_scrolled, fields), f"more than {height} lines")
            await until(pilot, lambda: " More" in footer(pilot), f"the key, at {height} lines")
            await pilot.press("escape")
            await closed(pilot)


def is_scrolled(fields: VerticalScroll) -> bool:
    return fields.max_scroll_y > 0


async def test_a_narrow_footer_names_the_key_that_scrolls_before_the_one_to_the_buttons(
    signed: Path,
) -> None:
    async with opened(signed, (60, 16)) as pilot:
        await find(pilot, "acme")
        await dialog(pilot, "r", "Rotate acme")
        await pilot.press("enter")
        await until(pilot, lambda: "PgDn More" in footer(pilot), "the key that scrolls")
