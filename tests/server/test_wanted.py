"""What was wanted decides whether an answer is a good one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wallet.connection.verdict import Verdict, Wanted, as_wanted, expected, sign_of, wish_for

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
    assert sign_of(wanted, verdict, fulfilled=fulfilled) == sign
