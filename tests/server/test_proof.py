"""Servers that let in a key they do not know, and name it as the user all the same."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import Serve, ask, codes
from tests.server.listeners import jwt, serving
from wallet.connection.causes.report import Verdict
from wallet.nats.nkeys import Kind, Seed

# A nonce, and no user who has a key: the server never looks at a key that is shown.
NONCE_ALONE = (
    "proxies {{ trusted = [ {{ key: {proxy} }} ] }}\n"
    "accounts {{ G {{ users = [ {{ user: guest, password: guest{more} }} ] }} }}\n"
    "no_auth_user: guest"
)
FORBIDS_ASKING = ", permissions: { publish: { deny: [ '$SYS.>' ] } }"


@pytest.mark.parametrize("more", ["", FORBIDS_ASKING])
@pytest.mark.newer_server("a nonce without keys takes `proxies`, which came with 2.12")
async def test_a_server_that_takes_a_wrong_signature_too_has_not_checked_the_key(
    serve: Serve, user: Seed, more: str
) -> None:
    with Seed.generate(Kind.USER) as proxy:
        server = serve(NONCE_ALONE.format(proxy=proxy.public, more=more))
    report = await ask(server.url, user)
    assert not report.ok
    assert report.verdict is Verdict.UNCHECKED
    assert codes(report) == [("accepted-as-other", True)]
    assert user.public.text in report.causes[0].why
    assert "signature" in report.causes[0].why


@pytest.mark.newer_server("default_sentinel came with 2.11")
async def test_a_default_sentinel_that_takes_bare_keys_is_no_success(
    serve: Serve, user: Seed
) -> None:
    with (
        Seed.generate(Kind.OPERATOR) as operator,
        Seed.generate(Kind.ACCOUNT) as system,
        Seed.generate(Kind.ACCOUNT) as account,
        Seed.generate(Kind.USER) as sentinel,
    ):
        whole = {"subs": -1, "data": -1, "payload": -1}
        bearer = jwt(account, sentinel, "user", bearer_token=True, **whole)
        server = serve(
            f"operator: {jwt(operator, operator, 'operator', system_account=system.public.text)}\n"
            f"system_account: {system.public}\nresolver: MEMORY\nresolver_preload: {{\n"
            f"{system.public}: {jwt(operator, system, 'account')}\n"
            f"{account.public}: {jwt(operator, account, 'account')}\n}}\n"
            f'default_sentinel: "{bearer}"\n'
        )
        report = await ask(server.url, user)
        assert report.verdict is Verdict.UNCHECKED
        assert codes(report) == [("accepted-as-other", True)]
        assert account.public.text in report.causes[0].why
        assert "default_sentinel" in report.causes[0].why


@pytest.mark.parametrize("more", ["", FORBIDS_ASKING])
async def test_a_key_among_the_users_is_a_success_beside_no_auth_user(
    serve: Serve, user: Seed, more: str
) -> None:
    server = serve(
        "accounts { GUESTS { users = [ { user: guest, password: guest } ] }, "
        f"REAL {{ users = [ {{ nkey: {user.public}{more} }} ] }} }}\nno_auth_user: guest"
    )
    report = await ask(server.url, user)
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report) == []


async def test_where_the_wrong_signature_gets_no_answer_the_success_is_doubted(
    user: Seed,
) -> None:
    came: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(b"")
        if len(came) > 1:
            return
        writer.write(b'INFO {"nonce":"abc","version":"2.9.10"}\r\n')
        while line := await reader.readline():
            if line == b"PING\r\n":
                writer.write(b"PONG\r\n")

    async with serving(once) as port:
        report = await ask(f"nats://127.0.0.1:{port}", user, timeout=4)
    assert len(came) > 1
    assert report.verdict is Verdict.UNCHECKED
    assert codes(report) == [("accepted-as-other", False)]
