"""Two accounts that share a private service on real servers: over an activation alone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats.errors
import pytest

from tests.cli.conftest import Deploy
from tests.cli.conftest import deploy as deploy
from tests.deployment.conftest import House
from tests.exchange.test_export import nsc
from tests.natspy import connected
from wallet.exchange import configurations
from wallet.nats.creds import write_creds
from wallet.nats.nkeys import decode_public

SUBJECT = "orders.eu.status"


def creds(house: House, ref: str) -> Path:
    with house.open() as vault:
        record = vault.records.find(ref)
        path = house.path.with_name(f"{record.name}.creds")
        with vault.open_seed(decode_public(record.public)) as seed:
            path.write_bytes(write_creds(vault.records.tokens.get(record.id) or "", seed))
    return path


@asynccontextmanager
async def client(url: str, file: Path) -> AsyncIterator[Any]:
    async with connected(url, user_credentials=str(file)) as connection:
        yield connection


@asynccontextmanager
async def service(house: House, url: str) -> AsyncIterator[None]:
    """Orders answers requests about its orders."""
    async with client(url, creds(house, "billing")) as billing:

        async def answer(message: Any) -> None:
            await message.respond(b"shipped")

        await billing.subscribe(SUBJECT, cb=answer)
        await billing.flush()
        yield


async def is_answered(house: House, url: str, subject: str = "status") -> bool:
    """Whether a user of metrics gets an answer from orders."""
    async with client(url, creds(house, "grafana")) as grafana:
        try:
            reply = await grafana.request(subject, b"", timeout=2)
        except (nats.errors.NoRespondersError, nats.errors.TimeoutError):
            return False
        assert reply.data == b"shipped"
        return True


def done(house: House, *arguments: str) -> str:
    outcome = house.call(*arguments)
    assert outcome.status == 0, outcome
    return outcome.err


async def _shares_until_it_takes_back(
    house: House, url: str, deliver: Callable[[], object]
) -> None:
    """Import without an activation, pair, revoke, pair again, unpair; asked after each."""

    async def change(*arguments: str) -> str:
        words = await asyncio.to_thread(done, house, *arguments)
        await asyncio.to_thread(deliver)
        return words

    async with service(house, url):
        await change("exports", "orders", "add", "orders.*.status", "--service", "--private")
        words = await change(
            *("imports", "metrics", "add", SUBJECT, "--service", "--from", "orders"),
            *("--as", "status"),
        )
        assert "with an activation only, and here is none" in words
        assert not await is_answered(house, url), "without an activation"
        await change("pair", "orders", "metrics", SUBJECT)
        assert await is_answered(house, url), "with the activation"
        words = await change("exports", "orders", "revoke", "orders.*.status", "metrics")
        assert "the import does not come about" in words
        assert not await is_answered(house, url), "the activation is revoked"
        await change("pair", "orders", "metrics", SUBJECT)
        assert await is_answered(house, url), "with another activation"
        words = await change("unpair", "orders", "metrics", SUBJECT)
        assert "acme/orders and acme/metrics have new JWTs" in words
        assert not await is_answered(house, url), "taken back"


async def test_a_private_service_is_answered_over_the_activation_alone_where_accounts_are_pushed(
    house: House,
) -> None:
    server = house.server()
    await asyncio.to_thread(house.push, "--server", server.url)
    await _shares_until_it_takes_back(
        house, server.url, lambda: done(house, "push", "--server", server.url)
    )


@pytest.mark.skipif(sys.platform == "win32", reason="reloads a server by a signal")
async def test_a_private_service_is_answered_over_the_activation_alone_with_a_memory_resolver(
    house: House, deploy: Deploy
) -> None:
    def text() -> str:
        with house.open() as vault:
            return configurations.operator(vault.records, vault.records.find("acme"))

    server = deploy(text())
    await _shares_until_it_takes_back(house, server.url, lambda: server.reload(text()))


async def test_an_activation_of_a_signing_key_under_strict_signing_is_taken(house: House) -> None:
    done(house, "new", "operator", "s", "--signing", "--under", "acme")
    done(house, "edit", "acme", "--strict")
    server = house.server()
    done(house, "pair", "orders", "metrics", SUBJECT, "--service", "--private", "--as", "status")
    assert (await asyncio.to_thread(house.push, "--server", server.url))["ok"]
    async with service(house, server.url):
        assert await is_answered(house, server.url)


async def test_an_account_takes_only_what_has_its_own_key_in_its_place(house: House) -> None:
    done(house, "exports", "orders", "add", "orders.*.status", "--service", "--token-position", "2")
    done(house, "pair", "orders", "metrics", "orders.*.status", "--as", "status")
    server = house.server()
    await asyncio.to_thread(house.push, "--server", server.url)
    own = house.record("acme/metrics").public
    async with client(server.url, creds(house, "billing")) as billing:

        async def answer(message: Any) -> None:
            assert message.subject == f"orders.{own}.status"
            await message.respond(b"shipped")

        await billing.subscribe("orders.*.status", cb=answer)
        await billing.flush()
        assert await is_answered(house, server.url)


def test_nsc_finds_nothing_wrong_with_what_two_accounts_share(house: House, tmp_path: Path) -> None:
    for arguments in (
        ["exports", "orders", "add", "own.*", "--service", "--token-position", "2"],
        [
            "exports",
            "orders",
            "add",
            "news.>",
            "--stream",
            "--advertise",
            "--info-url",
            "http://a.b",
        ],
        ["pair", "orders", "metrics", SUBJECT, "--service", "--private", "--as", "status"],
        ["pair", "orders", "metrics", "news.>", "--as", "theirs.>"],
        ["pair", "orders", "metrics", "own.*", "--as", "mine"],
        ["exports", "orders", "change", SUBJECT, "--latency", "lat.orders 10%"],
        ["exports", "orders", "change", SUBJECT, "--response-time", "500ms", "--description", "d"],
        ["mappings", "orders", "add", "a.*", "b.$1", "--weight", "60"],
        ["mappings", "orders", "add", "a.*", "c.$1", "--weight", "40", "--cluster", "eu"],
    ):
        done(house, *arguments)
    home = tmp_path / "store"
    done(house, "export", "acme", "--as", "nsc", "--to", str(home))
    words = nsc(home, "validate", "--all-accounts")
    assert "orders" in words
    assert "ERR" not in words.upper().replace("ORDERS", "")
    assert SUBJECT in nsc(home, "describe", "account", "orders")
    assert "theirs.>" in nsc(home, "describe", "account", "metrics")


def test_an_activation_of_nsc_is_taken_here_and_one_of_ours_there(
    house: House, tmp_path: Path
) -> None:
    done(house, "exports", "orders", "add", "orders.*.status", "--service", "--private")
    home, theirs, ours = tmp_path / "store", tmp_path / "theirs.jwt", tmp_path / "ours.jwt"
    done(house, "export", "acme", "--as", "nsc", "--to", str(home))
    metrics = house.record("acme/metrics").public
    nsc(
        home,
        *("generate", "activation", "--account", "orders", "--target-account", metrics),
        *("--subject", SUBJECT, "--output-file", str(theirs)),
    )
    words = done(
        house,
        *("imports", "metrics", "add", SUBJECT, "--from", "orders", "--as", "status"),
        *("--activation", str(theirs)),
    )
    assert "does not come about" not in words
    done(house, "exports", "orders", "activate", "orders.*.status", "metrics", "--to", str(ours))
    nsc(
        home,
        *("add", "import", "--account", "metrics", "--token", str(ours)),
        *("--local-subject", "all.$1", "--name", "all"),
    )
    assert "all.$1" in nsc(home, "describe", "account", "metrics")
