"""What is told as proved, and what a server merely says. No server is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.chain.makers import ACCOUNT, NOW, OPERATOR, USER, chain
from tests.evidence import evidence_of
from wallet.chain import Chain
from wallet.connection.causes import diagnosis, identity_proof, monitor_proof
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.slowness import SLOW_MS, is_slow
from wallet.connection.causes.verdict import Verdict
from wallet.connection.check.request import Server
from wallet.connection.deployment import answers
from wallet.connection.deployment.comparison import State
from wallet.connection.deployment.node_group import Copy
from wallet.connection.protocol.message import Message
from wallet.connection.protocol.statistics import Monitored
from wallet.connection.protocol.target import Target
from wallet.nats import jwt
from wallet.nats.jwt import Claims
from wallet.nats.jwt_layout import unlimited_account
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.deployment.arrival import AccountOutcome, RevokedUser
from wallet.tasks.deployment.differences import Difference, Differences, compared
from wallet.tasks.deployment.refusals import refusals

URL = "nats://here:4222"
INFO = {"server_id": "N", "version": "2.15.1", "auth_required": True}
TRUSTED = frozenset({OPERATOR.public.text})


def evidence(**seen: Any) -> Evidence:
    return evidence_of(USER.public, URL, at=NOW, **{"info": INFO, **seen})


def issued(at: int, by: Seed = OPERATOR) -> str:
    return jwt.issue(by, ACCOUNT.public, unlimited_account(), issued=at, name="orders")


# --- a check of the key -------------------------------------------------------------------------


@pytest.mark.parametrize("info", [INFO, {**INFO, "auth_required": False}])
@pytest.mark.parametrize(
    "seen", [{"signed": False}, {"forgery_taken": True}], ids=["unsigned", "forged too"]
)
def test_who_is_let_in_without_a_signature_or_with_any_was_not_checked(
    info: dict[str, Any], seen: dict[str, Any]
) -> None:
    assert not identity_proof.is_checked(evidence(let_in=True, info=info, chain=chain(), **seen))


def test_a_forgery_that_is_refused_proves_the_check_and_a_bearer_asks_for_none() -> None:
    assert identity_proof.is_checked(evidence(let_in=True, forgery_taken=False))
    assert identity_proof.is_wanted(evidence(let_in=True))
    bearer = chain({"bearer_token": True})
    assert not identity_proof.is_wanted(evidence(let_in=True, chain=bearer, jwt_shown=True))


def test_an_error_before_the_key_was_shown_is_no_refusal_of_it() -> None:
    error = "maximum connections exceeded"
    assert diagnosis.explain(evidence(error=error))[0] is Verdict.REFUSED
    assert diagnosis.explain(replace(evidence(error=error), login=None))[0] is Verdict.FAILED


def test_a_round_trip_is_slow_only_by_times_and_by_milliseconds() -> None:
    assert is_slow(1.0, 100.0)
    assert not is_slow(1.0, SLOW_MS)  # many times as long, and short
    assert not is_slow(100.0, 200.0)  # much longer, and twice as long
    assert not is_slow(None, 100.0)
    assert not is_slow(1.0, None)


# --- the words of a monitoring ------------------------------------------------------------------


def test_an_accounts_jwt_that_a_server_signed_itself_is_not_the_accounts() -> None:
    with Seed.generate(Kind.OPERATOR) as liar:
        forged = jwt.parse(issued(NOW, by=liar))
    for ours in (chain(), Chain(chain().user, None, chain().operator)):
        monitored = Monitored(f"{URL}:8222", server_id="N", account=forged)
        adopted = monitor_proof.adopt(evidence(chain=ours), monitored)
        assert adopted.testimony is not None
        assert not adopted.testimony.servers_copy
        assert adopted.testimony.chain == ours


# --- answers to a push --------------------------------------------------------------------------


def test_a_push_that_is_answered_with_an_error_was_not_taken() -> None:
    def read(rest: str) -> answers.Accepted | None:
        text = f'{{"server": {{"id": "NABC", "name": "n1"}}, {rest}}}'
        answer = answers.accepted(Message(b"", text.encode()))
        return answer[1] if answer else None

    refused = read('"error": {"code": 500, "description": "jwt validation failed"}')
    assert refused == answers.Accepted(taken=False, words="jwt validation failed")
    both = read('"error": {"description": "no"}, "data": {"code": 200, "message": "done"}')
    assert both == answers.Accepted(taken=False, words="no")
    assert read('"data": {"code": 200, "message": "done"}') == answers.Accepted(True, "done")
    assert read('"data": {"code": 500, "message": "no"}') == answers.Accepted(False, "no")
    assert read('"data": 1') is None


@pytest.mark.parametrize("refused", [True, False, None])
def test_only_who_was_refused_counts_as_refused(refused: bool | None) -> None:
    target = Target.parse(URL)
    user = RevokedUser(USER.public.text, "acme/orders/laptop", target.address, refused)
    account: Any = None  # it is not looked at
    outcome = AccountOutcome(account, State.SAME, users=[user])
    proved = {(USER.public.text, target.url)} if refused else set()
    assert refusals([outcome], [Server(target)]) == proved
    assert refusals([outcome], []) == set()


# --- copies of an account -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "is_strange", "state"),
    [
        (NOW + 1, False, State.NEWER_THERE),
        (NOW, True, State.FOREIGN),
        (NOW - 1, False, State.UNKNOWN),
    ],
)
def test_of_jwts_that_a_server_may_hold_the_gravest_counts(
    at: int, is_strange: bool, state: State
) -> None:
    ours: Claims = jwt.parse(issued(NOW))
    with Seed.generate(Kind.OPERATOR) as stranger:
        other = issued(at, by=stranger if is_strange else OPERATOR)
    copy = Copy(None, known=False, perhaps=(issued(NOW), other))
    assert compared(ours, copy, TRUSTED, ACCOUNT.public.text).state is state


@pytest.mark.parametrize("state", State)
def test_servers_hold_the_same_only_where_each_was_heard_and_does(state: State) -> None:
    same = Difference("acme/orders", ACCOUNT.public.text, State.SAME, "n1")
    other = replace(same, server="n2", state=state)
    assert Differences([same, other]).same is (state is State.SAME)
    assert not Differences([same], silent={"n2": "no answer in time"}).same
