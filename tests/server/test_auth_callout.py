"""Servers that leave it to a service who is let in, and as whom: auth callout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.server.callout import Asked, anybody, callout, nobody, whoever_signed
from tests.server.conftest import Serve, ask, codes
from tests.server.operators import Acme
from wallet.connection.causes.expectation import KeyUnderTest, settle, settle_all
from wallet.connection.causes.experiment_results import ExperimentCode, KnownGood, applied
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.causes.verdict import wish_for
from wallet.connection.check.experiments import Experiment, ExperimentSetup, run
from wallet.connection.check.request import Keyring, Server
from wallet.connection.protocol.target import Target
from wallet.nats import jwt
from wallet.nats.creds import write_creds
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed

BESIDE = Experiment(ExperimentCode.KNOWN_GOOD_KEY, "", "")
pytestmark = pytest.mark.newer_server("auth callout came with 2.10")


class Lists:
    """A server that lists the key of its service, and asks it about everybody else."""

    def __init__(self) -> None:
        self.issuer, self.service = Seed.generate(Kind.ACCOUNT), Seed.generate(Kind.USER)

    def configuration(self, *listed: Seed) -> str:
        users = ", ".join(f"{{ nkey: {seed.public} }}" for seed in listed)
        return (
            f"accounts {{ AUTH {{ users = [ {{ nkey: {self.service.public} }} ] }}\n"
            f"APP {{ users = [ {users} ] }} }}\n"
            f"authorization {{ auth_callout {{ issuer: {self.issuer.public}, account: AUTH, "
            f"auth_users: [ {self.service.public} ] }} }}\n"
        )


@pytest.fixture(autouse=True)
def patient_servers() -> None:
    """Leave the servers their two seconds: they are what a callout that is silent is told by."""


@pytest.fixture
def lists() -> Iterator[Lists]:
    made = Lists()
    yield made
    made.issuer.wipe()
    made.service.wipe()


def speaks_of_no_auth_user(report: Report) -> bool:
    return any("no_auth_user" in f"{cause.why} {cause.fix}" for cause in report.causes)


async def test_a_callout_that_checks_the_key_takes_it_under_a_name_of_its_own(
    serve: Serve, user: Seed, lists: Lists
) -> None:
    url = serve(lists.configuration()).url
    decide = whoever_signed("clerk")
    async with callout(url, lists.issuer, decide, user=lists.service, place="APP") as asked:
        report = await ask(url, user)
    assert report.verdict is Verdict.ACCEPTED
    assert "clerk" in report.summary
    assert codes(report) == [("auth-callout", True)]
    assert not speaks_of_no_auth_user(report)
    assert len(asked) == 2  # the second with a signature of another, which it refused


@pytest.mark.parametrize("name", ["clerk", ""])
@pytest.mark.parametrize("listed", [False, True])
async def test_a_callout_that_takes_anybody_has_not_checked_the_key(
    serve: Serve, user: Seed, lists: Lists, name: str, listed: bool
) -> None:
    url = serve(lists.configuration(*[user] * listed)).url
    async with callout(url, lists.issuer, anybody(name), user=lists.service, place="APP"):
        report = await ask(url, user)
    assert report.verdict is Verdict.UNCHECKED
    assert codes(report)[0] == ("accepted-as-other", True)
    assert "auth_callout" in report.causes[0].why
    assert not speaks_of_no_auth_user(report)


async def test_a_jwt_that_such_a_server_does_not_look_at_proves_nothing(
    serve: Serve, lists: Lists, acme: Acme
) -> None:
    url = serve(lists.configuration(acme.user)).url
    chain = acme.chain(acme.user_jwt(), acme.account_jwt())
    async with callout(url, lists.issuer, anybody(""), user=lists.service, place="APP"):
        report = await acme.ask(url, chain)
    assert report.verdict is Verdict.UNCHECKED


async def test_a_callout_that_refuses_is_thought_of(serve: Serve, user: Seed, lists: Lists) -> None:
    url = serve(lists.configuration()).url
    async with callout(url, lists.issuer, nobody, user=lists.service, place="APP"):
        report = await ask(url, user)
    assert report.verdict is Verdict.REFUSED
    assert report.causes[-1].code == "auth-callout"


@pytest.mark.parametrize("listens", [False, True])
async def test_a_callout_that_does_not_answer_is_the_likeliest_where_the_server_took_its_time(
    serve: Serve, user: Seed, lists: Lists, listens: bool
) -> None:
    url = serve(lists.configuration()).url
    if listens:
        how = callout(url, lists.issuer, nobody, user=lists.service, place="APP", answers=False)
        async with how:
            report = await ask(url, user, timeout=10)
    else:
        report = await ask(url, user, timeout=10)
    assert report.verdict is Verdict.REFUSED
    assert codes(report)[0] == ("auth-callout", False)
    assert "did not answer" in report.causes[0].why


@pytest.fixture
def acme() -> Iterator[Acme]:
    made = Acme()
    yield made
    made.wipe()


@pytest.fixture
def delegating(acme: Acme, tmp_path: Path) -> tuple[Acme, str, str]:
    """Its account leaves who is let in to a service: the account's JWT, and the service's creds."""
    with Seed.generate(Kind.USER) as service:
        account = acme.account_jwt(authorization={"auth_users": [service.public.text]})
        token = jwt.issue(acme.account, service.public, unlimited_user(), issued=acme.now)
        creds = tmp_path / "service.creds"
        creds.write_bytes(bytes(write_creds(token, service)))
    return acme, account, str(creds)


async def test_under_an_operator_a_callout_that_checks_the_key_is_told_with_the_account(
    serve: Serve, delegating: tuple[Acme, str, str]
) -> None:
    acme, account, creds = delegating
    url = serve(acme.configuration(account)).url
    chain = acme.chain(acme.user_jwt(), account)
    async with callout(url, acme.account, whoever_signed("clerk"), creds=creds):
        report = await acme.ask(url, chain)
    assert report.verdict is Verdict.ACCEPTED
    assert codes(report)[0] == ("auth-callout", True)
    assert not speaks_of_no_auth_user(report)
    # There the server checks the signature itself, before it asks.
    for name in ("clerk", ""):
        async with callout(url, acme.account, anybody(name), creds=creds):
            report = await acme.ask(url, chain)
        assert report.verdict is Verdict.ACCEPTED, name


async def test_under_an_operator_the_account_that_is_held_says_who_decides(
    serve: Serve, delegating: tuple[Acme, str, str]
) -> None:
    acme, account, creds = delegating
    url = serve(acme.configuration(account)).url
    async with callout(url, acme.account, nobody, creds=creds):
        report = await acme.ask(url, acme.chain(acme.user_jwt(), account))
    assert report.verdict is Verdict.REFUSED
    assert codes(report)[0] == ("auth-callout", False)
    assert "orders" in report.causes[0].why
    without = await acme.ask(url, acme.chain(acme.user_jwt(), account))
    assert codes(without)[0] == ("auth-callout", False)


@pytest.mark.parametrize("name", ["clerk", ""], ids=["named by the service", "by its own key"])
@pytest.mark.parametrize("by_experiment", [False, True])
async def test_a_refusal_of_a_service_proves_no_revocation_though_it_takes_another(
    serve: Serve, delegating: tuple[Acme, str, str], name: str, by_experiment: bool
) -> None:
    """The server has the account's JWT of before; its service knows nothing of this user."""
    acme, account, creds = delegating
    gone = acme.user.public.text
    auth_users = jwt.parse(account).nats["authorization"]
    revoking = acme.account_jwt(authorization=auth_users, revocations={gone: acme.now + 1})
    url = serve(acme.configuration(account)).url
    with Seed.generate(Kind.USER) as other:
        token = jwt.issue(acme.account, other.public, unlimited_user(), issued=acme.now)
        keys = {
            gone: KeyUnderTest("gone", "orders", wish_for(revoked=True)),
            other.public.text: KeyUnderTest("other", "orders"),
        }
        seeds = {gone: acme.user, other.public.text: other}
        chains = {
            gone: acme.chain(acme.user_jwt(), revoking),
            other.public.text: acme.chain(token, revoking),
        }
        keyring = Keyring(
            lambda key: Seed.from_raw(Kind.USER, seeds[key.text].raw), lambda key: chains[key.text]
        )

        def decides(asked: Asked) -> str | None:
            return name if asked["connect_opts"].get("nkey") == other.public.text else None

        async with callout(url, acme.account, decides, creds=creds):
            refused = replace(await acme.ask(url, chains[gone]), wish=keys[gone].wish)
            assert refused.verdict is Verdict.REFUSED
            if by_experiment:
                good = KnownGood(other.public, "other", None, has_jwt=True, same_account=True)
                server = Server(Target.parse(url))
                setup = ExperimentSetup(server, acme.user.public, keyring, good)
                finding = await run(BESIDE, refused, setup)
                judged = settle(applied(refused, finding), refused.wish)
            else:
                taken = await ask(url, other, chain=chains[other.public.text], timeout=10)
                assert taken.ok
                judged = next(
                    one for one in settle_all([refused, taken], keys) if one.public == gone
                )
    assert judged.as_wanted is None, judged
    assert judged.causes[0].code == "refusal-not-proved"
    assert "auth_callout" in judged.causes[0].why


async def test_a_full_resolver_that_lacks_the_account_is_the_likeliest_where_it_took_its_time(
    serve: Serve, acme: Acme, tmp_path: Path
) -> None:
    full = f'resolver {{ type: full, dir: "{tmp_path}", timeout: "1.9s" }}'
    configuration = acme.configuration()
    assert "resolver: MEMORY" in configuration
    url = serve(configuration.replace("resolver: MEMORY", full)).url
    report = await acme.ask(url, acme.chain(acme.user_jwt(), acme.account_jwt()))
    assert report.verdict is Verdict.REFUSED
    assert codes(report)[0] == ("jwt-account-unknown", False)
    assert "asks other servers for the account's JWT" in report.causes[0].why
    (service,) = [cause for cause in report.causes if cause.code == "auth-callout"]
    assert service.why.startswith("Or ")
