"""A rotation names the server that lacks it still, where a push brought it to others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deployment.conftest import House
from wallet.system.natsserver import LocalServer

pytestmark = pytest.mark.newer_server


def rotation(house: House) -> dict[str, Any]:
    (one,) = house.call("rotations", "--json").json()
    return dict(one)


def proofs(house: House) -> str:
    return "\n".join(step["fix"] for step in rotation(house)["open"] if step["code"] == "prove")


def leak(house: House) -> None:
    house.call("rotate", "acme/orders/plain", "--as", "leaked", "--yes")


@pytest.fixture
def east(house: House) -> LocalServer:
    house.call("new", "account", "plain", "--under", "acme/orders", "--signing")
    return house.server("east")


def test_a_server_that_was_down_at_the_push_is_the_one_that_lacks_it(
    house: House, east: LocalServer
) -> None:
    west = house.server("west")
    both = ("acme/orders", "--server", east.url, "--server", west.url, "--timeout", "2")
    assert house.push(*both)["ok"]
    leak(house)
    assert set(rotation(house)["lacking"]) == {east.url, west.url}
    west.stop()
    assert not house.push(*both)["ok"]
    assert rotation(house)["lacking"] == [west.url]
    assert west.url in proofs(house)
    assert east.url not in proofs(house)
    assert f"not proved at: {west.url}\n" in house.call("rotations").out
    assert house.call("rotations").status == 0


def test_a_server_that_takes_no_push_is_the_one_that_lacks_it(
    house: House, east: LocalServer
) -> None:
    west = house.server("west", "acme/orders", resolver="memory")
    both = ("acme/orders", "--server", east.url, "--server", west.url)
    assert house.push("acme/orders", "--server", east.url)["ok"]
    leak(house)
    told = house.push(*both)["orders"]["servers"]
    assert (told["east"]["outcome"], told["west"]["outcome"]) == ("holds", "no-push")
    assert rotation(house)["lacking"] == [west.url]
    assert east.url not in proofs(house)


def test_of_a_cluster_whose_servers_are_all_named_the_one_that_is_down_lacks_it(
    house: House,
) -> None:
    house.call("new", "account", "plain", "--under", "acme/orders", "--signing")
    servers = house.cluster()
    every = ("acme/orders", "--server", ",".join(server.url for server in servers))
    assert house.push(*every)["ok"]
    leak(house)
    servers[2].stop()
    assert not house.push(*every, "--timeout", "2")["ok"]
    assert rotation(house)["lacking"] == [servers[2].url]


def test_a_server_that_nobody_knew_and_that_is_down_leaves_all_unproved(
    house: House, east: LocalServer
) -> None:
    west = house.server("west")
    west.stop()
    assert house.push("acme/orders", "--server", east.url)["ok"]
    leak(house)
    both = ("acme/orders", "--server", east.url, "--server", west.url, "--timeout", "2")
    assert not house.push(*both)["ok"]
    assert rotation(house)["lacking"] == [east.url]


def test_of_an_operator_the_servers_that_do_not_trust_the_new_one_are_named(house: House) -> None:
    east, west = house.server("east"), house.server("west")
    both = ("--server", east.url, "--server", west.url, "--timeout", "2")
    assert house.push(*both)["ok"]
    house.call("rotate", "acme", "--as", "planned", "--yes")
    assert set(rotation(house)["lacking"]) == {east.url, west.url}
    renewed = house.server("renewed", "acme/orders", "acme/metrics")  # goes by it, unlike these
    house.push("--server", renewed.url, "--server", west.url)
    assert set(rotation(house)["lacking"]) == {east.url, west.url}
    assert rotation(house)["open"][0]["code"] == "deploy"
