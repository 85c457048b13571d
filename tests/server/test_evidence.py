"""What an attempt has in its evidence, and that what it did not come to is not there."""

from __future__ import annotations

import asyncio

from tests.server.conftest import Authority, Lender, Serve, knows, ring
from tests.server.listeners import serving, unused_port
from wallet.connection.causes.evidence import Admission, Encryption, Evidence, Login
from wallet.connection.causes.report import Stage
from wallet.connection.check.attempt import opened
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.protocol.failure import FailureKind
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Seed


async def evidence_at(url: str, user: Seed) -> Evidence:
    options = CheckOptions(5, round_trips=1)
    async with opened(Server(Target.parse(url)), user.public, ring(Lender(user)), options) as seen:
        return seen.evidence


def stages_of(evidence: Evidence) -> list[tuple[Stage, bool | None]]:
    return [(result.stage, result.ok) for result in evidence.stages]


async def test_of_a_port_where_nothing_listens_there_are_two_stages_and_a_breakdown(
    user: Seed,
) -> None:
    evidence = await evidence_at(f"nats://127.0.0.1:{unused_port()}", user)
    assert stages_of(evidence) == [(Stage.RESOLVE, True), (Stage.CONNECT, False)]
    assert evidence.failed is Stage.CONNECT
    assert evidence.failed_as(FailureKind.NOTHING_LISTENS)
    parts = (evidence.address, evidence.greeting, evidence.encryption, evidence.login)
    assert (*parts, evidence.admission, evidence.port_use) == (None,) * 6


async def test_of_tls_that_fails_there_is_a_greeting_and_a_certificate_but_no_login(
    serve: Serve, user: Seed, authority: Authority
) -> None:
    server = serve(knows(user) + authority.issue().block())
    evidence = await evidence_at(server.url.replace("nats://", "tls://"), user)
    assert evidence.failed is Stage.TLS
    assert evidence.failed_as(FailureKind.CERTIFICATE_UNTRUSTED)
    assert evidence.greeting is not None
    assert evidence.greeting.nonce is not None
    assert evidence.certificate is not None
    assert (evidence.encryption, evidence.login, evidence.admission) == (None, None, None)


async def test_a_later_info_adds_to_the_greeting_and_does_not_take_its_place(user: Seed) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"N","nonce":"abc","auth_required":true}\r\n')
        await reader.readline()
        writer.write(b'INFO {"auth_required":false,"nonce":"xyz","client_ip":"192.0.2.7"}\r\n')
        writer.write(b"-ERR 'Authorization Violation'\r\n")
        await writer.drain()

    async with serving(refuse) as port:
        evidence = await evidence_at(f"nats://127.0.0.1:{port}", user)
    assert evidence.greeting is not None
    assert evidence.greeting.auth_required
    assert evidence.greeting.nonce == "abc"
    assert evidence.info == {"server_id": "N", "auth_required": False, "client_ip": "192.0.2.7"}
    assert evidence.encryption is Encryption.NONE
    assert evidence.login == Login(signed=True, with_jwt=False)
    assert evidence.error == "Authorization Violation"
    assert evidence.refused_key
    assert evidence.admission is None


async def test_who_was_let_in_is_not_known_where_the_server_leaves_before_it_tells(
    user: Seed,
) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"N","nonce":"abc","auth_required":true}\r\n')
        await reader.readline()
        writer.write(b"PONG\r\n")
        await writer.drain()

    async with serving(leave) as port:
        evidence = await evidence_at(f"nats://127.0.0.1:{port}", user)
    assert evidence.failed is Stage.PING
    assert evidence.admission == Admission(rtt_ms=None, identity=None, forbidden=())
    assert evidence.forgery_taken is True  # this server takes anybody
