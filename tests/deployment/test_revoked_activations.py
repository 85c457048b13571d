"""A revoked activation stays refused by real servers, whatever is done to the exporter's JWT."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats.errors
import pytest

from tests.cli.conftest import Deploy
from tests.cli.conftest import deploy as deploy
from tests.deployment.conftest import House
from tests.deployment.test_account_links import SUBJECT, client, creds, done, is_answered, service
from wallet.exchange import configurations
from wallet.nats import jwt

ALL = "orders.*.status"

# What the vault signs is the same for each server: most ways are tried on one, those that bring
# back an old JWT by both resolvers, and one by the old server too.
newer_server = pytest.mark.newer_server
with_both_resolvers = pytest.mark.parametrize("sharing", ["full", "memory"], indirect=True)


@dataclass
class Sharing:
    """A server where metrics asks orders by an activation that was revoked; `deliver` brings the
    accounts of a vault to it."""

    house: House
    url: str
    deliver: Callable[[House], object]
    before: House  # the vault as it was before the revocation

    def change(self, *arguments: str) -> str:
        words = done(self.house, *arguments)
        self.deliver(self.house)
        return words

    def is_answered(self) -> bool:
        async def ask() -> bool:
            async with service(self.house, self.url):
                return await is_answered(self.house, self.url)

        return asyncio.run(ask())


@pytest.fixture
def sharing(request: pytest.FixtureRequest, house: House, deploy: Deploy) -> Sharing:
    done(house, "exports", "orders", "add", ALL, "--service", "--private")
    done(house, "pair", "orders", "metrics", SUBJECT, "--as", "status")

    def text(of: House) -> str:
        with of.open() as vault:
            return configurations.operator(vault.records, vault.records.find("acme"))

    if getattr(request, "param", "full") == "memory":
        if sys.platform == "win32":
            pytest.skip("reloads a server by a signal")
        one = deploy(text(house))
        shared = Sharing(house, one.url, lambda of: one.reload(text(of)), house.copy("older"))
    else:
        server = house.server()
        done(house, "push", "--server", server.url)
        shared = Sharing(
            *(house, server.url),
            *(lambda of: done(of, "push", "--server", server.url), house.copy("older")),
        )
    assert shared.is_answered()
    shared.change("exports", "orders", "revoke", ALL, "metrics")
    assert not shared.is_answered()
    return shared


def later() -> int:
    """A time after whatever was signed just now."""
    return int(time.time()) + 60


def claims(house: House, ref: str) -> dict[str, Any]:
    return dict(jwt.decode(house.token(ref)).nats)


def older_claims(sharing: Sharing, tmp_path: Path) -> str:
    file = tmp_path / "claims.json"
    file.write_text(json.dumps(claims(sharing.before, "orders")))
    return str(file)


@with_both_resolvers
def test_claims_from_before_the_revocation(sharing: Sharing, tmp_path: Path) -> None:
    words = sharing.change("edit", "orders", "--claims", older_claims(sharing, tmp_path))
    assert "It goes on revoking what these claims leave out" in words
    assert f"of service {ALL}" in words
    assert not sharing.is_answered()


@newer_server
def test_the_same_subject_exported_again(sharing: Sharing) -> None:
    done(sharing.house, "exports", "orders", "remove", ALL)
    words = sharing.change("exports", "orders", "add", ALL, "--service", "--private")
    assert "It goes on revoking" in words
    assert not sharing.is_answered()


@newer_server
@pytest.mark.parametrize("subject", [SUBJECT, "orders.>", "*.eu.*"])
def test_another_subject_that_holds_what_was_activated(sharing: Sharing, subject: str) -> None:
    done(sharing.house, "exports", "orders", "remove", ALL)
    sharing.change("exports", "orders", "add", subject, "--service", "--private")
    assert not sharing.is_answered()


@newer_server
def test_another_subject_in_between_and_back(sharing: Sharing) -> None:
    done(sharing.house, "exports", "orders", "change", ALL, "--subject", "elsewhere")
    done(sharing.house, "exports", "orders", "remove", "elsewhere")
    sharing.change("exports", "orders", "add", ALL, "--service", "--private")
    assert not sharing.is_answered()


@newer_server
def test_a_subject_that_was_public_or_by_the_own_key_in_between(sharing: Sharing) -> None:
    done(sharing.house, "exports", "orders", "change", ALL, "--token-position", "2")
    done(sharing.house, "exports", "orders", "change", ALL, "--public", "--token-position", "")
    sharing.change("exports", "orders", "change", ALL, "--private")
    assert not sharing.is_answered()


@with_both_resolvers
@newer_server
def test_an_older_backup_put_in_place(sharing: Sharing) -> None:
    outcome = sharing.house.call("restore", str(sharing.before.path), "--yes")
    assert outcome.status == 0, outcome
    sharing.deliver(sharing.house)
    assert not sharing.is_answered()


@newer_server
def test_an_older_backup_put_in_place_of_a_vault_without_the_export(sharing: Sharing) -> None:
    done(sharing.house, "exports", "orders", "remove", ALL)
    outcome = sharing.house.call("restore", str(sharing.before.path), "--yes")
    assert outcome.status == 0, outcome
    sharing.deliver(sharing.house)
    assert not sharing.is_answered()


@newer_server
@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize("account", ["orders", "metrics"])
def test_a_rotation_that_is_undone(sharing: Sharing, account: str, finished: bool) -> None:
    house = sharing.house
    done(house, "exports", "orders", "allow", ALL, "metrics")
    done(house, "rotate", account, "--as", "planned", "--yes")
    if finished:
        assert house.call("rotate", account, "--finish", "--yes").status == 1
    else:
        done(house, "rotate", account, "--importers", "--yes")
    sharing.deliver(house)
    assert sharing.is_answered()
    sharing.change("exports", "orders", "revoke", ALL, "metrics")
    assert not sharing.is_answered()
    sharing.change("rotate", account, "--undo", "--yes")
    assert not sharing.is_answered()


@newer_server
@pytest.mark.parametrize("account", ["orders", "metrics"])
def test_the_old_account_of_a_rotation_while_both_are_in_force(
    sharing: Sharing, account: str
) -> None:
    house = sharing.house
    done(house, "exports", "orders", "allow", ALL, "metrics")
    done(house, "rotate", account, "--as", "planned", "--yes")
    answering, asking = ("old", "grafana") if account == "orders" else ("billing", "old")
    done(house, "new", "user", "old", "--under", f"acme/{account}-old")
    sharing.change("exports", "orders", "revoke", ALL, "metrics")

    async def ask() -> bool:
        async with client(sharing.url, creds(house, answering)) as billing:

            async def answer(message: Any) -> None:
                await message.respond(b"shipped")

            await billing.subscribe(SUBJECT, cb=answer)
            await billing.flush()
            async with client(sharing.url, creds(house, asking)) as grafana:
                try:
                    await grafana.request("status", b"", timeout=2)
                except (nats.errors.NoRespondersError, nats.errors.TimeoutError):
                    return False
                return True

    assert not asyncio.run(ask())


@with_both_resolvers
@newer_server
def test_it_counts_again_by_a_new_activation_alone(sharing: Sharing, tmp_path: Path) -> None:
    old = claims(sharing.house, "metrics")["imports"][0]["token"]
    words = sharing.change("exports", "orders", "allow", ALL, "metrics")
    assert "copies of the old one" in words
    assert sharing.is_answered()
    (export,) = claims(sharing.house, "orders")["exports"]
    assert export["revocations"]
    file = tmp_path / "old.jwt"
    file.write_text(old)
    sharing.change("imports", "metrics", "change", SUBJECT, "--activation", str(file))
    assert not sharing.is_answered()


@newer_server
def test_a_push_from_a_copy_that_does_not_know_of_it(house: House) -> None:
    done(house, "exports", "orders", "add", ALL, "--service", "--private")
    done(house, "pair", "orders", "metrics", SUBJECT, "--as", "status")
    server = house.server()
    done(house, "push", "--server", server.url)
    shared = Sharing(house, server.url, lambda of: of.push("--server", server.url), house)
    other = house.copy("other")
    shared.change("exports", "orders", "revoke", ALL, "metrics")
    assert not shared.is_answered()
    other.change(lambda issuing, records: _describe(issuing, records), now=later())
    assert other.diff("orders", "--server", server.url)["acme/orders", "n1"] == "unlike"
    told = other.push("--server", server.url)
    assert not told["ok"]
    assert "would let them in again" in told["orders"]["why"]
    assert f"of service {ALL}" in told["orders"]["why"]
    assert not shared.is_answered()
    words = done(other, "pull", "--server", server.url)
    assert f"of service {ALL}" in words
    assert other.push("--server", server.url)["ok"]
    assert not shared.is_answered()


@newer_server
def test_a_push_from_a_copy_that_exports_it_no_longer(house: House) -> None:
    """It knows of the revocation from then on, and exports the subject again with it."""
    done(house, "exports", "orders", "add", ALL, "--service", "--private")
    done(house, "pair", "orders", "metrics", SUBJECT, "--as", "status")
    server = house.server()
    done(house, "push", "--server", server.url)
    shared = Sharing(house, server.url, lambda of: of.push("--server", server.url), house)
    other = house.copy("other")
    shared.change("exports", "orders", "revoke", ALL, "metrics")
    other.change(lambda issuing, records: _describe(issuing, records, exports=[]), now=later())
    told = other.push("--server", server.url)
    assert told["ok"], told
    done(other, "exports", "orders", "add", ALL, "--service", "--private")
    assert other.push("--server", server.url)["ok"]
    assert not shared.is_answered()


def _describe(issuing: Any, records: Any, **more: Any) -> None:
    orders = records.find("acme/orders")
    issuing.edit(orders.id, {**issuing.claims(orders.id), "description": "changed", **more})
