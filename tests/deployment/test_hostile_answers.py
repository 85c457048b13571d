"""Servers of ill will answer a push: bounded time, one kind of error, nothing but plain text."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import add
from tests.server.hostile import NASTY, WRONG
from tests.server.listeners import serving
from wallet.connection.check.request import Server
from wallet.connection.deployment.reached_servers import NotDeployedError
from wallet.connection.protocol.target import Target
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.tasks.deployment.differences import chosen_accounts, differences
from wallet.tasks.deployment.push import push
from wallet.vault.file.container import KdfCost
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

CASES, AT_ONCE = 80, 10
PATIENCE = 0.3  # seconds, given to each answer
HUNG = 20.0  # seconds after which it has hung, on however slow a machine


class HostileAnswers:
    """A server that lets us in and answers as a number decides."""

    def __init__(self, number: int) -> None:
        self.choose = random.Random(number)
        self.honest = self.choose.random() < 0.5  # in the roll call, so that more is asked
        self.asked: Counter[str] = Counter()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        info = {
            "server_id": "N" * 56,
            "version": "2.15.1",
            "auth_required": True,
            "nonce": "a" * 15,
        }
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while line := await reader.readline():
                if line.startswith(b"PING"):
                    writer.write(b"PONG\r\n")
                elif line.startswith(b"PUB"):
                    _, subject, reply, size = line.split()
                    payload = (await reader.readexactly(int(size) + 2))[:-2]
                    self.asked[subject.decode().rpartition(".")[2]] += 1
                    self._answer(writer, subject.decode(), reply, payload)
                await writer.drain()
        writer.close()

    def _answer(
        self, writer: asyncio.StreamWriter, subject: str, reply: bytes, payload: bytes
    ) -> None:
        choose = self.choose
        if self.honest and subject == "$SYS.REQ.SERVER.PING":
            node = {"server": {"id": "N" * 56, "name": choose.choice(NASTY)}}
            present = json.dumps(node).encode()
            writer.write(b"MSG %b 1 %d\r\n%b\r\n" % (reply, len(present), present))
            return
        if self.honest and subject.endswith(".INFO") and choose.random() < 0.8:
            node = {"server": {"id": "N" * 56}, "error": {"description": "does not exist"}}
            told = json.dumps(node).encode()
            writer.write(b"MSG %b 1 %d\r\n%b\r\n" % (reply, len(told), told))
            return
        for _ in range(choose.choice((0, 1, 1, 1, 2, 150))):
            body = self._body(subject, payload)
            subjects = (reply, reply + b"9", b"_INBOX.x", reply.rpartition(b".")[0] + b".-1")
            to = reply if choose.random() < 0.8 else choose.choice(subjects)
            if choose.random() < 0.05:
                writer.write(b"HMSG %b 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n" % to)
            elif choose.random() < 0.02:
                writer.write(
                    choose.choice((b"-ERR 'Unknown \x1b[2J'\r\n", b"MSG a\r\n", b"\x00\n"))
                )
            else:
                writer.write(b"MSG %b 1 %d\r\n%b\r\n" % (to, len(body), body))

    def _body(self, subject: str, payload: bytes) -> bytes:
        choose = self.choose

        def odd() -> Any:
            return choose.choice(WRONG) if choose.random() < 0.5 else choose.choice(NASTY)

        way = choose.randrange(6)
        if way == 0:
            return choose.randbytes(choose.choice((0, 5, 3000)))
        if way == 1:
            return json.dumps(choose.choice(WRONG)).encode()
        if way == 2:
            return payload
        if way == 3:
            return b"[" * 5000
        times = ("9999-12-31T23:59:59.999999999Z", odd())
        data = {
            "code": 200,
            "message": odd(),
            "jwt": odd(),
            "revoked_user": {odd_key(odd()): odd()},
            "num_connections": odd(),
        }
        answer = {
            "server": {
                "id": "N" * 56 if choose.random() < 0.7 else odd(),
                "name": odd(),
                "ver": odd(),
                "time": choose.choice(times),
            },
            "data": data if choose.random() < 0.7 else odd(),
            "statsz": {"routes": [{"name": odd()} for _ in range(120)], "active_servers": odd()},
        }
        if choose.random() < 0.2:
            answer["error"] = {"description": odd(), "code": odd()}
        return json.dumps(answer).encode()


def odd_key(value: object) -> str:
    return value if isinstance(value, str) else "x"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "vault.nkw"
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.create(path, passphrase, KdfCost.MINIMUM) as made,
        made.change() as records,
    ):
        issuing = Issuing(records)
        operator = add(issuing, Kind.OPERATOR, "acme")
        issuing.set_system_account(add(issuing, Kind.ACCOUNT, "SYS", operator).id)
        orders = add(issuing, Kind.ACCOUNT, "orders", operator)
        issuing.revoking.revoke(add(issuing, Kind.USER, "laptop", orders).id)
    return path


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


async def test_no_answer_hangs_crashes_or_defaces_a_push(vault: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> tuple[str, Counter[str]]:
            async with room:
                return await _case(opened, number)

        cases = await asyncio.gather(*(one(number) for number in range(CASES)))
    ends = Counter(end for end, _ in cases)
    asked = sum((asked for _, asked in cases), Counter[str]())
    assert ends["answered"] > 10, ends
    assert ends["given up"] > 10, ends
    assert {"PING", "INFO", "LOOKUP", "UPDATE", "LIST"} <= set(asked), asked


async def _case(vault: Vault, number: int) -> tuple[str, Counter[str]]:
    """How one ended, and what was asked of the server in it."""
    hostile, end = HostileAnswers(number), "answered"
    chosen = chosen_accounts(vault.records, [])
    before = time.monotonic()
    async with serving(hostile) as port:
        places = [Server(Target.parse(f"nats://127.0.0.1:{port}"))]
        try:
            if number % 3:
                done = await push(vault, chosen, places, PATIENCE)
                told: list[str] = texts(done.to_json())
                assert not done.ok, f"case {number}: nothing here was proved"
            else:
                found = await differences(vault, chosen, places, PATIENCE)
                told = texts([row.to_json() for row in found.rows])
                told += texts(found.silent) + found.remarks
        except NotDeployedError as error:
            told, end = [str(error)], "given up"
    assert time.monotonic() - before < HUNG, f"case {number}"
    for text in told:
        assert len(text) < 10_000, f"case {number}"
        unsafe = [c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs"}]
        assert not unsafe, f"case {number}: {text!r}"
    return end, hostile.asked


async def test_a_time_from_the_far_future_is_not_signed(vault: Path) -> None:
    """The hostile server shows an issue that is overtaken, and says that it is the year 9999."""
    with Passphrase(PASSPHRASE) as passphrase, Vault.unlock(vault, passphrase) as opened:
        records = opened.records
        orders = records.find("orders")
        ours = records.tokens.claims(orders.id)
        assert ours is not None
        later = (ours.issued or 0) + 100
        with opened.open_seed(records.find("acme").public) as operator:
            shown = _without_revocations(operator, ours, later)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(
                b'INFO {"server_id":"N1","auth_required":true,"nonce":"aaaaaaaaaaaaaaa"}\r\n'
            )
            told = {"server": {"id": "N1", "name": "n1", "time": "9999-01-01T00:00:00Z"}}
            while line := await reader.readline():
                if line.startswith(b"PING"):
                    writer.write(b"PONG\r\n")
                elif line.startswith(b"PUB"):
                    _, _, reply, size = line.split()
                    await reader.readexactly(int(size) + 2)
                    body = json.dumps(told | {"data": {"jwt": shown}}).encode()
                    writer.write(b"MSG %b 1 %d\r\n%b\r\n" % (reply, len(body), body))
                await writer.drain()

        chosen = chosen_accounts(opened.records, ["orders"])
        async with serving(serve) as port:
            server = Server(Target.parse(f"nats://127.0.0.1:{port}"))
            done = await push(opened, chosen, [server], 0.5)
        assert not done.ok
        signed = opened.records.tokens.claims(orders.id)
        assert signed is not None
        assert later < (signed.issued or 0) <= later + 24 * 3600 + 1000
        assert len(done.remarks) == 1  # that its clock is far ahead


def _without_revocations(operator: Seed, ours: jwt.Claims, issued: int) -> str:
    nats = {k: v for k, v in ours.nats.items() if k not in {"revocations", "type", "version"}}
    nats = {**unlimited_account(), **nats}
    return jwt.issue(operator, decode_public(ours.subject), nats, issued=issued, name=ours.name)
