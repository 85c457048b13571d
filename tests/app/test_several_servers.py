"""Testing at several servers, all users over TLS, and which subjects a key may use: by keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Static

from tests.app.hands import drawn, until
from tests.app.test_main import (
    changed,
    closed,
    dialog,
    enter_server,
    find,
    goto,
    opened,
    records_of,
    sees,
)
from tests.app.test_main_dialogs import pressed, problem_of, typed
from tests.app.test_main_outcomes import (
    HIGH,
    LOW,
    checks_nothing,
    goto_tls,
    key_test,
    knows_billing,
    lets_in,
    nobody,
    replace,
    results_of,
    vault,
)
from tests.server.conftest import Authority
from tests.server.listeners import logged_port
from wallet.connection.protocol.monitoring import Monitor, MonitorAddress
from wallet.system.natsserver import LocalServer
from wallet.vault.db.parts.servers import ServerProfile

__all__ = ["checks_nothing", "knows_billing", "vault"]


async def test_several_servers_are_a_line_each_with_the_worst_told_in_full(
    vault: Path, knows_billing: LocalServer, checks_nothing: LocalServer
) -> None:
    dead = nobody()
    async with key_test(vault, "billing", HIGH) as pilot:
        await enter_server(pilot, f"{knows_billing.url}, {dead},{checks_nothing.url}")
        screen = await sees(
            pilot, "1 failed", "1 unchecked", "1 accepted", "nothing-listens (certain)"
        )
        lines = [line for line in screen.splitlines() if "nats://" in line and "  " in line]
        order = [
            next(i for i, line in enumerate(lines) if f"{word} " in line and url in line)
            for word, url in (
                ("failed", dead),
                ("unchecked", checks_nothing.url),
                ("accepted", knows_billing.url),
            )
        ]
        assert order == sorted(order)
        await until(pilot, lambda: len(results_of(pilot, "billing")) == 3, "the memory")
        await replace(pilot, "server", knows_billing.url)
        await pilot.press("enter")
        screen = await sees(pilot, "✓ ACCEPTED", "✓ connect")
        assert "unchecked" not in screen


async def test_the_cluster_box_asks_the_servers_that_are_named(
    vault: Path, knows_billing: LocalServer
) -> None:
    async with key_test(vault, "billing", LOW) as pilot:
        await goto_tls(pilot)
        await goto(pilot, "cluster")
        await pressed(pilot, "space")
        await replace(pilot, "server", knows_billing.url)
        await pilot.press("enter")
        await sees(pilot, "1 accepted")


async def test_the_others_of_a_cluster_are_shown_before_they_are_tested(
    vault: Path, tmp_path: Path
) -> None:
    from tests.server.test_several import joined

    def start(configuration: str) -> LocalServer:
        directory = tmp_path / f"member-{len(running)}"
        directory.mkdir()
        running.append(LocalServer(directory, configuration))
        return running[-1]

    running: list[LocalServer] = []
    knows = lets_in(vault, "billing")
    try:
        first, other = await joined(start, knows, knows)
        async with key_test(vault, "billing", HIGH) as pilot:
            await goto_tls(pilot)
            await goto(pilot, "cluster")
            await pressed(pilot, "space")
            await replace(pilot, "server", first.url)
            address = other.url.removeprefix("nats://")
            for answer, count in (("escape", "1 accepted"), ("enter", "2 accepted")):
                await pilot.press("f5")
                await sees(pilot, "Test these servers as well?", address)
                await pilot.press(answer)
                await sees(pilot, count)
    finally:
        for server in running:
            server.stop()


async def test_subjects_are_asked_for_and_answered(vault: Path, knows_billing: LocalServer) -> None:
    async with key_test(vault, "billing", HIGH) as pilot:
        await goto_tls(pilot)
        await replace(pilot, "may", "orders.new sub:events.>")
        await replace(pilot, "server", knows_billing.url)
        await pilot.press("enter")
        await sees(pilot, "✓ subscribe  orders.new", "✓ publish    orders.new", "events.>")
        await replace(pilot, "may", "pub:>")
        await pilot.press("enter")
        await until(pilot, lambda: "wildcard" in problem_of(pilot.app), "the error")


@pytest.fixture
def over_tls(vault: Path, tmp_path: Path) -> Iterator[tuple[str, Authority]]:
    """A tls:// server that knows billing and wants a client certificate."""
    (tmp_path / "ca").mkdir()
    (tmp_path / "tls").mkdir()
    authority = Authority(tmp_path / "ca")
    block = authority.issue().block("verify: true", f'ca_file: "{authority.file}"')
    server = LocalServer(tmp_path / "tls", lets_in(vault, "billing") + block)
    yield f"tls://localhost:{server.url.rsplit(':', 1)[1]}", authority
    server.stop()


