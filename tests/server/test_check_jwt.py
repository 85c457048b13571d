"""Users with JWTs at real nats-servers with an operator: each refusal and its cause.

All of it also on Debian's nats-server 2.9, where that is at hand.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.server.conftest import Serve, codes, knows
from tests.server.operators import Acme
from wallet.connection.causes.report import Cause, Report, Verdict
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, Seed
from wallet.when import exactly

DAY = 86_400
# A server without an operator looks at the key alone: that is never excluded by a JWT.
OR_THE_LIST = ("key-unknown", False)
NOTHING_CERTAIN = [
    ("jwt-account-unknown", False),
    OR_THE_LIST,
    ("jwt-issuer", False),
    ("jwt-revoked", False),
]


@pytest.fixture
def acme() -> Iterator[Acme]:
    made = Acme()
    yield made
    made.wipe()


def certain(report: Report, code: str) -> Cause:
    """The first cause: this one, certain, and after it nothing but the list of keys."""
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [(code, True), OR_THE_LIST]
    return report.causes[0]


@asynccontextmanager
async def staying(url: str, acme: Acme, user: str) -> AsyncIterator[None]:
    """A client of another maker, nats-py, that stays connected with this JWT."""
    from tests.natspy import connected

    def sign(nonce: str) -> bytes:
        return b64encode(acme.user.sign(nonce.encode()))

    async with connected(url, user_jwt_cb=user.encode, signature_cb=sign):
        yield


# --- the user's own JWT ---------------------------------------------------------------------


async def test_a_user_with_its_jwt_is_accepted(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt()
    report = await acme.ask(
        serve(acme.configuration(account)).url, acme.chain(acme.user_jwt(), account)
    )
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report) == []


async def test_an_expired_jwt_is_named_with_its_date(serve: Serve, acme: Acme) -> None:
    end = acme.now - 3 * DAY
    user, account = acme.user_jwt(times={"expires": end}), acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-expired")
    assert exactly(end) in cause.why
    assert "3 days ago" in cause.why
    assert acme.user.public.text in cause.why
    assert cause.fix.endswith(f"nkey-wallet edit {acme.user.public} --expires 365d")


async def test_a_jwt_that_is_not_yet_valid_is_named_with_its_date(serve: Serve, acme: Acme) -> None:
    begin = acme.now + 2 * DAY
    user, account = acme.user_jwt(times={"not_before": begin}), acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    assert exactly(begin) in certain(report, "jwt-not-yet").why


async def test_a_changed_jwt_is_told_by_its_signature(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt()
    head, _, signature = acme.user_jwt().split(".")
    _, payload, _ = acme.user_jwt(bearer_token=True).split(".")
    forged = f"{head}.{payload}.{signature}"
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(forged, account))
    assert acme.account.public.text in certain(report, "jwt-signature").why


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("src", ["10.0.0.0"], "10.0.0.0"),
        ("hours", [{"start": "8", "end": "18:00:00"}], "8"),
        ("times_location", "Middle/Earth", "times_location"),
        ("pub", {"allow": ["a b c"]}, "a b c"),
        ("subs", "many", "subs"),
    ],
)
async def test_a_field_that_servers_cannot_read_is_named(
    serve: Serve, acme: Acme, field: str, value: Any, named: str
) -> None:
    user, account = acme.user_jwt(**{field: value}), acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-claims")
    assert field.replace("hours", "times") in cause.why
    assert named in cause.why


async def test_a_source_network_is_named_with_the_address_that_the_server_sees(
    serve: Serve, acme: Acme
) -> None:
    user, account = acme.user_jwt(src=["10.1.0.0/16", "192.168.7.0/24"]), acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-source")
    assert "10.1.0.0/16, 192.168.7.0/24" in cause.why
    assert "127.0.0.1" in cause.why
    assert "--source 10.1.0.0/16,192.168.7.0/24,127.0.0.1/32" in cause.fix


async def test_a_window_of_time_is_named_with_the_time_there(serve: Serve, acme: Acme) -> None:
    hour = time.gmtime(acme.now).tm_hour
    window = {"start": f"{(hour + 3) % 24:02}:00:00", "end": f"{(hour + 3) % 24:02}:30:00"}
    user, account = acme.user_jwt(hours=[window], times_location="UTC"), acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-time-window")
    assert f"{window['start']}-{window['end']}" in cause.why
    assert "UTC" in cause.why


async def test_a_connection_type_is_named_with_those_allowed(serve: Serve, acme: Acme) -> None:
    user = acme.user_jwt(allowed_connection_types=["WEBSOCKET", "MQTT"])
    account = acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-connection-type")
    assert "WEBSOCKET, MQTT" in cause.why
    assert "STANDARD" in cause.why
    assert "--connection-type WEBSOCKET,MQTT,STANDARD" in cause.fix


async def test_a_jwt_too_long_for_one_line_is_named_with_its_length(
    serve: Serve, acme: Acme
) -> None:
    user = acme.user_jwt(pub={"allow": [f"subject.number.{n}" for n in range(300)]})
    account = acme.account_jwt()
    configuration = acme.configuration(account)
    report = await acme.ask(serve(configuration).url, acme.chain(user, account))
    assert codes(report) == [("jwt-too-long", True)]
    assert f"{len(user):,}" in report.causes[0].why
    _, _, line = report.causes[0].fix.partition("\n")
    again = await acme.ask(serve(f"{line}\n{configuration}").url, acme.chain(user, account))
    assert again.ok


async def test_a_user_that_needs_a_proxy_is_refused_by_servers_that_know_of_them(
    serve: Serve, acme: Acme
) -> None:
    user, account = acme.user_jwt(proxy_required=True), acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    if str(report.server["version"]).startswith("2.9."):
        assert report.ok
        assert codes(report) == []
    else:
        assert "proxy_required" in certain(report, "jwt-proxy").why


# --- who signed -----------------------------------------------------------------------------


async def test_a_signer_that_the_account_does_not_list_is_named(serve: Serve, acme: Acme) -> None:
    user, account = acme.user_jwt(by=acme.signer), acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-issuer")
    assert acme.signer.public.text in cause.why
    assert acme.account.public.text in cause.why
    assert exactly(acme.now) in cause.why


async def test_a_signing_key_without_its_account_is_looked_for_as_one(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(signing_keys=[acme.signer.public.text])
    user = acme.user_jwt(by=acme.signer, issuer_account="")
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-account-unknown")
    assert acme.signer.public.text in cause.why
    assert "issuer_account" in cause.fix


async def test_an_account_signed_by_a_key_that_its_operator_does_not_list(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(by=acme.operator_signer)
    chain = acme.chain(acme.user_jwt(), account)
    report = await acme.ask(serve(acme.configuration(account)).url, chain)
    cause = certain(report, "jwt-issuer")
    assert acme.operator_signer.public.text in cause.why
    assert acme.operator.public.text in cause.why


async def test_under_strict_signing_an_account_signed_by_the_identity_key_is_refused(
    serve: Serve, acme: Acme
) -> None:
    operator = acme.operator_jwt(
        signing_keys=[acme.operator_signer.public.text], strict_signing_key_usage=True
    )
    system = acme.account_jwt(of=acme.system, by=acme.operator_signer)
    account = acme.account_jwt()
    configuration = acme.configuration(system, account, operator=operator)
    configuration = configuration.replace(
        f"  {acme.system.public}: {acme.account_jwt(of=acme.system)}\n", ""
    )
    report = await acme.ask(
        serve(configuration).url, acme.chain(acme.user_jwt(), account, operator)
    )
    assert report.causes[0].code == "jwt-issuer"
    assert report.causes[0].certain
    assert "strict_signing_key_usage" in report.causes[0].why
    assert acme.operator.public.text in report.causes[0].why


async def test_under_strict_signing_a_user_signed_by_the_identity_key_is_refused(
    serve: Serve, acme: Acme
) -> None:
    operator = acme.operator_jwt(
        signing_keys=[acme.operator_signer.public.text], strict_signing_key_usage=True
    )
    system = acme.account_jwt(of=acme.system, by=acme.operator_signer)
    account = acme.account_jwt(by=acme.operator_signer, signing_keys=[acme.signer.public.text])
    configuration = acme.configuration(system, account, operator=operator).replace(
        f"  {acme.system.public}: {acme.account_jwt(of=acme.system)}\n", ""
    )
    server = serve(configuration)
    report = await acme.ask(server.url, acme.chain(acme.user_jwt(), account, operator))
    cause = certain(report, "jwt-issuer")
    assert acme.account.public.text in cause.why
    assert acme.signer.public.text in cause.fix
    signed = acme.user_jwt(by=acme.signer)
    assert (await acme.ask(server.url, acme.chain(signed, account, operator))).ok


async def test_a_scoped_user_with_limits_of_its_own_is_refused_and_each_is_named(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(signing_keys=[acme.scope()])
    user = acme.user_jwt(by=acme.signer, src=["127.0.0.0/8"])
    server = serve(acme.configuration(account))
    report = await acme.ask(server.url, acme.chain(user, account))
    cause = certain(report, "jwt-scope")
    assert acme.signer.public.text in cause.why
    assert "worker" in cause.why
    assert "subs, data, payload, src" in cause.why
    bare = acme.user_jwt(by=acme.signer, whole=False)
    assert (await acme.ask(server.url, acme.chain(bare, account))).ok


async def test_a_scope_that_asks_for_a_tag_the_user_lacks_is_refused(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(signing_keys=[acme.scope(pub={"deny": ["x.{{tag(team)}}"]})])
    server = serve(acme.configuration(account))
    user = acme.user_jwt(by=acme.signer, whole=False)
    assert "team" in certain(await acme.ask(server.url, acme.chain(user, account)), "jwt-scope").why
    tagged = acme.user_jwt(by=acme.signer, whole=False, tags=["team:blue"])
    assert (await acme.ask(server.url, acme.chain(tagged, account))).ok


async def test_a_scopes_rules_hold_for_its_users_and_are_changed_in_the_scope(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(signing_keys=[acme.scope(src=["10.0.0.0/8"])])
    user = acme.user_jwt(by=acme.signer, whole=False)
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-source")
    assert "10.0.0.0/8" in cause.why
    assert f"nkey-wallet edit {acme.signer.public} --source" in cause.fix


# --- what the account says ------------------------------------------------------------------


async def test_a_revoked_user_is_told_since_when(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt(revocations={acme.user.public.text: acme.now - 60})
    user = acme.user_jwt(issued=acme.now - DAY)
    server = serve(acme.configuration(account))
    report = await acme.ask(server.url, acme.chain(user, account))
    cause = certain(report, "jwt-revoked")
    assert exactly(acme.now - 60) in cause.why
    assert exactly(acme.now - DAY) in cause.why
    assert cause.fix.endswith(f"nkey-wallet allow {acme.user.public}")
    assert (await acme.ask(server.url, acme.chain(acme.user_jwt(), account))).ok


async def test_a_revocation_of_all_revokes_the_user_too(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt(revocations={"*": acme.now})
    report = await acme.ask(
        serve(acme.configuration(account)).url, acme.chain(acme.user_jwt(), account)
    )
    assert "(*)" in certain(report, "jwt-revoked").why


async def test_an_expired_account_is_named_with_its_date(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt(times={"expires": acme.now - DAY}, issued=acme.now - 2 * DAY)
    report = await acme.ask(
        serve(acme.configuration(account)).url, acme.chain(acme.user_jwt(), account)
    )
    cause = certain(report, "account-expired")
    assert acme.account.public.text in cause.why
    assert exactly(acme.now - DAY) in cause.why


async def test_an_account_that_is_not_yet_valid_is_named_with_its_date(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(times={"not_before": acme.now + DAY})
    report = await acme.ask(
        serve(acme.configuration(account)).url, acme.chain(acme.user_jwt(), account)
    )
    assert exactly(acme.now + DAY) in certain(report, "account-not-yet").why


async def test_an_account_that_breaks_its_own_limits_is_not_loaded(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(
        limits={"exports": 0}, exports=[{"name": "x", "subject": "x", "type": "stream"}]
    )
    report = await acme.ask(
        serve(acme.configuration(account)).url, acme.chain(acme.user_jwt(), account)
    )
    cause = certain(report, "jwt-account-unknown")
    assert "1 exports" in cause.why
    assert "--limit exports=-1" in cause.fix


async def test_a_bearer_token_where_the_account_takes_none(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt(limits={"disallow_bearer": True})
    user = acme.user_jwt(bearer_token=True)
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    cause = certain(report, "jwt-bearer")
    assert "disallow_bearer" in cause.why
    assert acme.account.public.text in cause.why


async def test_an_account_without_connections_is_told_why(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt(limits={"conn": 0})
    report = await acme.ask(
        serve(acme.configuration(account)).url, acme.chain(acme.user_jwt(), account)
    )
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == [("account-full", True)]
    assert acme.account.public.text in report.causes[0].why
    assert "--limit conn=-1" in report.causes[0].fix
    assert "means 0" in report.causes[0].why  # a zero is not even written


async def test_a_full_account_is_told_how_many_it_takes(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt(limits={"conn": 1})
    chain = acme.chain(acme.user_jwt(), account)
    server = serve(acme.configuration(account))
    async with staying(server.url, acme, acme.user_jwt()):
        report = await acme.ask(server.url, chain)
    assert codes(report) == [("account-full", True)]
    assert "allows 1 at once" in report.causes[0].why


# --- several at once, and what the wallet cannot know ----------------------------------------


async def test_all_that_is_wrong_is_named_in_the_servers_own_order(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(
        by=acme.operator_signer,
        revocations={"*": acme.now},
        times={"expires": acme.now - DAY},
    )
    user = acme.user_jwt(
        by=acme.signer,
        src=["10.0.0.0/8"],
        allowed_connection_types=["MQTT"],
        times={"expires": acme.now - 60},
    )
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(user, account))
    assert codes(report) == [
        ("jwt-expired", True),
        ("jwt-issuer", True),
        ("jwt-issuer", True),
        ("account-expired", True),
        ("jwt-connection-type", True),
        ("jwt-revoked", True),
        ("jwt-source", True),
        OR_THE_LIST,
    ]


async def test_an_account_that_the_server_lacks_is_likeliest_and_not_certain(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt()
    report = await acme.ask(serve(acme.configuration()).url, acme.chain(acme.user_jwt(), account))
    assert report.verdict is Verdict.REFUSED
    assert codes(report) == NOTHING_CERTAIN
    first = report.causes[0]
    assert acme.account.public.text in first.why
    _, _, line = first.fix.partition("\n")
    assert line == f"{acme.account.public}: {account}"


async def test_the_line_for_the_missing_account_works_as_pasted(serve: Serve, acme: Acme) -> None:
    account, user = acme.account_jwt(), acme.user_jwt()
    configuration = acme.configuration()
    report = await acme.ask(serve(configuration).url, acme.chain(user, account))
    _, _, line = report.causes[0].fix.partition("\n")
    mended = configuration.replace("resolver_preload: {", "resolver_preload: {\n" + line)
    assert (await acme.ask(serve(mended).url, acme.chain(user, account))).ok


async def test_a_server_of_another_operator_cannot_be_told_from_one_without_the_account(
    serve: Serve, acme: Acme
) -> None:
    other = Acme()
    account = acme.account_jwt()
    report = await acme.ask(serve(other.configuration()).url, acme.chain(acme.user_jwt(), account))
    other.wipe()
    assert codes(report) == NOTHING_CERTAIN
    issuer = report.causes[2]
    assert acme.operator.public.text in issuer.why
    assert acme.operator_jwt() in issuer.fix


async def test_a_key_that_is_not_listed_cannot_be_told_from_an_unknown_account(
    serve: Serve, acme: Acme
) -> None:
    with Seed.generate(Kind.USER) as stranger:
        server = serve(knows(stranger))
    report = await acme.ask(server.url, acme.chain(acme.user_jwt(), acme.account_jwt()))
    assert codes(report) == NOTHING_CERTAIN
    assert acme.user.public.text in report.causes[1].why
    assert f"{{ nkey: {acme.user.public} }}" in report.causes[1].fix


async def test_a_newer_account_on_the_server_that_revokes_is_named_but_not_certain(
    serve: Serve, acme: Acme
) -> None:
    ours = acme.account_jwt(issued=acme.now - DAY)
    theirs = acme.account_jwt(revocations={"*": acme.now})
    report = await acme.ask(
        serve(acme.configuration(theirs)).url, acme.chain(acme.user_jwt(), ours)
    )
    assert codes(report) == NOTHING_CERTAIN
    assert exactly(acme.now - DAY) in report.causes[3].why


async def test_an_older_account_without_the_signing_key_is_named_but_not_certain(
    serve: Serve, acme: Acme
) -> None:
    theirs = acme.account_jwt(issued=acme.now - DAY)
    ours = acme.account_jwt(signing_keys=[acme.signer.public.text])
    report = await acme.ask(
        serve(acme.configuration(theirs)).url, acme.chain(acme.user_jwt(by=acme.signer), ours)
    )
    assert codes(report) == NOTHING_CERTAIN
    assert acme.signer.public.text in report.causes[2].why


async def test_without_the_accounts_jwt_nothing_of_the_account_is_claimed(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt(revocations={"*": acme.now})
    chain = acme.chain(acme.user_jwt(), None, None)
    report = await acme.ask(serve(acme.configuration(account)).url, chain)
    assert codes(report) == NOTHING_CERTAIN
    assert acme.account.public.text in report.causes[0].why
    assert "not held here" in report.causes[0].why


async def test_a_jwt_that_has_just_begun_may_meet_a_slow_clock(serve: Serve, acme: Acme) -> None:
    user = acme.user_jwt(times={"not_before": acme.now - 20})
    report = await acme.ask(serve(acme.configuration()).url, acme.chain(user, acme.account_jwt()))
    assert codes(report) == [*NOTHING_CERTAIN, ("jwt-not-yet", False)]
    assert exactly(acme.now - 20) in report.causes[-1].why


async def test_a_user_without_a_jwt_beneath_an_account_with_one_lacks_it_most_likely(
    serve: Serve, acme: Acme
) -> None:
    account = acme.account_jwt()
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(None, account))
    assert codes(report) == [("jwt-missing", False), ("key-unknown", False)]
    assert acme.account.public.text in report.causes[0].why
    assert report.causes[0].fix.endswith(f"nkey-wallet edit {acme.user.public}")


async def test_a_jwt_of_another_key_is_not_shown(serve: Serve, acme: Acme) -> None:
    account = acme.account_jwt()
    with Seed.generate(Kind.USER) as other:
        token = jwt.issue(acme.account, other.public, {"subs": -1}, issued=acme.now)
    report = await acme.ask(serve(acme.configuration(account)).url, acme.chain(token, account))
    assert codes(report) == [("jwt-missing", False), ("key-unknown", False)]
