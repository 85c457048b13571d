"""The filter's words: listed, completed, marked in the rows; and the way to a key by its path."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.app.hands import drawn, focus_is, type_text, until
from tests.app.test_export import signed as signed
from tests.app.test_main import Hands, changed, closed, dialog, opened, records_of, sees, selected
from tests.app.test_main import empty as empty
from tests.app.test_main import path as path
from wallet.app.widgets.tree.key_tree import KeyTree
from wallet.vault.signing.issuance import Issuing


async def filtered(pilot: Hands, typed: str) -> str:
    """Type a filter, and give the screen."""
    await pilot.press("slash")
    await until(pilot, lambda: focus_is(pilot.app, "filter"), "the filter")
    pilot.app.screen.query_one("#filter", Input).value = ""
    await type_text(pilot, typed)
    return drawn(pilot.app)


async def test_the_filters_words_stand_under_the_box_and_tab_completes_them(path: Path) -> None:
    with changed(path) as records:
        records.set_tags(records.find("billing").id, ["prod", "eu"])
    async with opened(path) as pilot:
        screen = await filtered(pilot, "")
        assert all(word in screen for word in ("kind:", "tag:", "state:", "expired:"))
        await type_text(pilot, "ki")
        await pilot.press("tab")
        field = pilot.app.screen.query_one("#filter", Input)
        assert field.value == "kind:"
        await sees(pilot, "kind:operator", "kind:user")
        await type_text(pilot, "us")
        await pilot.press("tab")
        assert field.value == "kind:user "
        await type_text(pilot, "tag:")
        await sees(pilot, "tag:eu  tag:prod")
        await type_text(pilot, "p")
        await pilot.press("tab")
        assert field.value == "kind:user tag:prod "
        await until(pilot, lambda: selected(pilot) == "billing", "billing")
        await pilot.press("enter")
        assert isinstance(pilot.app.focused, KeyTree)
        assert "signing:" not in drawn(pilot.app)


async def test_words_of_the_filter_that_have_no_room_are_said_to_be_there(path: Path) -> None:
    async with opened(path) as pilot:
        await filtered(pilot, "state:")
        await sees(pilot, "state:expiring …")
        await type_text(pilot, "re")
        await until(pilot, lambda: "…" not in drawn(pilot.app), "the end of the others")
        await sees(pilot, "state:revoked", "state:refused")
    async with opened(path, (160, 50)) as pilot:
        await filtered(pilot, "state:")
        await sees(pilot, "state:rotating")
        assert "…" not in drawn(pilot.app)


async def test_a_word_that_no_key_can_have_asks_what_was_meant(path: Path) -> None:
    async with opened(path) as pilot:
        await filtered(pilot, "kind:usr")
        await sees(pilot, "There is no kind:usr.", "mean user?")


async def test_what_was_found_is_underlined_in_the_names(path: Path) -> None:
    async with opened(path) as pilot:
        await filtered(pilot, "orders/bil")
        await until(pilot, lambda: selected(pilot) == "billing", "billing")
        tree = pilot.app.screen.query_one(KeyTree)
        lines = [tree.render_line(y) for y in range(4)]
        underlined = {
            segment.text
            for strip in lines
            for segment in strip
            if segment.style is not None and segment.style.underline
        }
        assert {"bil", "orders"} <= underlined


async def test_a_key_found_by_its_public_key_shows_the_part_of_it(path: Path) -> None:
    async with opened(path, (120, 40)) as pilot:
        part = records_of(pilot).find("reports").public[20:26]
        await filtered(pilot, part.lower())
        await sees(pilot, f"key …{part}…")
        assert selected(pilot) == "reports"


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (160, 50)])
async def test_the_part_of_a_public_key_cuts_no_state(signed: Path, size: tuple[int, int]) -> None:
    with changed(signed) as records:
        billing = records.find("billing")
        Issuing(records).revoking.revoke(billing.id)
    async with opened(signed, size) as pilot:
        await filtered(pilot, billing.public[:12].lower())
        await until(pilot, lambda: selected(pilot) == "billing", "billing")
        row = next(line for line in drawn(pilot.app).splitlines() if "⊘ b" in line)
        assert "revoked ? │" in row, row
        assert f"…{billing.public[:4]}" in row or size < (80, 24), row


async def test_a_colon_goes_to_a_key_by_its_path(path: Path) -> None:
    async with opened(path) as pilot:
        await dialog(pilot, "colon", "Go to a key")
        await type_text(pilot, "rep")
        await sees(pilot, "acme/orders/reports")
        await pilot.press("tab")
        assert pilot.app.screen.query_one("#path", Input).value == "acme/orders/reports"
        await pilot.press("enter")
        await closed(pilot)
        await until(pilot, lambda: selected(pilot) == "reports", "reports")
        await dialog(pilot, "colon", "Go to a key")
        await type_text(pilot, "acme")
        await pilot.press("down", "down", "enter")
        await closed(pilot)
        assert selected(pilot) != "reports"


async def test_a_path_that_is_none_says_so(path: Path) -> None:
    async with opened(path) as pilot:
        await dialog(pilot, "colon", "Go to a key")
        await type_text(pilot, "nowhere")
        await pilot.press("enter")
        await sees(pilot, "No key is called so")


async def test_a_word_that_is_not_typed_to_its_end_counts_no_matches(path: Path) -> None:
    async with opened(path) as pilot:
        await filtered(pilot, "state")
        await sees(pilot, "0 found")
        await type_text(pilot, ":re")
        await sees(pilot, "state:refused", "billing")
        assert "0 found" not in drawn(pilot.app)


async def test_a_filter_that_nothing_fits_leaves_nothing_to_unfold(path: Path) -> None:
    async with opened(path) as pilot:
        await filtered(pilot, "nosuchkey")
        await sees(pilot, "No key matches")
        await until(pilot, lambda: "unfolds" not in drawn(pilot.app), "the end of the hint")
