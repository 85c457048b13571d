"""Taking in what servers hold and the vault does not."""

from __future__ import annotations

import time

import pytest

from tests.deployment.conftest import House
from tests.deployment.test_push import describe, revoke
from wallet.nats import jwt
from wallet.nats.claims.revocations import revocations
from wallet.nats.jwt_layout import unlimited_account
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.tasks.deployment.differences import Differences
from wallet.tasks.deployment.pull import unknown_revocations


def test_a_later_issue_is_taken_in_and_then_nothing_differs(house: House) -> None:
    server = house.server()
    other = house.copy("elsewhere")
    other.change(describe("from elsewhere"))
    assert other.push("--server", server.url)["ok"]
    dry = house.call("pull", "--server", server.url, "--dry-run", "--json")
    assert [key["path"] for key in dry.json()["keys"] if key["what"] == "change"] == ["acme/orders"]
    assert house.diff("orders", "--server", server.url) == {("acme/orders", "n1"): "newer-there"}
    done = house.call("pull", "--server", server.url)
    assert done.status == 0, done
    assert house.token("acme/orders") == other.token("acme/orders")
    assert house.push("--server", server.url)["ok"]


def test_a_revocation_that_only_the_server_knows_is_made_here_too(house: House) -> None:
    server = house.server()
    other = house.copy("elsewhere")
    revoke(other, "laptop")
    assert other.push("--server", server.url)["ok"]
    house.change(describe("later, here"), int(time.time()) + 60)
    assert not house.push("orders", "--server", server.url)["ok"]
    done = house.call("pull", "--server", server.url, "--json")
    assert done.status == 0, done
    laptop = house.record("laptop")
    (told,) = done.json()["revoked"]
    assert (told["path"], told["users"]) == ("acme/orders", [laptop.public])
    assert laptop.revoked
    assert laptop.public in revocations(jwt.parse(house.token("acme/orders")).nats)
    assert house.push("orders", "--server", server.url)["ok"]
    assert house.call("test", "laptop", "--server", server.url).status == 1


def test_an_account_that_only_servers_have_comes_in_under_its_operator(house: House) -> None:
    server = house.server()
    other = house.copy("elsewhere")
    assert other.call("new", "account", "fresh", "--under", "acme").status == 0
    assert other.push("--server", server.url)["ok"]
    fresh = other.record("acme/fresh").public
    assert house.diff("--server", server.url)[fresh, "n1"] == "only-there"
    done = house.call("pull", "--server", server.url)
    assert done.status == 0, done
    assert house.record("acme/fresh").public == fresh


def test_nothing_newer_is_nothing_to_do(house: House) -> None:
    server = house.server()
    assert house.push("--server", server.url)["ok"]
    before = house.path.read_bytes()
    done = house.call("pull", "--server", server.url)
    assert done.status == 0, done
    assert house.path.read_bytes() == before


@pytest.mark.parametrize("about", ["orders", "metrics"])
def test_only_a_copy_that_is_about_the_account_revokes_users_of_it(
    house: House, about: str
) -> None:
    laptop = house.record("laptop").public
    with house.open() as vault, Seed.generate(Kind.OPERATOR) as signer:
        orders, subject = (vault.records.find(f"acme/{name}") for name in ("orders", about))
        now = int(time.time())
        claims = {**unlimited_account(), "revocations": {laptop: now}}
        token = jwt.issue(signer, decode_public(subject.public), claims, issued=now, name=about)
        unknown = unknown_revocations(vault.records, Differences(unlike=[(orders, token)]))
    assert [one.users for one in unknown] == ([(laptop,)] if about == "orders" else [])
