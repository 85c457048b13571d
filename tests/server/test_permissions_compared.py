"""What generated users may do is what a real server lets them, in a list and with JWTs."""

from __future__ import annotations

import random

import pytest

from tests.chain.makers import chain
from tests.compare import permissions
from tests.compare.client import Client
from wallet.chain.grants import Rule
from wallet.chain.order import granted
from wallet.chain.permission import Use, listed
from wallet.nats.client_snippets import NamedKey
from wallet.nats.config.writer import ConfiguredUser, authorization
from wallet.nats.nkeys import Kind, Seed


def test_generated_users_may_do_what_a_server_lets_them() -> None:
    seed = random.randrange(1 << 32)
    assert permissions.compare(30, seed) == [], f"seed {seed}"


@pytest.mark.parametrize(
    ("rule", "subject", "queue", "wanted"),
    [
        (Rule(("a.> q",)), "a.b", "", False),
        (Rule(("a.> q",)), "a.b", "q", True),
        (Rule(("a.> q",)), "a.b", "r", False),
        (Rule(("a.>", "a.> q")), "a.b", "r", False),
        (Rule(("a.>", "b q")), "a.b", "r", True),
        (Rule(("a.> q.*",)), "a.b", "q.r", True),
        (Rule((), ("a.> q",)), "a.b", "", True),
        (Rule((), ("a.> q",)), "a.b", "q", False),
        (Rule((), ("a.> q",)), "a.b", "r", True),
        # A subscription as a whole: * stands for a > too.
        (Rule(("a.*",)), "a.>", "", True),
        (Rule((), ("*",)), ">", "", False),
        (Rule(("a.*",)), "a.b.c", "", False),
    ],
)
def test_a_rule_about_a_queue_is_about_that_queue_alone(
    rule: Rule, subject: str, queue: str, wanted: bool
) -> None:
    assert rule.permits(subject, queue) is wanted


def test_of_a_tag_not_in_lower_case_a_server_takes_the_whole_for_its_name() -> None:
    allow = ["{{tag(t)}}.x", "{{TAG(t)}}.y", "{{Account-Tag(t)}}.z"]
    found = granted(chain({"tags": ["t:a"]}, {"tags": ["t:b"]}, scope={"sub": {"allow": allow}}))
    assert found.subscribe.allow == ("a.x",)


def test_who_may_publish_nothing_by_a_jwt_may_publish_nothing_in_a_list() -> None:
    with Seed.generate(Kind.USER) as seed:
        key = NamedKey(seed.public.text, "")
    text = authorization([ConfiguredUser(key, {"pub": {"allow": [], "deny": ["a"]}})])
    assert 'publish { deny: [">"] }' in text
    # What is subscribed to is another matter: an empty list says nothing there.
    text = authorization([ConfiguredUser(key, {"sub": {"allow": [], "deny": ["a"]}})])
    assert 'subscribe { deny: ["a"] }' in text


def test_a_subscription_with_wildcards_is_told_with_what_does_not_reach_it() -> None:
    fields = {"sub": {"allow": ["a.>"], "deny": ["a.x", "a.*.y", "b.>"]}}
    answer = listed(fields, Use("a.>", publish=False))
    assert answer.may
    assert answer.conditions == ("Messages to a.x, a.*.y do not reach it (sub.deny).",)
    with Seed.generate(Kind.USER) as user, Seed.generate(Kind.USER) as other:
        users = [
            ConfiguredUser(NamedKey(user.public.text, ""), fields),
            ConfiguredUser(NamedKey(other.public.text, ""), {}),
        ]
        with permissions.running(authorization(users), []) as (url, _):
            one, publisher = Client(url, user), Client(url, other)
            heard = one.heard(publisher, "a.>", ["a.x", "a.z", "a.b.y", "a.b.z", "b.c"])
            one.close()
            publisher.close()
    assert heard == ["a.z", "a.b.z"]
