"""Users whom a server lets in, and what is to be said of their JWTs all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.server.conftest import Serve, codes, knows
from tests.server.listeners import scripted, serving
from tests.server.operators import Acme
from wallet.connection.causes.report import Verdict
from wallet.when import exactly

DAY = 86_400


@pytest.fixture
def tells(program: str | None) -> bool:
    """Whether the server tells to which account we belong; only then is anything certain."""
    return program is None


@pytest.fixture
def acme() -> Iterator[Acme]:
    made = Acme()
    yield made
    made.wipe()


async def test_a_server_that_goes_by_keys_has_not_looked_at_the_jwt(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    server = serve(f"accounts {{ SHOP {{ users = [ {{ nkey: {acme.user.public} }} ] }} }}")
    report = await acme.ask(server.url, acme.chain(acme.user_jwt(), acme.account_jwt()))
    assert report.verdict is Verdict.ACCEPTED
    if not tells:
        assert codes(report) == []
        return
    assert codes(report) == [("jwt-not-used", True)]
    assert acme.user.public.text in report.causes[0].why
    assert "“SHOP”" in report.causes[0].why


async def test_an_expired_jwt_that_a_server_without_operator_let_in_was_not_looked_at(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    user = acme.user_jwt(times={"expires": acme.now - DAY})
    server = serve(knows(acme.user))
    report = await acme.ask(server.url, acme.chain(user, acme.account_jwt()))
    assert report.ok
    expected = [("jwt-not-used", True)]
    assert codes(report) == (
        expected if tells else [("jwt-not-used", False), ("jwt-expired", False)]
    )


async def test_a_user_revoked_here_and_let_in_there_shows_that_the_copies_differ(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    theirs = acme.account_jwt(issued=acme.now - DAY)
    ours = acme.account_jwt(revocations={"*": acme.now})
    server = serve(acme.configuration(theirs))
    report = await acme.ask(server.url, acme.chain(acme.user_jwt(), ours))
    assert report.ok
    last = report.causes[-1]
    assert (last.code, last.certain) == ("jwt-revoked", tells)
    assert "let it in all the same" in last.why
    _, _, line = last.fix.partition("\n")
    assert line == f"{acme.account.public}: {ours}"
    assert len(report.causes) == (1 if tells else 2)  # or else the JWT was not looked at


@pytest.mark.parametrize("days", [0.5, 3, 6.9])
async def test_a_jwt_that_expires_within_a_week_is_named_with_its_date(
    serve: Serve, acme: Acme, tells: bool, days: float
) -> None:
    end = acme.now + int(days * DAY)
    user, account = acme.user_jwt(times={"expires": end}), acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    assert report.ok
    assert codes(report) == [("jwt-expires-soon", tells)]
    assert exactly(end) in report.causes[0].why


async def test_a_jwt_that_expires_later_is_not_spoken_of(serve: Serve, acme: Acme) -> None:
    user = acme.user_jwt(times={"expires": acme.now + 8 * DAY})
    account = acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    assert report.ok
    assert codes(report) == []


async def test_an_account_that_expires_within_a_week_is_named(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    account = acme.account_jwt(times={"expires": acme.now + DAY})
    server = serve(acme.configuration(account))
    report = await acme.ask(server.url, acme.chain(acme.user_jwt(), account))
    assert codes(report) == [("account-expires-soon", tells)]


async def test_permissions_that_deny_everything_are_named(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    user = acme.user_jwt(pub={"allow": ["a.b"], "deny": ["a.*"]}, sub={"deny": [">"]})
    account = acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    assert report.ok
    assert codes(report) == [("permissions-deny-all", tells)]
    assert acme.user.public.text in report.causes[0].why


async def test_default_permissions_of_the_account_count_as_the_users(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    account = acme.account_jwt(default_permissions={"pub": {"deny": [">"]}, "sub": {"deny": [">"]}})
    server = serve(acme.configuration(account))
    report = await acme.ask(server.url, acme.chain(acme.user_jwt(), account))
    assert codes(report) == [("permissions-deny-all", tells)]


async def test_limits_left_out_are_told_as_what_they_forbid(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    account = acme.account_jwt()
    server = serve(acme.configuration(account))
    report = await acme.ask(server.url, acme.chain(acme.user_jwt(whole=False), account))
    assert codes(report) == [("jwt-limits", tells), ("jwt-limits", tells)]
    assert "`subs` is left out, which means 0" in report.causes[0].why
    assert "--limit subs=-1" in report.causes[0].fix
    assert "`payload` is left out" in report.causes[1].why


async def test_an_accounts_limits_that_forbid_are_told_too(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    account = acme.account_jwt(limits={"subs": 0})
    server = serve(acme.configuration(account))
    report = await acme.ask(server.url, acme.chain(acme.user_jwt(), account))
    assert codes(report) == [("jwt-limits", tells)]
    assert acme.account.public.text in report.causes[0].why


async def test_a_bearer_token_is_accepted_with_a_warning(
    serve: Serve, acme: Acme, tells: bool
) -> None:
    account = acme.account_jwt()
    user = acme.user_jwt(bearer_token=True)
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report) == [("jwt-bearer", tells)]


async def test_a_scoped_users_limits_are_its_scopes(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt(signing_keys=[acme.scope(pub={"allow": ["orders.>"]})])
    user = acme.user_jwt(by=acme.signer, whole=False)
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    assert report.ok
    assert codes(report) == []


# --- servers that do not tell to which account we belong, or say more than a real one does -----

SILENT = b'INFO {"nonce":"abc","auth_required":true,"version":"2.9.99","client_ip":"10.9.9.9"}\r\n'


async def test_where_the_server_does_not_tell_nothing_of_the_jwt_is_certain(acme: Acme) -> None:
    user = acme.user_jwt(times={"expires": acme.now - DAY}, src=["192.168.0.0/16"])
    chain = acme.chain(user, acme.account_jwt())
    report = await scripted(acme.user, SILENT, b"PONG\r\n", chain)
    # It breaks off after its answer, which is told first.
    assert codes(report) == [
        *[("protocol", False), ("jwt-not-used", False)],
        *[("jwt-expired", False), ("jwt-source", False)],
    ]
    assert "clock" in report.causes[2].why
    assert "10.9.9.9" in report.causes[3].why
    assert "other servers" in report.causes[3].why


@pytest.mark.parametrize("address", ["", "nobody", "10.0.0.300", "127.0.0.1 or so"])
async def test_what_is_no_address_is_not_held_against_a_source_network(
    acme: Acme, address: str
) -> None:
    chain = acme.chain(acme.user_jwt(src=["192.168.0.0/16"]), acme.account_jwt())
    info = SILENT.replace(b"10.9.9.9", address.encode())
    report = await scripted(acme.user, info, b"-ERR 'Authorization Violation'\r\n", chain)
    assert "jwt-source" not in [code for code, _ in codes(report)]
    assert not any(certain for _, certain in codes(report))


async def test_what_the_server_names_itself_is_told_with_the_date_from_the_jwt(
    acme: Acme,
) -> None:
    end = acme.now - 60
    chain = acme.chain(acme.user_jwt(times={"expires": end}), acme.account_jwt())
    answer = b"PONG\r\n-ERR 'User Authentication Expired'\r\n"
    report = await scripted(acme.user, SILENT, answer, chain)
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("jwt-expired", True)]
    assert exactly(end) in report.causes[0].why


async def test_a_line_too_long_without_a_jwt_is_not_put_down_to_one(acme: Acme) -> None:
    report = await scripted(acme.user, SILENT, b"-ERR 'maximum control line exceeded'\r\n")
    assert codes(report) == [("protocol", True)]


async def test_a_server_that_asks_for_no_signature_is_not_shown_the_jwt(acme: Acme) -> None:
    heard = bytearray()

    async def nosy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"auth_required":true}\r\n')
        heard.extend(await reader.readline())

    token = acme.user_jwt(bearer_token=True)
    async with serving(nosy) as port:
        await acme.ask(f"nats://127.0.0.1:{port}", acme.chain(token, acme.account_jwt()))
    assert b"CONNECT" in heard
    assert token.encode() not in heard
