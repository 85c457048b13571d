"""A server that answers for another proves nothing where the other one is asked itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import House
from tests.deployment.test_hostile_answers import vault as vault
from tests.server.listeners import serving
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import Target
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.deployment.arrival import Pushed
from wallet.tasks.deployment.differences import chosen_accounts
from wallet.tasks.deployment.push import push
from wallet.vault.vault import Vault


class Fake:
    """A server that tells of each server, by id, which JWT that goes by: itself, or others too."""

    def __init__(self, own: str, tokens: dict[str, str], system_account: str = "") -> None:
        self.own, self.tokens, self.system_account = own, tokens, system_account
        self.revoked: dict[str, str] = {}
        self.names: dict[str, str] = {}  # by id; a server without one is called by that

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {"server_id": self.own, "auth_required": True, "nonce": "a" * 15}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                if line.startswith(b"CONNECT"):
                    await self.answers_connect(line, writer)
                elif line.startswith(b"PING"):
                    writer.write(b"PONG\r\n")
                elif line.startswith(b"PUB"):
                    _, subject, reply, size = line.split()
                    await reader.readexactly(int(size) + 2)
                    for server in self.tokens:
                        body = json.dumps(self._answer(server, subject.decode())).encode()
                        writer.write(b"MSG %b 1 %d\r\n%b\r\n" % (reply, len(body), body))
                await writer.drain()

    async def answers_connect(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        """Say nothing to a CONNECT: whoever comes is let in."""

    def _answer(self, server: str, subject: str) -> dict[str, Any]:
        data: dict[str, Any] = {"code": 200, "message": "jwt updated"}
        if subject.endswith(".INFO"):
            data = {"jwt": self.tokens[server], "revoked_user": self.revoked}
        elif subject.endswith(".VARZ"):
            data = {"system_account": self.system_account}
        statistics = {"active_servers": len(self.tokens)}
        node = {"id": server, "name": self.names.get(server, server)}
        return {"server": node, "data": data, "statsz": statistics}


async def pushed(vault: Vault, *servers: Fake) -> Pushed:
    async with contextlib.AsyncExitStack() as running:
        ports = [await running.enter_async_context(serving(one)) for one in servers]
        chosen = chosen_accounts(vault.records, ["SYS"])
        targets = [Server(Target.parse(f"nats://127.0.0.1:{port}")) for port in ports]
        return await push(vault, chosen, targets, 0.5)


@pytest.fixture
def account(vault: Path) -> tuple[Path, str]:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened:
        system = opened.records.find("SYS")
        return vault, opened.records.tokens.get(system.id) or ""


@pytest.mark.parametrize("own_words", ["another", "nothing", "the same"])
async def test_what_one_server_tells_of_another_that_is_named_too_counts_if_that_agrees(
    account: tuple[Path, str], own_words: str
) -> None:
    path, token = account
    tokens = {"another": {"N2": token[:-4] + "AAAA"}, "nothing": {}, "the same": {"N2": token}}
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        liar = Fake("N1", {"N1": token, "N2": token})
        done = await pushed(vault, liar, Fake("N2", tokens[own_words]))
        (outcome,) = done.accounts
        assert outcome.servers["N1"].delivery == "holds"
        agrees = own_words == "the same"
        assert (outcome.servers["N2"].delivery == "holds") is agrees
        assert done.ok is agrees


@pytest.mark.parametrize(
    "names",
    [
        # One calls itself as two of one name are told apart; and ids may begin alike.
        {"NONE45678": "n", "NTWO45678": "n", "NTHREE": "n NONE4567"},
        {"NONE45678A": "n", "NONE45678B": "n", "NTHREE": "three"},
    ],
)
async def test_a_server_cannot_hide_another_behind_its_name(
    account: tuple[Path, str], names: dict[str, str]
) -> None:
    path, token = account
    first, second, third = names
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        liar = Fake(third, {first: token[:-4] + "AAAA", second: token, third: token})
        liar.names = names
        done = await pushed(vault, liar)
        (outcome,) = done.accounts
        assert len(outcome.servers) == 3
        assert sorted(at.delivery for at in outcome.servers.values()) == [
            "holds",
            "holds",
            "not-sent",
        ]
        assert not done.ok


@pytest.mark.newer_server
def test_real_servers_of_a_cluster_agree_with_what_is_told_of_them(house: House) -> None:
    servers = house.cluster()
    urls = ",".join(server.url for server in servers)
    assert house.push("--server", urls)["ok"]
    house.call("revoke", "laptop")
    assert house.push("--server", urls)["ok"]


async def test_a_server_with_another_system_account_is_named(account: tuple[Path, str]) -> None:
    path, token = account
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(path, passphrase) as vault:
        done = await pushed(vault, Fake("N1", {"N1": token}, system_account="A" * 56))
        assert any("another system account than acme/SYS" in one for one in done.remarks)
