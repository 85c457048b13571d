"""The second connection, by which a check finds out whether a server looks at signatures."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.server.conftest import Serve, ask, codes, knows
from tests.server.listeners import balanced, serving
from tests.server.operators import Acme
from wallet.connection.causes.report import Verdict
from wallet.nats import base64url
from wallet.nats.nkeys import Kind, Seed, verify

GREETING = b'INFO {"server_id":"N","version":"2.15.1","auth_required":true,"nonce":"abc"}\r\n'


@pytest.mark.parametrize(("second", "verdict"), [
    (b"-ERR 'Authorization Violation'\r\n", Verdict.ACCEPTED),
    (b"PONG\r\n", Verdict.UNCHECKED),
    (b"", Verdict.UNCHECKED),
    (b"-ERR 'maximum connections exceeded'\r\n", Verdict.UNCHECKED),
])  # fmt: skip
async def test_the_second_connection_says_the_same_but_for_the_signature(
    second: bytes, verdict: Verdict
) -> None:
    acme = Acme()
    token, shown = acme.user_jwt(), list[dict[str, object]]()

    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING)
        shown.append(json.loads((await reader.readline())[len(b"CONNECT ") :]))
        writer.write(b"PONG\r\nPONG\r\nPONG\r\nPONG\r\nPONG\r\n" if len(shown) == 1 else second)
        await reader.read()

    async with serving(greets) as port:
        chain = acme.chain(token, acme.account_jwt())
        report = await ask(f"nats://127.0.0.1:{port}", acme.user, chain=chain, timeout=1.5)
    own, forged, *again = (base64url.decode(str(fields.pop("sig"))) for fields in shown)
    assert shown[0] == shown[1]
    assert len(again) == (b"maximum" in second)  # once ours has gone, which may have had the place
    assert shown[0]["jwt"] == token
    assert verify(acme.user.public, b"abc", own)
    assert len(forged) == len(own)
    assert not verify(acme.user.public, b"abc", forged)
    assert report.verdict is verdict
    acme.wipe()


@pytest.mark.parametrize("lets_in", ["", "no_auth_user: anybody"], ids=["closed", "open"])
async def test_a_server_with_room_for_one_is_asked_again_once_that_has_gone(
    serve: Serve, user: Seed, lets_in: str
) -> None:
    """Else its only place was ours, and whether it checks keys did not come out, ever."""
    users = f"{{ nkey: {user.public} }}, {{ user: anybody, password: p }}"
    conf = f"max_connections: 1\nauthorization {{ users: [{users}] }}\n{lets_in}\n"
    report = await ask(serve(conf).url, user)
    assert report.verdict is Verdict.ACCEPTED, report.summary


async def test_lines_that_come_in_pieces_or_many_at_once_are_read_one_by_one() -> None:
    acme = Acme()

    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in GREETING:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await reader.readline()
        writer.write(b"+OK\r\n" * 900 + b"PONG\r\n")
        await reader.readline()
        writer.write(b"-ERR 'Authorization Violation'\r\n")

    async with serving(greets) as port:
        report = await ask(f"nats://127.0.0.1:{port}", acme.user)
    assert report.verdict is Verdict.REFUSED
    assert "Authorization Violation" in report.summary
    acme.wipe()


@pytest.mark.parametrize("required", [b',"auth_required":true', b""])
@pytest.mark.parametrize(("second", "verdict"), [
    (GREETING + b"-ERR 'Authorization Violation'\r\n", Verdict.ACCEPTED),
    (GREETING + b"PONG\r\n", Verdict.UNCHECKED),
    (b"", Verdict.UNCHECKED),
    (b"-ERR 'Authorization Violation'\r\n" * 2, Verdict.UNCHECKED),
])  # fmt: skip
async def test_a_server_that_leaves_after_its_pong_has_proved_nothing_by_that(
    required: bytes, second: bytes, verdict: Verdict
) -> None:
    acme, connections = Acme(), list[int]()

    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        if len(connections) == 1:
            writer.write(GREETING.replace(b',"auth_required":true', required))
            await reader.readline()
            writer.write(b"PONG\r\n")
        else:
            writer.write(second)
            await reader.readline()

    async with serving(greets) as port:
        report = await ask(f"nats://127.0.0.1:{port}", acme.user, timeout=1.5)
    assert report.verdict is verdict
    assert len(connections) == 2
    acme.wipe()


@pytest.mark.newer_server("a nonce without keys takes `proxies`, which came with 2.12")
async def test_what_another_server_at_the_address_makes_of_a_wrong_signature_proves_nothing(
    serve: Serve, user: Seed
) -> None:
    """One that lets anybody in, and one that refuses all, took turns: “accepted”."""
    with Seed.generate(Kind.USER) as proxy, Seed.generate(Kind.USER) as other:
        lax = serve(
            f"proxies {{ trusted = [ {{ key: {proxy.public} }} ] }}\nno_auth_user: guest\n"
            "accounts { G { users = [ { user: guest, password: guest } ] } }\n"
        )
        strict = serve(knows(other))
    async with balanced(lax.url, strict.url) as url:
        report = await ask(url, user)
    assert report.verdict is Verdict.UNCHECKED
    assert codes(report) == [("accepted-as-other", True)]  # the third was the first again
    async with balanced(lax.url, *[strict.url] * 40) as url:
        report = await ask(url, user)
    assert report.verdict is Verdict.UNCHECKED
    assert codes(report) == [("accepted-as-other", False)]
    assert "by its own address" in report.causes[0].fix
    assert "cid:" not in strict.log.read_text(encoding="utf-8")  # nothing was shown there


async def test_servers_that_take_turns_and_check_keys_are_each_found_again(
    serve: Serve, user: Seed
) -> None:
    servers = [serve(knows(user)).url for _ in range(3)]
    async with balanced(*servers) as url:
        report = await ask(url, user)
    assert report.verdict is Verdict.ACCEPTED, report.summary
