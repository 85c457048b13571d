"""The servers that an account is known at: by tests and pushes, until a person says one is gone."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.app import test_main
from tests.app.hands import released
from tests.app.test_main import dialog, find, opened, sees
from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import House
from tests.deployment.test_marks import marks
from tests.deployment.test_push import revoke
from tests.deployment.test_push_dialog import goto_button
from wallet.system.natsserver import LocalServer

pytestmark = pytest.mark.newer_server


@pytest.fixture
def pair(house: House) -> tuple[LocalServer, LocalServer]:
    """Two servers that know nothing of each other; orders was let in by a test at both."""
    servers = house.server("n1", "acme/orders"), house.server("n2", "acme/orders")
    for server in servers:
        assert house.call("test", "laptop", "--server", server.url).status == 0
    return servers


@pytest.mark.parametrize(
    "forgetting",
    [
        ("delete", "acme/orders/laptop", "--yes"),
        ("move", "acme/orders/laptop", "--to", "acme/metrics"),
        ("rotate", "acme/orders/laptop", "--as", "leaked", "--yes"),
    ],
    ids=lambda words: words[0],
)
def test_an_account_is_known_at_servers_though_the_user_that_was_tested_is_elsewhere(
    house: House, pair: tuple[LocalServer, LocalServer], forgetting: tuple[str, ...]
) -> None:
    first, second = pair
    house.call(*forgetting)
    house.push("acme/orders", "--server", first.url)
    assert marks(house, "acme/orders")[1]  # the other one lets it in still
    told = house.call("push", "acme/orders", "--server", first.url)
    assert f"acme/orders is not proved at {second.url}" in told.out
    assert f"nkey-wallet push acme/orders --server {second.url}" in told.out
    assert f"nkey-wallet servers forget {second.url}" in told.out
    house.push("acme/orders", "--server", second.url)
    assert not marks(house, "acme/orders")[1]


def test_a_server_that_turns_out_to_have_the_account_later_is_one_more_to_prove(
    house: House,
) -> None:
    first, second = house.server("n1", "acme/orders"), house.server("n2", "acme/orders")
    assert house.call("test", "billing", "--server", first.url).status == 0
    assert house.call("revoke", "laptop").status == 0
    assert house.push("acme/orders", "--server", first.url)["ok"]
    assert not house.record("acme/orders/laptop").unproved
    assert house.call("test", "billing", "--server", second.url).status == 0
    assert house.record("acme/orders/laptop").unproved  # whom that server lets in
    assert marks(house, "acme/orders")[1]
    assert second.url in house.call("show", "acme/orders").out + house.call("health").out
    assert house.push("acme/orders", "--server", second.url)["ok"]
    assert not house.record("acme/orders/laptop").unproved
    assert not marks(house, "acme/orders")[1]
    assert house.call("test", "billing", "--server", second.url).status == 0
    assert not house.record("acme/orders/laptop").unproved  # which is nothing new of it


def test_the_successor_of_a_leaked_account_and_that_account_are_known_where_it_was(
    house: House, pair: tuple[LocalServer, LocalServer]
) -> None:
    first, second = pair
    house.call("rotate", "acme/orders", "--as", "leaked", "--yes")
    accounts = ("acme/orders", "acme/orders-old")
    house.push(*accounts, "--server", first.url)
    assert [marks(house, account)[1] for account in accounts] == [True, True]
    assert house.call("test", "billing", "--server", first.url).status == 0
    house.push(*accounts, "--server", second.url)
    assert [marks(house, account)[1] for account in accounts] == [False, False]


def test_an_operator_that_took_over_is_asked_for_at_every_server_of_the_one_before(
    house: House, pair: tuple[LocalServer, LocalServer]
) -> None:
    first, second = pair
    house.call("delete", "acme/orders", "--yes")
    house.call("rotate", "acme", "--as", "leaked", "--yes")
    (going_on,) = house.call("rotations", "--json").json()
    proofs = [step["fix"] for step in going_on["open"] if step["code"] == "prove"]
    assert [url for url in (first.url, second.url) if any(url in fix for fix in proofs)] == [
        first.url,
        second.url,
    ]


def test_the_word_that_all_servers_have_it_forgets_none_of_them(
    house: House, pair: tuple[LocalServer, LocalServer]
) -> None:
    first, second = pair
    house.call("push", "--on-my-word", "--yes")
    revoke(house, "laptop")
    house.push("acme/orders", "--server", first.url)
    assert marks(house, "laptop") == (False, True)
    house.push("acme/orders", "--server", second.url)
    assert marks(house, "laptop") == (False, False)


def test_a_server_that_is_gone_for_good_keeps_no_mark_once_a_person_says_so(
    house: House, pair: tuple[LocalServer, LocalServer]
) -> None:
    first, second = pair
    house.call("servers", "add", "prod", "--url", first.url, "--url", second.url)
    revoke(house, "laptop")
    house.signal("n2", signal.SIGTERM)
    told = house.call("push", "acme/orders", "--server", "prod", "--timeout", "1")
    assert told.status == 1
    assert f"nkey-wallet servers forget {second.url}" in told.out
    house.push("acme/orders", "--server", first.url)
    assert marks(house, "laptop") == (False, True)
    done = house.call("servers", "forget", second.url, "--json")
    assert done.json() == {
        "forgotten": [second.url],
        "known_by": ["acme", "acme/orders"],
        "profiles": ["prod"],
    }
    assert marks(house, "laptop") == (False, False)
    assert marks(house, "acme/orders")[1] is False
    assert house.call("push", "acme/orders", "--server", "prod").status == 0
    again = house.call("servers", "forget", second.url)
    assert again.status == 1
    assert "not known" in again.err
    (kept,) = house.call("servers", "--json").json()
    assert kept["urls"] == [first.url]


def test_a_leak_is_red_at_each_server_until_that_is_gone(
    house: House, pair: tuple[LocalServer, LocalServer]
) -> None:
    first, second = pair
    house.call("rotate", "laptop", "--as", "leaked", "--yes")
    house.signal("n2", signal.SIGTERM)
    house.push("acme/orders", "--server", first.url)
    house.call("export", "laptop", "--as", "creds", "--to", str(house.path.parent / "l.creds"))
    refused = ("--expect", "refused", "--beside", "billing")
    house.call("test", "acme/orders/laptop-old", "--server", first.url, *refused)
    (going_on,) = house.call("rotations", "--json").json()
    assert [step["why"] for step in going_on["open"] if step["code"] == "prove"] == [
        f"It is not proved that {second.url} refuses acme/orders/laptop-old."
    ]
    house.call("servers", "forget", second.url)
    assert house.call("rotations", "--json").json() == []


def test_the_app_offers_to_forget_the_silent_server_and_asks_once_more(
    house: House, pair: tuple[LocalServer, LocalServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_main, "PASSPHRASE", PASSPHRASE)
    first, second = pair
    revoke(house, "laptop")
    house.signal("n2", signal.SIGTERM)
    house.push("acme/orders", "--server", first.url)

    async def look() -> None:
        async with opened(house.path, (80, 24)) as pilot:
            await find(pilot, "orders")
            await dialog(pilot, "P", "Push acme/orders to servers")
            await pilot.press("f5")
            await sees(pilot, "It is gone")
            await goto_button(pilot, "gone")
            await pilot.press("enter")
            await sees(pilot, f"Is {second.url} gone for good?")
            await released(pilot)
            await pilot.press("enter")
            await sees(pilot, "Nothing is expected any")

    asyncio.run(look())
    assert marks(house, "laptop") == (False, False)


def test_an_account_that_no_server_has_is_pushed_where_its_operator_is_known(house: House) -> None:
    server = house.server()
    house.push("acme/orders", "--server", server.url)
    house.call("new", "account", "sales", "--under", "acme")
    told = house.call("edit", "acme/sales", "--limit", "conn=8").err
    assert f"nkey-wallet push acme/sales --server {server.url}" in told
