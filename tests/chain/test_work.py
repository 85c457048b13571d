"""What a JWT costs to read: no more than its own length, whatever stands in it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import product
from types import FrameType
from typing import Any

import pytest

from tests.chain.makers import ACCOUNT, NOW, OPERATOR, SIGNER, USER
from wallet.chain import Chain, describe, objections
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.inspection import inspect

KEYS = [Seed.generate(Kind.ACCOUNT).public.text for _ in range(400)]
USERS = [Seed.generate(Kind.USER).public.text for _ in range(400)]

Json = dict[str, Any]


def user(**nats: Any) -> Chain:
    token = jwt.issue(ACCOUNT, USER.public, {**unlimited_user(), **nats}, issued=NOW - 60)
    return Chain(user=jwt.parse(token))


def account(**nats: Any) -> Chain:
    said = {**unlimited_account(), **nats}
    return Chain(account=jwt.parse(jwt.issue(OPERATOR, ACCOUNT.public, said, issued=NOW - 60)))


def scoped(template: Json, tags: list[str]) -> Chain:
    key = {"kind": "user_scope", "key": SIGNER.public.text, "role": "r", "template": template}
    above = account(signing_keys=[key]).account
    given = {"issuer_account": ACCOUNT.public.text, "tags": tags}
    own = jwt.issue(SIGNER, USER.public, given, issued=NOW - 60)
    return Chain(user=jwt.parse(own), account=above)


def _allowed_and_denied(n: int) -> Chain:
    return user(pub={"allow": [f"a.{i}" for i in range(n)], "deny": [f"a.{i}" for i in range(n)]})


def _wildcards_that_all_fit(n: int) -> Chain:
    patterns = [".".join(words) + ".x" for words in product(*[["a", "*"]] * 6)]
    allow = [f"a.a.a.a.a.a.{i}" for i in range(n)]
    return user(sub={"allow": allow, "deny": [*patterns, *[f"b.*.{i}" for i in range(n)]]})


def _hours(n: int) -> Chain:
    return user(times=[{"start": f"08:{i // 60 % 60:02}:{i % 60:02}", "end": "08:00:00"}
                       for i in range(n)])  # fmt: skip


def _networks(n: int) -> Chain:
    return user(src=[f"10.{i // 250}.{i % 250}.0/24" for i in range(n)])


def _plain_signing_keys(n: int) -> Chain:
    return account(signing_keys=KEYS[:n])


def _scoped_signing_keys(n: int) -> Chain:
    scope = {"kind": "user_scope", "role": "r", "template": {}, "description": ""}
    return account(signing_keys=[{**scope, "key": key} for key in KEYS[:n]])


def _templates_and_tags(n: int) -> Chain:
    subjects = [f"a.{{{{tag(t)}}}}.{i}" for i in range(n)]
    return scoped({"pub": {"allow": subjects}}, [f"t:{i}" for i in range(n)])


def _templates_that_multiply(n: int) -> Chain:
    subject = "a" + ".{{tag(t)}}" * (n // 20)
    return scoped({"pub": {"allow": [subject]}}, [f"t:{i} x" for i in range(n)])


def _templates_of_many_tags(n: int) -> Chain:
    subjects = [f"a.{{{{tag(t{i})}}}}" for i in range(n)]
    return scoped({"sub": {"allow": subjects}}, [f"t{i}:{i}" for i in range(n)])


def _revocations(n: int) -> Chain:
    return account(revocations=dict.fromkeys(USERS[:n], NOW))


def _exports(n: int) -> Chain:
    return account(exports=[{"subject": f"a.{i}", "type": "stream"} for i in range(n)])


def _exports_of_wildcards(n: int) -> Chain:
    subjects = [f"{a}.{b}.*.{i}" for i in range(n // 4) for a in "a*" for b in "b*"]
    return account(exports=[{"subject": subject, "type": "service"} for subject in subjects])


def _imports(n: int) -> Chain:
    one = {"type": "service", "account": KEYS[0]}
    return account(imports=[{**one, "subject": f"a.{i}"} for i in range(n)])


def _mappings(n: int) -> Chain:
    many = [{"subject": f"b.{i}", "weight": 1} for i in range(n)]
    return account(mappings={"a": many, **{f"c.{i}": [{"subject": "d"}] for i in range(n)}})


TEXTS: list[Callable[[int], Chain]] = [
    _allowed_and_denied,
    _wildcards_that_all_fit,
    _hours,
    _networks,
    _plain_signing_keys,
    _scoped_signing_keys,
    _templates_and_tags,
    _templates_that_multiply,
    _templates_of_many_tags,
    _revocations,
    _exports,
    _exports_of_wildcards,
    _imports,
    _mappings,
]


def steps(work: Callable[[], object]) -> int:
    """Lines of the wallet's own that run, each turn of a loop among them."""
    count = 0

    def line(_frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        if count > 5_000_000:
            raise TimeoutError("it goes on and on")
        return line

    def called(frame: FrameType, _event: str, _: object) -> Any:
        return line if "wallet" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def _everything(chain: Chain) -> None:
    objections(chain, now=NOW, address="127.0.0.1")
    describe(chain, NOW)
    for claims in (chain.user, chain.account):
        if claims:
            inspect(claims.token, now=NOW)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_twice_as_long_costs_about_twice_the_work(text: Callable[[int], Chain]) -> None:
    small, large = text(100), text(200)
    size = [sum(len(claims.token) for claims in (one.user, one.account) if claims)
            for one in (small, large)]  # fmt: skip
    cost = [steps(lambda one=one: _everything(one)) for one in (small, large)]  # type: ignore[misc]
    assert cost[1] <= 1.5 * max(2, size[1] / size[0]) * cost[0], (size, cost)
    assert cost[1] <= 20 * size[1], (size, cost)


@pytest.mark.parametrize("text", TEXTS)
def test_the_longest_texts_are_read_before_anybody_gives_up(text: Callable[[int], Chain]) -> None:
    many = 400 if "keys" in text.__name__ or "revocations" in text.__name__ else 4000
    chain = text(many)
    began = time.monotonic()
    _everything(chain)
    assert time.monotonic() - began < 30  # seconds; on any machine
