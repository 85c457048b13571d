"""What was wanted decides whether an answer is a good one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.server.listeners import scripted
from wallet.codes import Code
from wallet.connection.causes.expectation import KeyUnderTest, settle, settle_all
from wallet.connection.causes.report import Cause, Report
from wallet.connection.causes.verdict import Verdict, Wanted, as_wanted, expected, wish_for
from wallet.nats.nkeys import Seed
from wallet.show.verdict_signs import counts, sign_of

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TOMORROW = datetime.now(UTC) + timedelta(days=1)


def test_revoked_expired_and_retired_keys_are_wanted_refused_and_all_others_taken() -> None:
    assert wish_for().wanted is Wanted.TAKEN
    assert wish_for(expires=TOMORROW).wanted is Wanted.TAKEN
    for wish in (wish_for(revoked=True), wish_for(expires=YESTERDAY), wish_for(retired=True)):
        assert wish.wanted is Wanted.REFUSED
    both = wish_for(revoked=True, expires=YESTERDAY)
    assert both.because == "it is revoked and its JWT has expired"
    assert both.reasons == {"jwt-revoked", "jwt-expired"}
    assert not wish_for(revoked=True, retired=True).reasons  # whatever it is refused for is right
    assert expected(Wanted.REFUSED).wanted is Wanted.REFUSED


@pytest.mark.parametrize(
    ("wanted", "verdict", "proved", "fulfilled", "sign"),
    [
        (Wanted.TAKEN, Verdict.ACCEPTED, False, True, "✓"),
        (Wanted.TAKEN, Verdict.REFUSED, True, False, "✗"),
        (Wanted.TAKEN, Verdict.UNCHECKED, False, False, "!"),
        (Wanted.TAKEN, Verdict.FAILED, False, False, "✗"),
        (Wanted.TAKEN, Verdict.UNPROVED, False, None, "!"),
        (Wanted.REFUSED, Verdict.ACCEPTED, False, False, "✗"),
        (Wanted.REFUSED, Verdict.REFUSED, True, True, "✓"),
        (Wanted.REFUSED, Verdict.REFUSED, False, None, "?"),
        (Wanted.REFUSED, Verdict.UNCHECKED, True, False, "✗"),
        (Wanted.REFUSED, Verdict.UNPROVED, True, False, "✗"),
        (Wanted.REFUSED, Verdict.FAILED, True, None, "?"),
    ],
)
def test_only_a_proved_refusal_is_the_refusal_that_was_wanted(
    wanted: Wanted, verdict: Verdict, proved: bool, fulfilled: bool | None, sign: str
) -> None:
    assert as_wanted(wanted, verdict, proved=proved) is fulfilled
    judged = replace(
        report("key", verdict), wish=expected(wanted), proof="proved" if proved else ""
    )
    assert judged.as_wanted is fulfilled
    assert sign_of(judged) == sign


# --- whole reports ----------------------------------------------------------------------------

REVOKED = wish_for(revoked=True)


def report(key: str, verdict: Verdict, *, server: str = "N1", **more: Any) -> Report:
    given: dict[str, Any] = {"refused_key": verdict is Verdict.REFUSED, **more}
    return Report(key, "nats://h:4222", verdict, "", (), (), {"server_id": server}, **given)


SUBJECTS = {
    "gone": KeyUnderTest("acme/orders/gone", "orders", REVOKED),
    "other": KeyUnderTest("acme/orders/other", "orders"),
    "reader": KeyUnderTest("acme/metrics/reader", "metrics"),
}


@pytest.mark.parametrize(
    ("given", "fulfilled"),
    [
        ([report("other", Verdict.ACCEPTED)], True),
        ([report("reader", Verdict.ACCEPTED)], None),  # of another account
        ([report("other", Verdict.ACCEPTED, server="N2")], None),  # at another server
        ([report("other", Verdict.UNCHECKED)], None),  # where anybody is let in
        ([report("other", Verdict.UNPROVED)], None),
        ([report("other", Verdict.REFUSED)], None),
        ([], None),
    ],
)
def test_only_another_user_of_the_account_taken_by_the_same_server_is_a_proof(
    given: list[Report], fulfilled: bool | None
) -> None:
    found = settle_all([report("gone", Verdict.REFUSED), *given], SUBJECTS)
    (gone,) = [one for one in found if one.public == "gone"]
    assert gone.as_wanted is fulfilled
    assert (gone.causes[0].code == "refusal-not-proved") is (fulfilled is None)


@pytest.mark.parametrize(
    "more",
    [
        {"refused_key": False},  # it was full, or gave no nonce
        {"objections": ("jwt-revoked", "jwt-source")},  # refused from here in any case
    ],
)
def test_a_refusal_for_another_reason_is_no_proof(more: dict[str, Any]) -> None:
    gone = report("gone", Verdict.REFUSED, **more)
    found = settle_all([gone, report("other", Verdict.ACCEPTED)], SUBJECTS)
    assert [one.as_wanted for one in found if one.public == "gone"] == [None]


def test_what_is_amiss_comes_first_and_what_is_as_wanted_last() -> None:
    every = [
        report("other", Verdict.ACCEPTED),
        report("gone", Verdict.REFUSED, server="N2"),
        report("gone", Verdict.ACCEPTED),
        report("reader", Verdict.FAILED),
    ]
    found = settle_all(every, SUBJECTS)
    assert [one.as_wanted for one in found] == [False, False, None, True]
    assert [sign_of(one) for one in found] == ["✗", "✗", "?", "✓"]


def test_no_advice_is_given_to_let_a_revoked_key_in() -> None:
    causes = tuple(
        Cause(code, "why", "nkey-wallet allow gone", certain=False)
        for code in (Code.KEY_UNKNOWN, Code.JWT_MISSING, Code.AUTH_CALLOUT, Code.JWT_REVOKED)
    )
    gone = replace(report("gone", Verdict.REFUSED), causes=causes)
    for given in ([gone], [gone, report("other", Verdict.ACCEPTED)]):
        (settled_gone,) = [one for one in settle_all(given, SUBJECTS) if one.public == "gone"]
        assert "allow gone" not in " ".join(cause.fix for cause in settled_gone.causes)


def test_a_count_of_refusals_tells_those_as_expected_from_those_not_proved_why() -> None:
    refused = report("U", Verdict.REFUSED, wish=REVOKED)
    expected, proved = replace(refused, is_explained=True), replace(refused, proof="it takes b")
    numbers = {Verdict.REFUSED: 3}
    told = counts(numbers, [refused, expected, replace(proved, is_explained=True)])[-1]
    assert told.endswith(
        "3 of 3 to be refused were, 1 of them as expected, 1 of them not proved why"
    )
    assert counts(numbers, [proved] * 3)[-1].endswith("3 of 3 to be refused were")


@pytest.mark.parametrize(("answer", "proved"), [
    (b"-ERR 'User Authentication Revoked'\r\n", False),
    (b"PONG\r\n-ERR 'User Authentication Revoked'\r\n", True),
])  # fmt: skip
async def test_a_server_names_a_revocation_only_of_whom_it_had_let_in(
    user: Seed, answer: bytes, proved: bool
) -> None:
    greeting = b'INFO {"server_id":"N","nonce":"abc","auth_required":true}\r\n'
    report = settle(await scripted(user, greeting, answer), REVOKED)
    assert bool(report.proof) is proved
    assert (report.causes[0].code == "refusal-not-proved") is not proved
