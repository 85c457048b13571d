"""What another key tells at servers with an operator, and of JWTs at servers without one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.server.conftest import Serve, knows
from tests.server.listeners import jwt
from wallet.chain import Chain
from wallet.connection.causes.experiment_results import ExperimentCode, Finding, KnownGood
from wallet.connection.causes.report import Report, Verdict
from wallet.connection.check.attempt import check
from wallet.connection.check.experiments import ExperimentSetup, experiments_for, run
from wallet.connection.check.request import Keyring, Server
from wallet.connection.protocol.target import Target
from wallet.nats.jwt import decode
from wallet.nats.nkeys import Kind, PublicKey, Seed

UNLIMITED = {"subs": -1, "data": -1, "payload": -1}


@dataclass
class Tenant:
    """An account with the JWTs of two users, as a vault holds them."""

    operator: Seed
    account: Seed
    users: tuple[Seed, Seed]

    def chain(self, user: Seed) -> Chain:
        return Chain(
            decode(jwt(self.account, user, "user", **UNLIMITED)),
            decode(jwt(self.operator, self.account, "account")),
            decode(jwt(self.operator, self.operator, "operator")),
        )


def tenant(operator: Seed) -> Tenant:
    users = Seed.generate(Kind.USER), Seed.generate(Kind.USER)
    return Tenant(operator, Seed.generate(Kind.ACCOUNT), users)


@pytest.fixture
def operator() -> Seed:
    return Seed.generate(Kind.OPERATOR)


@pytest.fixture
def orders(operator: Seed) -> Tenant:
    return tenant(operator)


def deployed(operator: Seed, *accounts: str) -> str:
    """A server's configuration with the JWTs of these accounts."""
    preloaded = "\n".join(f"{decode(token).subject}: {token}" for token in accounts)
    return (
        f"operator: {jwt(operator, operator, 'operator')}\nresolver: MEMORY\n"
        f"resolver_preload: {{\n{preloaded}\n}}\n"
    )


async def with_another_key(
    url: str,
    refused: Seed,
    good: Seed,
    chains: dict[str, Chain],
    *,
    same_account: bool = False,
) -> tuple[Report, Finding]:
    """Check the one, see it refused, and make the experiment with the other."""
    seeds = {seed.public.text: seed for seed in (refused, good)}

    def open_seed(key: PublicKey) -> Seed:
        seed = seeds[key.text]
        return Seed.from_raw(seed.kind, seed.raw)

    def chain_of(key: PublicKey) -> Chain | None:
        return chains.get(key.text)

    server, keyring = Server(Target.parse(url)), Keyring(open_seed, chain_of)
    public = refused.public
    report = await check(server, public, keyring)
    assert report.verdict is Verdict.REFUSED
    known = KnownGood(
        good.public,
        "acme/orders/good",
        datetime.now(UTC),
        has_jwt=good.public.text in chains,
        same_account=same_account,
    )
    setup = ExperimentSetup(server, public, keyring, known)
    first = experiments_for(report, known)[0]
    assert first.code is ExperimentCode.KNOWN_GOOD_KEY
    return report, await run(first, report, setup)


def codes(found: Report | Finding) -> list[str]:
    return [cause.code for cause in found.causes]


@pytest.mark.newer_server("it takes $SYS.REQ.USER.INFO, which came with 2.10")
async def test_a_key_of_another_account_tells_that_the_server_goes_by_jwts(
    serve: Serve, operator: Seed, orders: Tenant
) -> None:
    unknown = tenant(operator)
    url = serve(deployed(operator, jwt(operator, orders.account, "account"))).url
    user, good = unknown.users[0], orders.users[0]
    chains = {user.public.text: unknown.chain(user), good.public.text: orders.chain(good)}
    report, finding = await with_another_key(url, user, good, chains)
    assert codes(report)[:2] == ["jwt-account-unknown", "key-unknown"]
    assert codes(finding)[0] == "jwt-account-unknown"
    assert "key-unknown" not in codes(finding)
    assert finding.settled


@pytest.mark.newer_server("it takes $SYS.REQ.USER.INFO, which came with 2.10")
async def test_a_key_of_the_same_account_tells_that_the_server_knows_the_account(
    serve: Serve, operator: Seed, orders: Tenant
) -> None:
    user, good = orders.users
    revoking = {user.public.text: int(time.time()) + 60}
    account = jwt(operator, orders.account, "account", revocations=revoking)
    chains = {one.public.text: orders.chain(one) for one in orders.users}
    url = serve(deployed(operator, account)).url
    report, finding = await with_another_key(url, user, good, chains, same_account=True)
    assert "jwt-account-unknown" in codes(report)
    assert "jwt-account-unknown" not in codes(finding)
    assert "key-unknown" not in codes(finding)
    assert "jwt-revoked" in codes(finding)
    assert not any(cause.certain for cause in finding.causes)


@pytest.mark.newer_server("it takes $SYS.REQ.USER.INFO, which came with 2.10")
async def test_a_bare_key_at_a_server_with_an_operator_certainly_lacks_its_jwt(
    serve: Serve, operator: Seed, orders: Tenant, user: Seed
) -> None:
    good = orders.users[0]
    url = serve(deployed(operator, jwt(operator, orders.account, "account"))).url
    chains = {good.public.text: orders.chain(good)}
    report, finding = await with_another_key(url, user, good, chains)
    assert not any(cause.certain for cause in report.causes)
    assert [(cause.code, cause.certain) for cause in finding.causes] == [("jwt-missing", True)]
    assert user.public.text in finding.causes[0].why


async def test_a_bare_key_that_is_taken_tells_that_the_jwt_is_not_looked_at(
    serve: Serve, orders: Tenant, user: Seed
) -> None:
    refused = orders.users[0]
    chains = {refused.public.text: orders.chain(refused)}
    report, finding = await with_another_key(serve(knows(user)).url, refused, user, chains)
    assert codes(report)[0] == "jwt-account-unknown"
    assert codes(finding) == ["key-unknown"]
    assert refused.public.text in finding.causes[0].why


@pytest.mark.newer_server("default_sentinel came with 2.11")
async def test_a_key_that_anybody_is_taken_for_tells_nothing(
    serve: Serve, operator: Seed, orders: Tenant, user: Seed
) -> None:
    """The default_sentinel takes every bare key, so it is no proof of the good one."""
    bearer = jwt(orders.account, Seed.generate(Kind.USER), "user", bearer_token=True, **UNLIMITED)
    configuration = deployed(operator, jwt(operator, orders.account, "account"))
    unknown = tenant(operator)
    refused = unknown.users[0]
    report, finding = await with_another_key(
        serve(f'{configuration}default_sentinel: "{bearer}"\n').url,
        refused,
        user,
        {refused.public.text: unknown.chain(refused)},
    )
    assert finding.causes == report.causes
    assert not finding.settled


async def test_a_server_that_does_not_tell_leaves_all_causes_where_both_have_jwts(
    serve: Serve, operator: Seed, orders: Tenant, program: str | None
) -> None:
    unknown = tenant(operator)
    url = serve(deployed(operator, jwt(operator, orders.account, "account"))).url
    user, good = unknown.users[0], orders.users[0]
    chains = {user.public.text: unknown.chain(user), good.public.text: orders.chain(good)}
    report, finding = await with_another_key(url, user, good, chains)
    assert (finding.causes == report.causes) is (program is not None)
    assert finding.settled is (program is None)
