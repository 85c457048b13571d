"""Pushing from the app, by keys."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from textual.widgets import Input

from tests.app import test_main
from tests.app.hands import drawn, focus_is, paste_text, released, until
from tests.app.test_main import Hands, closed, dialog, find, opened, records_of, sees
from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import House
from tests.deployment.test_push import revoke
from tests.server.conftest import Authority
from tests.server.listeners import serving

pytestmark = pytest.mark.newer_server
SIZES = [(80, 24), (110, 45)]


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_main, "PASSPHRASE", PASSPHRASE)


async def push_to(pilot: Hands, url: str) -> None:
    pilot.app.screen.query_one("#server", Input).value = url
    await pilot.press("f5")


@pytest.mark.parametrize("size", SIZES)
async def test_an_operator_is_pushed_and_each_account_shown(
    house: House, size: tuple[int, int]
) -> None:
    server = house.server()
    async with opened(house.path, size) as pilot:
        await find(pilot, "acme")
        await dialog(pilot, "P", "Push the 3 accounts of acme")
        await push_to(pilot, server.url)
        await sees(pilot, "3 of 3 proved on every server.", "✓ acme/orders", "held by 1 of 1")
        await pilot.press("escape")
        await closed(pilot)
    states = await asyncio.to_thread(house.diff, "--server", server.url)
    assert set(states.values()) == {"same"}


async def test_enter_in_the_address_pushes_nothing_and_leads_to_the_buttons(house: House) -> None:
    server = house.server()
    async with opened(house.path, SIZES[1]) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "P", "Push acme/orders to servers")
        pilot.app.screen.query_one("#server", Input).value = server.url
        await sees(pilot, "⏎ Go on", "F5 Push")
        await pilot.press("enter")
        await until(pilot, lambda: focus_is(pilot.app, "cancel"), "the button that leaves")
        assert "Pushing" not in drawn(pilot.app)
        await pilot.press("left", "enter")
        await sees(pilot, "1 of 1 proved")


async def test_a_users_account_is_pushed_and_its_refusal_proved(house: House) -> None:
    server = house.server()
    await asyncio.to_thread(house.push, "--server", server.url)
    revoke(house, "laptop")
    async with opened(house.path, SIZES[1]) as pilot:
        await find(pilot, "laptop")
        await dialog(pilot, "P", "Push acme/orders to servers")
        await push_to(pilot, server.url)
        await sees(pilot, "1 of 1 proved", "revoked users refused: 1")


async def test_what_a_server_without_pushes_needs_is_told_whole_by_keys(house: House) -> None:
    server = house.server("m1", resolver="memory")
    async with opened(house.path, SIZES[1]) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "P", "Push acme/orders to servers")
        await push_to(pilot, server.url)
        await sees(pilot, "0 of 1 proved")

        def is_told(words: str) -> bool:
            return words in " ".join(drawn(pilot.app).replace("│", " ").split())

        for words in (
            "with e, and reload the server (nats-server --signal reload).",
            "with a full resolver, with e, and restart it.",
        ):
            await until(pilot, partial(is_told, words), words)


async def test_what_is_not_proved_is_told_and_can_be_tried_again(house: House) -> None:
    server = house.server("m1", resolver="memory")
    async with opened(house.path, SIZES[1]) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "P", "Push acme/orders to servers")
        await push_to(pilot, "nats://127.0.0.1:1")
        await sees(pilot, "Nothing listens")
        assert "Pushing" not in drawn(pilot.app)
        await push_to(pilot, server.url)
        await sees(pilot, "0 of 1 proved", "✗ acme/orders", "no-push")


async def test_esc_stops_waiting_and_then_leaves(house: House) -> None:
    async def silent(_: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with serving(silent) as port, opened(house.path, SIZES[0]) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "P", "Push acme/orders to servers")
        await push_to(pilot, f"nats://127.0.0.1:{port}")
        await sees(pilot, "Pushing… Esc stops.")
        await pilot.press("escape")
        await sees(pilot, "Cancelled.")
        await pilot.press("escape")
        await closed(pilot)


async def test_a_key_that_no_server_keeps_is_told_so(house: House) -> None:
    assert (await asyncio.to_thread(house.call, "new", "server", "n9")).status == 0
    async with opened(house.path) as pilot:
        await find(pilot, "n9")
        await pilot.press("P")
        await until(pilot, lambda: "no JWT of an account" in drawn(pilot.app), "the reason")


async def test_a_server_without_a_name_is_pushed_to_with_tls_files(
    house: House, authority: Authority
) -> None:
    files = authority.issue("127.0.0.1")
    server = house.server(more=files.block())
    async with opened(house.path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "P", "Push acme/orders to servers")
        await push_to(pilot, server.url.replace("nats://", "tls://"))
        await sees(pilot, "Nothing was looked at")
        await pilot.press("tab", "enter", "tab")
        await until(pilot, lambda: focus_is(pilot.app, "ca"), "the field for the CA")
        await paste_text(pilot, str(files.ca))
        await pilot.press("f5")
        await sees(pilot, "1 of 1 proved on every server.")


async def test_a_person_s_word_is_asked_by_itself(house: House) -> None:
    async with opened(house.path, (80, 24)) as pilot:
        await find(pilot, "orders")
        await dialog(pilot, "P", "They have it…")
        await goto_button(pilot, "word")
        await pilot.press("enter")
        await sees(pilot, "Press it once more, and nothing is open", "Yes, on my word")
        assert records_of(pilot).find("orders").unproved
        await released(pilot)
        await pilot.press("enter")
        await closed(pilot)
        assert not records_of(pilot).find("orders").unproved


async def goto_button(pilot: Hands, name: str) -> None:
    for _ in range(12):
        if focus_is(pilot.app, name):
            return
        await pilot.press("tab")
    raise AssertionError(f"Tab never came to {name}")
