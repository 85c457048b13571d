"""The servers screen, by keys: names for servers, what was tested there, and a test."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.app.hands import drawn, focus_is, paste_text, type_text, until
from tests.app.test_main import Hands, changed, closed, empty, find, opened, path, records_of, sees
from wallet.app.screens.connection.server_profile import ServerProfileDialog
from wallet.app.screens.connection.servers import RemoveServerDialog, ServersDialog
from wallet.nats.client_snippets import DEFAULT_SERVER
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.db.parts.servers import ServerProfile

__all__ = ["empty", "path"]  # fixtures

PROD, STAGE = "nats://prod.example:4222", "nats://stage.example:4222"
SIZE = (110, 30)


@pytest.fixture
def tested(path: Path) -> Path:
    """The vault, with a server by name where billing was tested, and the address of another."""
    with changed(path) as records:
        records.servers.set_profile(ServerProfile("prod", (PROD,)))
        records.servers.remember(STAGE)
        public = records.find("billing").public
        records.results.add(public, PROD, True, "accepted", "", datetime(2026, 11, 2, tzinfo=UTC))
    return path


def urls(pilot: Hands, name: str) -> tuple[str, ...]:
    profile = records_of(pilot).servers.profile(name)
    assert profile is not None
    return profile.urls


async def servers_page(pilot: Hands) -> None:
    await pilot.press("S")
    await until(pilot, lambda: isinstance(pilot.app.screen, ServersDialog), "the servers")


async def test_it_shows_names_addresses_and_which_keys_were_tested_there(tested: Path) -> None:
    async with opened(tested, SIZE) as pilot:
        await servers_page(pilot)
        await sees(pilot, "prod", PROD, "1 of 1 accepted", STAGE, "not tested yet")
        await sees(pilot, "acme/orders/billing  accepted  2026-11-02 00:00 UTC")
        await pilot.press("down")
        await sees(pilot, "Enter gives this address a name")


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_each_server_stands_on_one_line_where_there_is_little_room(
    tested: Path, size: tuple[int, int]
) -> None:
    at = datetime(2026, 11, 3, tzinfo=UTC)
    with changed(tested) as records:
        with Seed.generate(Kind.USER) as seed:
            old = records.add(seed, name="old")
        records.set_status(old.id, "retired")
        for record in (records.find("billing"), old):
            ok = record.public != old.public
            records.results.add(record.public, STAGE, ok, "accepted" if ok else "refused", "", at)
    async with opened(tested, size) as pilot:
        await servers_page(pilot)
        screen = await sees(pilot, "1 of 1 accepted,", "1 of 1 refused")
        lines = [line for line in screen.splitlines() if "1 of 1 refused" in line]
        assert all(":4222" in line for line in lines), screen


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_addresses_that_only_the_port_tells_apart_keep_it_in_their_lines(
    tested: Path, size: tuple[int, int]
) -> None:
    with changed(tested) as records:
        public = records.find("billing").public
        for url in ("nats://localhost:4222", "nats://127.0.0.1:4222", "nats://localhost:4333"):
            records.servers.remember(url)
            records.results.add(public, url, True, "accepted", "", datetime.now(UTC))
    async with opened(tested, size) as pilot:
        await servers_page(pilot)
        addresses = set()
        for _ in range(5):
            await pilot.pause()
            for line in drawn(pilot.app).splitlines():
                if "—" in line and "of 1 accepted" in line:
                    addresses.add(line.partition("1 of 1")[0].split()[-1])
            await pilot.press("down")
        assert len(addresses) == 3, addresses
        assert {address[-5:] for address in addresses} == {":4222", ":4333"}


async def test_an_address_that_may_be_another_one_s_server_says_so(tested: Path) -> None:
    with changed(tested) as records:
        for url in ("nats://localhost:4222", "nats://127.0.0.1:4222", "nats://localhost:4333"):
            records.servers.remember(url)
    async with opened(tested, SIZE) as pilot:
        await servers_page(pilot)
        screen = await sees(pilot, "nats://localhost:4333")
        assert screen.count("listed twice?") == 2
        await pilot.press("end")
        for _ in range(4):
            if "Perhaps the same server as nats://" in drawn(pilot.app):
                break
            await pilot.press("up")
        await sees(pilot, "Perhaps the same server as nats://", "this machine by another name")


async def test_a_key_that_is_to_be_refused_and_was_counts_as_right(tested: Path) -> None:
    with changed(tested) as records:
        record = records.find("billing")
        records.set_status(record.id, "retired")
        at = datetime(2026, 11, 3, tzinfo=UTC)
        records.results.add(record.public, PROD, False, "refused", "", at)
    async with opened(tested, SIZE) as pilot:
        await servers_page(pilot)
        screen = await sees(pilot, "1 of 1 refused", "✓ acme/orders/billing  refused as wanted")
        assert "✗" not in screen


async def test_a_server_is_made_renamed_and_deleted(empty: Path) -> None:
    async with opened(empty, SIZE) as pilot:
        await servers_page(pilot)
        await sees(pilot, "No server has a name here yet")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ServerProfileDialog), "the form")
        await type_text(pilot, "prod")
        await pilot.press("tab")
        await paste_text(pilot, "prod.example, tls://two.example:4222")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ServersDialog), "the servers")
        assert urls(pilot, "prod") == (PROD, "tls://two.example:4222")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ServerProfileDialog), "the form")
        await type_text(pilot, "production")
        await pilot.press("enter")
        await sees(pilot, "production")
        assert [each.name for each in records_of(pilot).servers.profiles()] == ["production"]
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, RemoveServerDialog), "the question")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ServersDialog), "the servers")
        assert records_of(pilot).servers.profiles(), "Enter alone deletes nothing"
        await pilot.press("d", "shift+tab", "enter")
        await sees(pilot, "No server has a name here yet")
        assert records_of(pilot).servers.profiles() == []


async def test_a_name_that_another_server_has_is_refused(tested: Path) -> None:
    async with opened(tested, SIZE) as pilot:
        await servers_page(pilot)
        await pilot.press("down", "enter")
        await type_text(pilot, "prod")
        await pilot.press("enter")
        await sees(pilot, "Another server is called prod here")
        await type_text(pilot, "-2")
        await pilot.press("enter")
        await until(pilot, lambda: records_of(pilot).servers.profile("prod-2"), "the name")
        assert urls(pilot, "prod-2") == (STAGE,)
        assert urls(pilot, "prod") == (PROD,)


@pytest.mark.parametrize(("key", "title"), [("billing", "Test acme/"), ("orders", "Test ")])
async def test_t_tests_the_selected_key_there(tested: Path, key: str, title: str) -> None:
    async with opened(tested, SIZE) as pilot:
        await find(pilot, key)
        await servers_page(pilot)
        await pilot.press("t")
        await sees(pilot, title)
        await until(pilot, lambda: pilot.app.screen.query("#server"), "the field")
        assert pilot.app.screen.query_one("#server").value == "prod"  # type: ignore[attr-defined]


async def test_only_looking_the_screen_says_so_first_and_keeps_nothing(tested: Path) -> None:
    before = tested.read_bytes()
    async with opened(tested, SIZE) as pilot:
        await pilot.press("O")
        await servers_page(pilot)
        await sees(pilot, "nothing is kept until that is ended")
        for key in ("n", "d", "enter"):
            await pilot.press(key)
            assert isinstance(pilot.app.screen, ServersDialog)
        await pilot.press("escape")
        await closed(pilot)
    assert tested.read_bytes() == before


async def test_an_address_where_no_server_answered_is_not_the_one_offered(path: Path) -> None:
    async with opened(path, SIZE) as pilot:
        await find(pilot, "billing")
        await pilot.press("t")
        await until(pilot, lambda: pilot.app.screen.query("#server"), "the field")
        await pilot.press("ctrl+a", "ctrl+k")
        await paste_text(pilot, "nats://127.0.0.1:1")
        await pilot.press("enter")
        await until(pilot, lambda: records_of(pilot).servers.recent(), "the memory")
        await pilot.press("escape")
        await closed(pilot)
        await pilot.press("t")
        await sees(pilot, DEFAULT_SERVER)
        assert "127.0.0.1:1 " not in drawn(pilot.app)
        await pilot.press("escape")
        await closed(pilot)
        await servers_page(pilot)
        await sees(pilot, "nats://127.0.0.1:1", "0 of 1 accepted")


async def test_a_key_is_not_offered_the_server_of_somebody_else_s_keys(tested: Path) -> None:
    with changed(tested) as records:
        records.servers.forget(STAGE)
        records.servers.remember(PROD)
        with Seed.generate(Kind.USER) as seed:
            records.add(seed, name="stranger")
    async with opened(tested, SIZE) as pilot:
        for name, server in (("billing", PROD), ("reports", PROD), ("stranger", DEFAULT_SERVER)):
            await find(pilot, name)
            await pilot.press("t")
            await until(pilot, lambda: pilot.app.screen.query("#server"), "the field")
            assert pilot.app.screen.query_one("#server", Input).value == server, name
            await pilot.press("escape")
            await closed(pilot)


def test_an_address_that_answered_comes_before_those_that_did_not(path: Path) -> None:
    with changed(path) as records:
        servers, billing = records.servers, records.find("billing").public
        servers.remember("nats://never", answered=False)
        assert records.results.server_to_offer(billing) is None
        servers.remember(PROD)
        servers.remember("nats://neither", answered=False)
        servers.remember(PROD, answered=False)
        assert servers.recent() == [PROD, "nats://never", "nats://neither"]
        assert records.results.server_to_offer(billing) == PROD
        servers.remember("nats://never")
        assert records.results.server_to_offer(billing) == "nats://never"


@pytest.mark.parametrize(("key", "name"), [("t", "billing"), ("T", "orders")])
async def test_what_is_typed_first_takes_the_place_of_the_address_that_is_offered(
    tested: Path, key: str, name: str
) -> None:
    async with opened(tested, SIZE) as pilot:
        await find(pilot, name)
        await pilot.press(key)
        await until(pilot, lambda: focus_is(pilot.app, "server"), "the address")
        await type_text(pilot, "other:4222")
        assert pilot.app.screen.query_one("#server", Input).value == "other:4222"


async def test_an_address_that_is_offered_is_gone_on_with_at_its_end(tested: Path) -> None:
    async with opened(tested, SIZE) as pilot:
        await find(pilot, "billing")
        await pilot.press("t")
        await until(pilot, lambda: focus_is(pilot.app, "server"), "the address")
        before = pilot.app.screen.query_one("#server", Input).value
        await pilot.press("end")
        await type_text(pilot, ",b")
        assert pilot.app.screen.query_one("#server", Input).value == f"{before},b"