async def test_all_users_are_tested_over_tls_and_kept_and_how_many_at_a_time_too(
    vault: Path, over_tls: tuple[str, Authority]
) -> None:
    url, authority = over_tls
    ours = authority.issue("wallet")
    async with opened(vault, LOW) as pilot:
        await find(pilot, "billing")
        await dialog(pilot, "T", "Test the 2 users of acme/orders")
        await goto_tls(pilot)
        assert typed(pilot, "at-once") == "20"
        for field, text in (
            ("ca", authority.file),
            ("cert", ours.cert),
            ("key", ours.key),
            ("at-once", "0"),
        ):
            await replace(pilot, field, str(text))
        await replace(pilot, "server", url)
        await pilot.press("enter")
        await until(pilot, lambda: "at a time" in problem_of(pilot.app), "the error")
        await replace(pilot, "at-once", "2")
        await pilot.press("f5")
        await sees(pilot, "1 refused", "1 accepted")
        await until(pilot, lambda: results_of(pilot, "reports"), "the memory")
        await until(
            pilot,
            lambda: records_of(pilot).settings.get("tests-at-once", "20") == "2",
            "the memory of how many",
        )
        await pilot.press("escape")
        await closed(pilot)
        await dialog(pilot, "T", "Test the 2 users of acme/orders")
        assert typed(pilot, "server") == url
        await goto_tls(pilot)
        assert typed(pilot, "at-once") == "2"


async def test_addresses_used_before_are_offered_while_typing(
    vault: Path, knows_billing: LocalServer
) -> None:
    async with key_test(vault, "billing", LOW) as pilot:
        await enter_server(pilot, knows_billing.url)
        await until(pilot, lambda: results_of(pilot, "billing"), "the memory")
        await pilot.press("escape")
        await closed(pilot)
        await dialog(pilot, "t", "Test acme/orders/billing")
        await replace(pilot, "server", knows_billing.url[:-2])
        await sees(pilot, knows_billing.url)
        await pressed(pilot, "right")
        await until(pilot, lambda: typed(pilot, "server") == knows_billing.url, "the whole")
        assert "nats-server" not in drawn(pilot.app)


async def test_the_monitoring_address_makes_a_cause_plainer_and_belongs_to_one_server(
    vault: Path, tmp_path: Path
) -> None:
    server = LocalServer(tmp_path, lets_in(vault, "billing") + 'http: "127.0.0.1:-1"\n')
    try:
        monitor = f"http://127.0.0.1:{logged_port(server, 'http monitor on')}"
        async with key_test(vault, "reports", (110, 60)) as pilot:
            await goto_tls(pilot)
            await replace(pilot, "monitor", monitor)
            await replace(pilot, "server", server.url)
            await pilot.press("enter")
            causes = pilot.app.screen.query_one("#causes", Static)
            await until(
                pilot, lambda: "read its configuration last" in str(causes.render()), "the proof"
            )
            assert "jwt-missing" not in str(causes.render())
            await replace(pilot, "monitor", nobody().replace("nats", "http"))
            await pilot.press("enter")
            await sees(pilot, "jwt-missing", "Monitoring at", "nothing listens there")
            await replace(pilot, "server", f"{server.url},{nobody()}")
            await pilot.press("enter")
            await until(pilot, lambda: "one server" in problem_of(pilot.app), "the error")
    finally:
        server.stop()


async def test_a_servers_name_is_offered_with_how_this_key_fared_there(
    vault: Path, knows_billing: LocalServer
) -> None:
    with changed(vault) as records:
        records.servers.set_profile(ServerProfile("prod", (knows_billing.url,)))
        records.servers.set_profile(ServerProfile("staging", ("nats://127.0.0.1:1",)))
    async with opened(vault, HIGH) as pilot:
        for said in ("not tested yet", "✓ accepted"):
            await find(pilot, "billing")
            await dialog(pilot, "t", "Test acme/orders/billing")
            await goto(pilot, "profile")
            await pressed(pilot, "enter")
            await sees(pilot, f"prod  {said}", "staging  not tested yet")
            await pressed(pilot, "down", "enter")
            await until(pilot, lambda: typed(pilot, "server") == "prod", "the name")
            await pressed(pilot, "enter")
            await sees(pilot, "✓ ACCEPTED")
            await until(pilot, lambda: results_of(pilot, "billing"), "the memory")
            await pilot.press("escape")
            await closed(pilot)
        await dialog(pilot, "T", "Test the 2 users")
        await goto(pilot, "profile")
        await pressed(pilot, "enter")
        await sees(pilot, "1 of 1 accepted")


async def test_a_test_that_stays_open_shows_the_round_trips_until_it_is_left(
    vault: Path, tmp_path: Path
) -> None:
    server = LocalServer(tmp_path, lets_in(vault, "billing") + 'http: "127.0.0.1:-1"\n')
    address = MonitorAddress.parse(f"http://127.0.0.1:{logged_port(server, 'http monitor on')}")

    async def connections() -> int | None:
        return (await Monitor(address).look(None, 5)).connections

    async def become(number: int) -> None:
        deadline = time.monotonic() + 30
        while await connections() != number:
            assert time.monotonic() < deadline, f"there never were {number} connections"
            await asyncio.sleep(0.05)

    try:
        async with key_test(vault, "billing", HIGH) as pilot:
            await enter_server(pilot, server.url)
            await sees(pilot, "✓ ACCEPTED", "round trip", "median", "95%")
            await become(1)
            await pilot.press("escape")
            await closed(pilot)
            await become(0)
            await dialog(pilot, "t", "Test acme/orders/billing")
            await enter_server(pilot, server.url)
            await sees(pilot, "median")
            await become(1)
            pilot.app.lock()  # type: ignore[attr-defined]  # as after some idle minutes
            await become(0)
            assert "median" not in drawn(pilot.app)
    finally:
        server.stop()
