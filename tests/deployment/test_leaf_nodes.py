"""A leaf node: what its hub answers is told of no user of the leaf node."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.deployment.conftest import House
from tests.ports import free_ports
from wallet.system.natsserver import LocalServer

pytestmark = pytest.mark.newer_server

LAPTOP = "acme/orders/laptop"
TIMES = 12  # the hub's answer comes before the PONG now and then


@pytest.fixture
def port() -> int:
    """The port where the hub takes leaf nodes."""
    return free_ports(1)[0]


@pytest.fixture
def hub(house: House, port: int) -> LocalServer:
    more = f"leafnodes {{ host: 127.0.0.1, port: {port} }}\n"
    return house.server("n1", "acme/orders", more=more)


@pytest.fixture
def remote(house: House, hub: LocalServer, port: int, tmp_path: Path) -> str:
    """The leaf node's way to the hub, as billing."""
    creds = tmp_path / "billing.creds"
    assert house.call("creds", "acme/orders/billing", "--to", str(creds)).status == 0
    return f'url: "nats://127.0.0.1:{port}", credentials: "{creds}"'


def joined(leaf: LocalServer) -> LocalServer:
    deadline = time.monotonic() + 10
    while "Leafnode connection created" not in leaf.log.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, leaf.log.read_text(encoding="utf-8")
        time.sleep(0.02)
    return leaf


def test_whom_a_leaf_node_takes_us_for_it_says_itself(house: House, remote: str) -> None:
    account = house.record("acme/orders").public
    more = f"leafnodes {{ remotes = [ {{ {remote}, account: {account} }} ] }}\n"
    leaf = joined(house.server("leaf", "acme/orders", more=more))
    laptop = house.record(LAPTOP).public
    for _ in range(TIMES):
        told = house.call("test", LAPTOP, "--server", leaf.url, "--json").json()
        assert told["verdict"] == "accepted"
        assert told["identity"]["user"] == laptop
        assert told["causes"] == []


def test_a_push_to_a_hub_says_that_it_knows_nothing_of_its_leaf_nodes(
    house: House, remote: str, hub: LocalServer
) -> None:
    account = house.record("acme/orders").public
    words = "Leaf nodes are connected to n1 (1)"
    done = house.call("push", "acme/orders", "--server", hub.url)
    assert words not in done.out + done.err
    more = f"leafnodes {{ remotes = [ {{ {remote}, account: {account} }} ] }}\n"
    joined(house.server("leaf", "acme/orders", more=more))
    done = house.call("push", "acme/orders", "--server", hub.url)
    assert done.status == 0
    assert words in done.out + done.err


def test_a_leaf_node_that_lists_keys_proves_no_revocation_by_its_hub(
    house: House, remote: str
) -> None:
    billing = house.record("billing").public
    leaf = joined(
        house._serve(
            f"accounts {{ A {{ users = [ {{ nkey: {billing} }} ] }} }}\n"
            f"leafnodes {{ remotes = [ {{ {remote}, account: A }} ] }}\n"
        )
    )
    assert house.call("revoke", LAPTOP).status == 0
    for _ in range(TIMES):
        done = house.call("test", LAPTOP, "--beside", "billing", "--server", leaf.url)
        assert "goes by a list of public keys" in done.out, done.out
        assert house.record("acme/orders").unproved
