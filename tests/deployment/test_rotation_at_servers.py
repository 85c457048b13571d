"""A rotation names the server that lacks it still, where a push brought it to others."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.conftest import House
from wallet.system.natsserver import LocalServer
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

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


@pytest.mark.parametrize(
    "whom", [["billing-old"], ["*", "--under", "acme/orders"]], ids=["it", "everybody"]
)
def test_a_proof_ends_when_the_old_key_is_let_in_again_and_then_taken_out_anew(
    house: House, whom: list[str]
) -> None:
    east, west = house.server("east", "acme/orders"), house.server("west", "acme/orders")
    for server in (east, west):
        assert house.call("test", "billing", "--server", server.url).status == 0
    house.call("rotate", "billing", "--as", "leaked", "--yes")
    house.push("--server", east.url)
    assert rotation(house)["lacking"] == [west.url]
    assert house.call("allow", "billing-old").status == 0  # and its creds are handed out
    time.sleep(1.1)
    assert house.call("revoke", *whom).status == 0
    house.push("--server", west.url)
    assert rotation(house)["lacking"] == [east.url]
    assert house.call("test", "billing-old", "--server", east.url).status == 0  # it lets it in
    house.push("--server", east.url)
    assert not any(one["lacking"] for one in house.call("rotations", "--json").json())


def test_another_version_of_the_vault_brings_no_proof_back_that_has_ended(house: House) -> None:
    east, west = house.server("east", "acme/orders"), house.server("west", "acme/orders")
    for server in (east, west):
        assert house.call("test", "billing", "--server", server.url).status == 0
    house.call("rotate", "billing", "--as", "leaked", "--yes")
    house.push("--server", east.url)
    other = house.copy("other")
    assert other.call("new", "server", "n7").status == 0
    assert house.call("allow", "billing-old").status == 0
    time.sleep(1.1)
    assert house.call("revoke", "billing-old").status == 0
    joined = house.call("merge", str(other.path))
    assert joined.status == 0, joined
    house.push("--server", west.url)
    assert rotation(house)["lacking"] == [east.url]


def test_a_proof_of_a_signing_key_ends_when_its_account_names_it_again(
    house: House, east: LocalServer
) -> None:
    west = house.server("west")
    house.push("acme/orders", "--server", east.url, "--server", west.url)
    old = house.record("acme/orders/plain").public
    leak(house)
    house.push("acme/orders", "--server", east.url)
    assert rotation(house)["lacking"] == [west.url]

    def name_again(issuing: Issuing, records: Records) -> None:
        issuing.name_signing_key(records.find(old).id, None)

    house.change(name_again)
    house.push("acme/orders", "--server", east.url)
    assert set(rotation(house)["lacking"]) == {east.url, west.url}
    assert house.call("rotate", old, "--finish", "--yes").status in {0, 1}
    house.push("acme/orders", "--server", west.url)
    assert rotation(house)["lacking"] == [east.url]


def test_a_rotation_opens_again_where_a_server_is_seen_to_let_the_old_key_in(
    house: House,
) -> None:
    east = house.server("east", "acme/orders")
    assert house.call("test", "billing", "--server", east.url).status == 0
    west = house.server("west", "acme/orders")  # which nobody knows, with the account of before
    house.call("rotate", "billing", "--as", "leaked", "--yes")
    house.call("creds", "billing", "--to", str(house.path.parent / "billing.creds"))
    house.push("--server", east.url)
    assert house.call("rotations", "--json").json() == []
    assert house.call("test", "billing-old", "--server", west.url).status == 0
    opened = rotation(house)
    assert opened["lacking"] == [west.url]
    assert {step["code"] for step in opened["open"]} == {"deploy", "prove"}
    house.push("--server", west.url)
    assert house.call("rotations", "--json").json() == []


def test_no_push_ends_a_rotation_whose_new_key_is_not_in_the_vault(
    house: House, tmp_path: Path
) -> None:
    east = house.server("east", "acme/orders")
    before = tmp_path / "before.nkw"
    assert house.call("test", "billing", "--server", east.url).status == 0
    assert house.call("backup", str(before)).status == 0
    house.call("rotate", "billing", "--as", "leaked", "--yes")
    house.call("creds", "billing", "--to", str(tmp_path / "new.creds"))
    house.push("--server", east.url)
    assert house.call("rotations", "--json").json() == []
    assert house.call("restore", str(before), "--yes").status == 0  # the new key goes with that
    (step,) = rotation(house)["open"]
    assert step["code"] == "missing"
    house.push("--server", east.url)  # which proves that the old one is out
    (step,) = rotation(house)["open"]
    assert step["code"] == "missing"
    assert "--on-my-word" in step["fix"]
    old = house.record("acme/orders/billing").public
    assert house.call("rotate", old, "--finish", "--on-my-word", "--yes").status == 0
    assert house.call("rotations", "--json").json() == []
