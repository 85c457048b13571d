"""A server shows, in the name of an account, what no key of the account's operator signed."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE
from tests.deployment.test_hostile_answers import vault as vault
from tests.jwts import signed
from tests.server.listeners import serving
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.deployment.differences import Differences, chosen_accounts, differences
from wallet.tasks.deployment.pull import unknown_revocations
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


async def shown_by_a_server(opened: Vault, shown: str) -> Differences:
    """What is found at a server that shows a JWT whenever it is asked for anything."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"N1","auth_required":true,"nonce":"aaaaaaaaaaaaaaa"}\r\n')
        told = {"server": {"id": "N1", "name": "n1"}, "data": {"jwt": shown}}
        body = json.dumps(told).encode()
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
            elif line.startswith(b"PUB"):
                _, _, reply, size = line.split()
                await reader.readexactly(int(size) + 2)
                writer.write(b"MSG %b 1 %d\r\n%b\r\n" % (reply, len(body), body))
            await writer.drain()

    chosen = chosen_accounts(opened.records, ["orders"])
    async with serving(serve) as port:
        server = Server(Target.parse(f"nats://127.0.0.1:{port}"))
        return await differences(opened, chosen, [server], 0.5)


@pytest.mark.parametrize("type_", ["activation", "generic", "account"])
async def test_nobody_is_revoked_on_the_word_of_a_strangers_jwt(vault: Path, type_: str) -> None:
    """Anyone may sign a JWT of another type about an account, with revocations in it."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened:
        orders = opened.records.find("orders")
        own = opened.records.tokens.claims(orders.id)
        assert own is not None
        with Seed.generate(Kind.OPERATOR) as stranger:
            shown = signed(
                stranger,
                {
                    "sub": orders.public,
                    "iat": (own.issued or 0) - 5,
                    "nats": {
                        "type": type_,
                        "version": 2,
                        "revocations": {"*": int(time.time()) + 10**8},
                    },
                },
            )

        found = await shown_by_a_server(opened, shown)
        assert [row.state.value for row in found.rows] != ["same"]
        assert unknown_revocations(opened.records, found) == []


async def test_nothing_is_taken_over_that_a_key_signed_which_is_out(vault: Path) -> None:
    """As after a leak: the key is still in the vault, and the operator's JWT names it no more."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened:
        orders = opened.records.find("orders")
        operator = opened.records.get(orders.parent or 0)
        leaked = Seed.generate(Kind.OPERATOR)
        spare = leaked.encode()
        with opened.change() as records:
            issuing = Issuing(records)
            key = issuing.add_signing_key(operator.id, leaked)
            issuing.drop_signing_key(key.id)
        own = opened.records.tokens.claims(orders.id)
        assert own is not None
        claims = {
            "sub": orders.public,
            "nats": {**own.nats, "revocations": {"*": int(time.time()) + 10**8}},
        }
        for later in (-5, 5):
            with Seed.decode(spare) as again:
                shown = signed(again, {**claims, "iat": (own.issued or 0) + later})
            found = await shown_by_a_server(opened, shown)
            assert [row.state.value for row in found.rows] != ["same"]
            assert unknown_revocations(opened.records, found) == []
            assert found.newer == []
