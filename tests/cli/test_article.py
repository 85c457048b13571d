"""The whole way, as an article tells it: from an empty vault to a key that took another's place.

Each step is a command that a person types, and each result what a real server then does.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import nats.errors
import pytest

from tests.cli.conftest import Deploy, Run
from tests.natspy import connected


async def _publish(url: str, creds: Path, subjects: list[str]) -> list[str]:
    """Publish with a client of another maker; what the server said against it, the last at least.

    Its client tells of an objection by a task of its own, after the PONG.
    """
    heard: list[str] = []

    async def note(error: Exception) -> None:
        heard.append(str(error))

    async with connected(url, user_credentials=str(creds), error_cb=note) as client:
        for subject in subjects:
            await client.publish(subject, b"")
        await client.flush()
        deadline = time.monotonic() + 30
        while subjects and not (heard and subjects[-1] in heard[-1]):
            assert time.monotonic() < deadline, heard
            await asyncio.sleep(0.02)
    return heard


async def _push(url: str, creds: Path, token: str) -> None:
    """Give a running server an account's JWT, as `nsc push` does: through its system account."""
    async with connected(url, user_credentials=str(creds)) as client:
        reply = await client.request("$SYS.REQ.CLAIMS.UPDATE", token.encode(), timeout=10)
        assert b'"code":200' in reply.data.replace(b" ", b"")


@pytest.mark.slow
def test_from_an_empty_vault_to_a_key_that_took_anothers_place(
    run: Run, deploy: Deploy, tmp_path: Path
) -> None:
    def wallet(*words: str, exits: int = 0) -> str:
        done = run(*words)
        assert done.status == exits, f"{words}: {done.out}{done.err}"
        return done.out

    # A vault, and in it an operator, an account for the system, one for orders, and two users.
    wallet("init", "--cost", "light")
    wallet("new", "operator", "acme")
    wallet("new", "account", "SYS", "--under", "acme")
    wallet("edit", "acme", "--system-account", "SYS")
    wallet("new", "account", "orders", "--under", "acme")
    wallet("new", "user", "billing", "--under", "acme/orders")
    wallet("new", "user", "nightly", "--under", "acme/orders")

    # What billing may do, and for how long.
    wallet("edit", "billing", "--allow-pub", "orders.>", "--expires", "90d")

    # A server that trusts acme takes billing with its creds, and holds it to what it may.
    server = deploy(wallet("config", "--for", "operator"))
    creds = tmp_path / "billing.creds"
    wallet("export", "billing", "--as", "creds", "--to", str(creds))
    heard = asyncio.run(_publish(server.url, creds, ["orders.new", "invoices.new"]))
    assert len(heard) == 1
    assert "invoices.new" in heard[0]
    wallet("test", "billing", "--server", server.url)
    assert "account acme/orders" in wallet("test", "acme/orders", "--server", server.url)

    # Billing has to go: it is revoked, the server hears of it, and it is refused for that.
    wallet("revoke", "billing")
    wallet("test", "billing", "--server", server.url)  # not before the server has heard
    wallet("test", "acme/orders", "--server", server.url, exits=1)
    server.reload(wallet("config", "--for", "operator"))
    refused = ("--expect", "refused", "--beside", "nightly")
    wallet("test", "billing", "--server", server.url, *refused)
    wallet("test", "acme/orders", "--server", server.url)
    with pytest.raises(nats.errors.Error):
        asyncio.run(_publish(server.url, creds, []))

    # Nightly's key takes its leave as well, this time without a gap: the new one comes first.
    wallet("new", "user", "nightly-2", "--under", "acme/orders")
    wallet("test", "nightly", "nightly-2", "--server", server.url)  # the server needs nothing new
    wallet("revoke", "nightly")
    server.reload(wallet("config", "--for", "operator"))
    refused = ("--expect", "refused", "--beside", "nightly-2")
    wallet("test", "nightly", "--server", server.url, *refused)
    wallet("test", "nightly-2", "--server", server.url)

    # The same where the server keeps the accounts itself, which a reload does not change.
    wallet("new", "user", "root", "--under", "acme/SYS")
    wallet("export", "root", "--as", "creds", "--to", str(tmp_path / "root.creds"))
    full = deploy(wallet("config", "--for", "operator", "--resolver", "full"))
    wallet("new", "user", "nightly-3", "--under", "acme/orders")
    wallet("test", "nightly-2", "nightly-3", "--server", full.url)
    wallet("revoke", "nightly-2")
    full.reload(wallet("config", "--for", "operator", "--resolver", "full"))
    wallet("test", "nightly-2", "--server", full.url)  # still let in: a reload is not enough
    asyncio.run(_push(full.url, tmp_path / "root.creds", wallet("jwt", "orders").strip()))
    refused = ("--expect", "refused", "--beside", "nightly-3")
    wallet("test", "nightly-2", "--server", full.url, *refused)
    wallet("test", "acme/orders", "--server", full.url)

    # And where a server lists public keys: the new one is added, then the old one taken out.
    listing = deploy(wallet("config", "nightly-3", "--for", "server"))
    wallet("new", "user", "nightly-4", "--under", "acme/orders")
    wallet("test", "nightly-4", "--server", listing.url, exits=1)  # nobody has listed it yet
    listing.reload(wallet("config", "nightly-3", "nightly-4", "--for", "server"))
    wallet("test", "nightly-3", "nightly-4", "--server", listing.url)
    listing.reload(wallet("config", "nightly-4", "--for", "server"))
    refused = ("--expect", "refused", "--beside", "nightly-4")
    wallet("test", "nightly-3", "--server", listing.url, *refused)
    wallet("test", "nightly-4", "--server", listing.url)
