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
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.deployment import differences, scope_of
from wallet.tasks.pull import unknown_revocations
from wallet.vault.vault import Vault


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

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(
                b'INFO {"server_id":"N1","auth_required":true,"nonce":"aaaaaaaaaaaaaaa"}\r\n'
            )
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

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        scope = scope_of(opened.records, ["orders"])
        found = await differences(opened, scope, [Server(Target.parse(f"{host}:{port}"))], 0.5)
        server.close()
        assert [row.state.value for row in found.rows] != ["same"]
        assert unknown_revocations(opened.records, found) == []
