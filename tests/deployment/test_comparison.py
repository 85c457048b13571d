"""Two JWTs of an account: which is to stay, and which may follow the other."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from wallet.connection.deployment.comparison import Comparison, State, compare
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account
from wallet.nats.nkeys import Kind, Seed

NOW = 1_800_000_000
OPERATOR, STRANGER, FORMER = (Seed.generate(Kind.OPERATOR) for _ in range(3))
ACCOUNT = Seed.generate(Kind.ACCOUNT).public
OTHER_ACCOUNT = Seed.generate(Kind.ACCOUNT).public
USERS = [Seed.generate(Kind.USER).public.text for _ in range(2)]
TRUSTED = frozenset({OPERATOR.public.text, FORMER.public.text})


def issued(at: int = NOW, by: Seed = OPERATOR, about: Any = ACCOUNT, **nats: Any) -> str:
    return jwt.issue(by, about, {**unlimited_account(), **nats}, issued=at, name="orders")


def stand(ours: str | None, theirs: str) -> Comparison:
    return compare(jwt.parse(ours) if ours else None, theirs, TRUSTED, ACCOUNT.text)


def revoking(*users: str, until: int = NOW) -> dict[str, Any]:
    return {"revocations": dict.fromkeys(users, until)}


@pytest.mark.parametrize(
    ("ours", "theirs", "state"),
    [
        (issued(), issued(), State.SAME),
        (issued(NOW + 1), issued(), State.NEWER_HERE),
        (issued(), issued(NOW + 1), State.NEWER_THERE),
        (issued(), issued(description="another"), State.UNLIKE),
        (issued(), issued(NOW - 1, by=STRANGER), State.FOREIGN),
        (issued(), issued(NOW + 1, by=STRANGER), State.FOREIGN),
        (issued(), issued(NOW - 1, by=FORMER), State.NEWER_HERE),
        (issued(), issued(about=OTHER_ACCOUNT), State.UNLIKE),
        (None, issued(), State.ONLY_THERE),
        (None, issued(by=STRANGER), State.FOREIGN),
        (issued(), "no JWT at all", State.UNLIKE),
        (issued(), "", State.UNLIKE),
    ],
)
def test_the_state_is_of_the_issue_and_the_operator(
    ours: str | None, theirs: str, state: State
) -> None:
    assert stand(ours, theirs).state is state


@pytest.mark.parametrize(
    ("here", "there", "state"),
    [
        ((), USERS[:1], State.UNLIKE),
        (USERS[:1], USERS, State.UNLIKE),
        (USERS, USERS[:1], State.NEWER_HERE),
        (["*"], USERS, State.NEWER_HERE),
        (USERS, ["*"], State.UNLIKE),
    ],
)
def test_a_later_issue_that_would_undo_a_revocation_is_no_successor(
    here: list[str], there: list[str], state: State
) -> None:
    ours, theirs = issued(NOW + 1, **revoking(*here)), issued(NOW, **revoking(*there))
    assert stand(ours, theirs).state is state


def test_a_revocation_for_a_shorter_time_counts_as_none() -> None:
    theirs = issued(NOW, **revoking(USERS[0], until=NOW))
    assert stand(issued(NOW + 1, **revoking(USERS[0], until=NOW - 1)), theirs).state is State.UNLIKE
    later = issued(NOW + 1, **revoking(USERS[0], until=NOW + 1))
    assert stand(later, theirs).state is State.NEWER_HERE


@pytest.mark.parametrize("late", [0, 100])
def test_only_what_revokes_more_and_says_the_same_may_follow(late: int) -> None:
    theirs = issued(NOW + late, **revoking(USERS[0]))
    assert stand(issued(NOW, **revoking(*USERS)), theirs).overtaken == NOW + late
    assert stand(issued(NOW, **revoking(*USERS), description="x"), theirs).overtaken == 0
    assert stand(issued(NOW, **revoking(USERS[1])), theirs).overtaken == 0
    assert stand(issued(NOW, **revoking(USERS[0]), description="x"), theirs).overtaken == 0


def test_what_says_the_same_later_is_not_signed_anew_for_nothing() -> None:
    one = stand(issued(), issued(NOW + 5))
    assert (one.state, one.overtaken) == (State.NEWER_THERE, 0)
    assert "saying the same" in one.why


def test_an_altered_jwt_is_none_to_compare_with() -> None:
    header, payload, signature = issued(NOW - 1).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["iat"] = NOW + 9
    altered = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    one = stand(issued(), f"{header}.{altered}.{signature}")
    assert (one.state, one.says_more, one.overtaken) == (State.UNLIKE, False, 0)
