"""What a chain's objections foretell, and what real servers do: made-up chains, all compared."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from tests.server.conftest import Lender, Serve, ring
from tests.server.operators import Acme
from wallet.chain import Chain, Weight, objections
from wallet.connection.causes.report import Verdict
from wallet.connection.check.attempt import check
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import Target
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, Seed

CHAINS = 120
DAY = 86_400
FAULTS = 0.12  # of each field: some chains are sound, most have one fault or two


@pytest.fixture
def old(program: str | None) -> bool:
    return program is not None


class Maker:
    """Makes chains at random, always the same ones for a number."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)
        self.acme = Acme()
        self.operator = self.acme.operator_jwt(
            signing_keys=[self.acme.operator_signer.public.text],
            strict_signing_key_usage=number % 2 == 1,
        )
        self.now = self.acme.now

    def happens(self) -> bool:
        return self.random.random() < FAULTS

    def pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def chain(self) -> tuple[Seed, Chain]:
        """A user's seed, and its chain."""
        user, account, signer = (
            Seed.generate(kind) for kind in (Kind.USER, Kind.ACCOUNT, Kind.ACCOUNT)
        )
        by = self.pick(account, signer)
        claims = self.user(by is signer)
        if by is signer and not self.happens():
            claims["issuer_account"] = account.public.text
        said = self.account(user, signer)
        issuer = self.pick(self.acme.operator, self.acme.operator_signer, self.acme.operator_signer)
        if self.happens():
            issuer = Seed.generate(Kind.OPERATOR)
        user_token = jwt.issue(
            by, user.public, claims, issued=self.now - 100, name="u1", **self.times()
        )
        account_token = jwt.issue(
            issuer, account.public, said, issued=self.now, name="a1", **self.times()
        )
        return user, Chain(*map(jwt.parse, (user_token, account_token, self.operator)))

    def times(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self.happens():
            made["expires"] = self.now + self.pick(-DAY, -30, DAY, 30 * DAY)
        if self.happens():
            made["not_before"] = self.now + self.pick(-DAY, DAY)
        return made

    def user(self, signed_by_signer: bool) -> dict[str, Any]:
        bare = signed_by_signer and self.random.random() < 0.5
        made: dict[str, Any] = {} if bare else {"subs": -1, "data": -1, "payload": -1}
        if not bare or self.happens():
            made |= self.rules()
        if self.happens():
            made["tags"] = ["team:blue", "team:red"]
        return made

    def rules(self) -> dict[str, Any]:
        hour = time.gmtime(self.now).tm_hour
        made: dict[str, Any] = {}
        if self.happens():
            made["src"] = self.pick(
                ["127.0.0.0/8"], ["10.0.0.0/8"], ["10.0.0.0/8", "127.0.0.1/32"], ["::1/128"], []
            )
        if self.happens():
            # Three hours wide, so that no hour ends between the foretelling and the asking.
            far, near = (hour + 8) % 24, (hour - 1) % 24
            start = self.pick(far, near)
            made["times"] = [{"start": f"{start:02}:00:00", "end": f"{(start + 3) % 24:02}:00:00"}]
            made["times_location"] = "UTC"
        if self.happens():
            made["allowed_connection_types"] = self.pick(
                ["STANDARD"], ["standard", "MQTT"], ["WEBSOCKET"], ["CARRIER_PIGEON"], []
            )
        if self.happens():
            made["bearer_token"] = True
        if self.happens():
            made["pub"] = self.pick(
                {"allow": ["a.>"]}, {"deny": []}, {}, {"deny": ["b.{{name()}}"]}
            )
        if self.happens():
            made["sub"] = self.pick({"allow": ["a.> q"]}, {"allow": ["x y z"]}, {"deny": ["c"]})
        return made

    def account(self, user: Seed, signer: Seed) -> dict[str, Any]:
        numbers = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "leaf"), -1)
        made: dict[str, Any] = {"limits": {**numbers, "conn": -1, "wildcards": True}}
        template = self.rules()
        if self.happens():
            template["pub"] = self.pick(
                {"deny": ["t.{{tag(team)}}"]}, {"allow": ["t.{{tag(team)}}"]}, {"deny": ["{{x()}}"]}
            )
        scope = {
            "kind": "user_scope",
            "key": signer.public.text,
            "role": "r",
            "template": template,
        }
        if not self.happens():
            made["signing_keys"] = [self.pick(scope, signer.public.text)]
        if self.happens():
            made["limits"]["disallow_bearer"] = True
        if self.happens():
            made["limits"]["conn"] = 0
        if self.happens():
            at = self.now + self.pick(-200, -100, 0)
            made["revocations"] = {self.pick(user.public.text, "*"): at}
        if self.happens():
            made["limits"]["exports"] = 0
            made["exports"] = [{"name": "x", "subject": "x", "type": "stream"}]
        return made


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_servers_refuse_what_is_objected_to_and_nothing_else(
    serve: Serve, old: bool, number: int
) -> None:
    maker = Maker(number)
    made = [maker.chain() for _ in range(CHAINS)]
    accounts = [chain.account.token for _, chain in made if chain.account]
    system = maker.acme.account_jwt(of=maker.acme.system, by=maker.acme.operator_signer)
    configuration = maker.acme.configuration(*accounts, operator=maker.operator)
    server = serve(
        configuration.replace(
            f"{maker.acme.system.public}: {maker.acme.account_jwt(of=maker.acme.system)}",
            f"{maker.acme.system.public}: {system}",
        )
    )
    target = Target.parse(server.url)
    outcomes = []
    for user, chain in made:
        foretold = objections(
            chain, now=time.time(), address="127.0.0.1", server=(2, 9, 10) if old else None
        )
        refusals: set[str] = {each.code for each in foretold if each.weight is Weight.REFUSED}
        if any(each.code == "jwt-account-unknown" for each in foretold):
            refusals.add("jwt-account-unknown")  # no other account is known to this server
        report = await check(Server(target), user.public, ring(Lender(user), chain))
        refused = report.verdict is Verdict.REFUSED
        assert report.verdict in {Verdict.ACCEPTED, Verdict.REFUSED}
        assert refused is bool(refusals), (refusals, report.causes, chain.user, chain.account)
        if refused:
            assert report.causes[0].code in refusals
        outcomes.append(refused)
    # Or else the comparison would not see anything.
    assert 0.2 < sum(outcomes) / CHAINS < 0.97
