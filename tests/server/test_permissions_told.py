"""What is told of a user's permissions, and what real servers let it do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.jwts import signed
from tests.server.conftest import Lender, Serve, ring
from tests.server.operators import Acme
from wallet.chain import describe
from wallet.chain.order import granted
from wallet.connection.causes import diagnosis
from wallet.connection.check.attempt import opened
from wallet.connection.check.request import Ask, Server
from wallet.connection.check.subject_trials import answers_of
from wallet.connection.protocol.target import Target
from wallet.nats.jwt_layout import unlimited_user

SUBJECTS = ("orders.new", "orders.secret", "other", "_INBOX.a")
RULES: list[dict[str, Any]] = [
    {},
    {"resp": {"max": 1, "ttl": 0}},
    {"resp": {"max": 1, "ttl": 0}, "pub": {"deny": ["other"]}},
    {"resp": {"max": 1, "ttl": 0}, "pub": {"allow": ["orders.>"]}},
    {"resp": {"max": 1, "ttl": 0}, "sub": {"allow": ["orders.>"]}},
    {"pub": {"allow": [], "deny": ["other"]}},
    {"pub": {"allow": []}},
    {"pub": {"allow": None, "deny": ["other"]}},
    {"sub": {"allow": [], "deny": ["other"]}},
    {"sub": {"allow": ["orders.>"], "deny": ["orders.secret"]}},
    {"pub": {"allow": ["orders.*"], "deny": ["orders.secret", "_INBOX.>"]}},
    {"pub": {"deny": [">"]}, "sub": {"allow": ["orders.new"]}},
]


@pytest.mark.parametrize("where", ["its own JWT", "a scope", "the account's defaults"])
async def test_a_server_lets_a_user_do_what_is_told(serve: Serve, where: str) -> None:
    acme = Acme()
    for rules in RULES:
        own: dict[str, Any] = unlimited_user()
        account: dict[str, Any] = {"limits": {"subs": -1, "payload": -1, "conn": -1, "data": -1}}
        signer = acme.account
        if where == "its own JWT":
            own |= rules
        elif where == "a scope":
            own, signer = {"issuer_account": acme.account.public.text}, acme.signer
            account["signing_keys"] = [acme.scope(**rules)]
        else:
            account["default_permissions"] = rules
        tokens = [
            signed(
                by,
                {
                    "sub": key.public.text,
                    "name": "x",
                    "iat": acme.now,
                    "nats": {**nats, "type": kind, "version": 2},
                },
            )
            for by, key, nats, kind in (
                (signer, acme.user, own, "user"),
                (acme.operator, acme.account, account, "account"),
            )
        ]
        chain = acme.chain(*tokens)
        grant = granted(chain)
        server = serve(acme.configuration(tokens[1]))
        asks = [Ask.parse(f"{how}:{subject}") for how in ("pub", "sub") for subject in SUBJECTS]
        keyring = ring(Lender(acme.user), chain)
        target = Target.parse(server.url)
        async with opened(Server(target), acme.user.public, keyring) as attempt:
            answers = await answers_of(attempt, asks, 10)
        assert len(answers) == len(asks), (rules, diagnosis.report_of(attempt.evidence).causes)
        for answer in answers:
            rule = grant.publish if answer.action == "publish" else grant.subscribe
            assert rule.permits(answer.subject) is answer.allowed, (rules, answer)
        told = describe(chain, acme.now)
        for line, action in (("Publish", "publish"), ("Subscribe", "subscribe")):
            nothing = not any(answer.allowed for answer in answers if answer.action == action)
            said = next(text for text in told if text.startswith(line))
            assert said.startswith(f"{line}: nothing") is nothing, (rules, said)
