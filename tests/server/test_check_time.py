"""A check's time limit holds for what is made of its answers too."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.conftest import Lender, ring
from tests.server.listeners import serving
from tests.server.operators import Acme
from wallet.chain import Chain
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.check.question import ask
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.protocol.monitoring import Monitor, MonitorAddress
from wallet.connection.protocol.target import Target
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed

LIMIT = 2.0  # seconds; a server that answers at once leaves nearly all of it
GUARD = 8.0  # a busy machine


def subjects(stem: str, count: int) -> list[str]:
    return [f"{stem}{number}.*.>" for number in range(count)]


def keys(kind: Kind, count: int) -> list[str]:
    found = []
    for _ in range(count):
        with Seed.generate(kind) as seed:
            found.append(seed.public.text)
    return found


LONG_USERS: dict[str, dict[str, Any]] = {
    "subjects": {"pub": {"allow": subjects("a", 12_000), "deny": subjects("b", 12_000)}},
    "hours": {"hours": [{"start": "01:02:03", "end": "02:03:04"}] * 18_000},
    "networks": {"src": [f"10.{n // 256 % 256}.{n % 256}.0/24" for n in range(20_000)]},
}


@pytest.fixture
def acme() -> Iterator[Acme]:
    made = Acme()
    yield made
    made.wipe()


async def refused(acme: Acme, chain: Chain, account: str) -> tuple[Report, float]:
    """By a server that refuses at once, whose monitoring gives `account`; and how long it took."""
    known = {"server_id": "N1", "server_name": "n1", "system_account": "A"}

    async def nats(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"N1","nonce":"abc","auth_required":true}\r\n')
        said = b""
        while not said.endswith(b"PING\r\n"):
            said = said[-10:] + await reader.read(1 << 16)
        writer.write(b"-ERR 'Authorization Violation'\r\n")
        await writer.drain()

    async def monitoring(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        detail = {"account_detail": {"jwt": account}} if b"accountz" in line else {}
        body = json.dumps({**known, **detail}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async with serving(nats) as port, serving(monitoring) as other:
        address = MonitorAddress.parse(f"http://127.0.0.1:{other}")
        began = time.monotonic()
        report = await ask(
            Server(Target.parse(f"nats://127.0.0.1:{port}"), None, Monitor(address)),
            acme.user.public,
            ring(Lender(acme.user), chain),
            CheckOptions(LIMIT),
        )
        return report, time.monotonic() - began


@pytest.mark.parametrize("kind", LONG_USERS)
async def test_a_user_whose_jwt_is_as_long_as_can_be_is_explained_in_time(
    acme: Acme, kind: str
) -> None:
    token = acme.user_jwt(**LONG_USERS[kind])
    report, took = await refused(acme, acme.chain(token, acme.account_jwt()), acme.account_jwt())
    assert report.verdict is Verdict.REFUSED
    assert took < LIMIT + GUARD


@pytest.mark.parametrize("what", ["signing_keys", "revocations", "default_permissions"])
async def test_an_account_that_a_monitoring_sends_is_judged_in_time(acme: Acme, what: str) -> None:
    given: Any = {
        "signing_keys": keys(Kind.ACCOUNT, 4000),
        "revocations": dict.fromkeys(keys(Kind.USER, 4000), acme.now),
        "default_permissions": {"pub": {"allow": subjects("a", 8000)}},
    }[what]
    long = jwt.issue(
        acme.operator,
        acme.account.public,
        {**unlimited_account(), what: given},
        issued=acme.now,
        name="orders",
    )
    user = jwt.issue(acme.account, acme.user.public, unlimited_user(), issued=acme.now)
    report, took = await refused(acme, acme.chain(user, acme.account_jwt()), long)
    assert report.verdict is Verdict.REFUSED
    assert report.servers_copy  # it was looked at
    assert took < LIMIT + GUARD
