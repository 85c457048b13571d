"""When a refusal is that of a revocation, what is said where it is not known, and what comes first.

A false “that is right” would let a person believe that a key is shut out which is not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wallet.codes import Code
from wallet.connection.causes.expectation import settle
from wallet.connection.causes.report import Cause, Report
from wallet.connection.causes.verdict import TAKEN, Verdict, Wanted, Wish

REVOKED = Wish(Wanted.REFUSED, "it is revoked", frozenset({Code.JWT_REVOKED}))
EXPIRED = Wish(Wanted.REFUSED, "its JWT has expired", frozenset({Code.JWT_EXPIRED}))
RETIRED = Wish(Wanted.REFUSED, "it is retired")
OWN_COPY = "the account's JWT as the server has it was looked at, and shuts it out"


def cause(code: Code, *, certain: bool = True) -> Cause:
    return Cause(code, f"Why: {code}.", f"Mend {code}.", certain=certain)


def refused(*causes: Cause, **more: Any) -> Report:
    """A report of a server that did not take what was shown."""
    given = {"refused_key": True, **more}
    summary = "The server refused it."
    return Report("U", "nats://h:1", Verdict.REFUSED, summary, (), causes, {}, **given)


@pytest.mark.parametrize(
    ("wish", "objections", "servers_copy", "proved"),
    [
        (REVOKED, (Code.JWT_REVOKED,), True, True),
        (REVOKED, (Code.JWT_REVOKED,), False, False),
        (REVOKED, (), True, False),
        (REVOKED, (Code.JWT_EXPIRED,), True, False),
        (REVOKED, (Code.JWT_REVOKED, Code.JWT_SOURCE), True, False),
        (RETIRED, (Code.JWT_EXPIRED,), True, True),
        (RETIRED, (Code.JWT_EXPIRED,), False, False),
        (RETIRED, (), True, False),
    ],
)
def test_the_servers_own_copy_proves_a_refusal_that_it_is_the_only_reason_for(
    wish: Wish, objections: tuple[Code, ...], servers_copy: bool, proved: bool
) -> None:
    settled = settle(refused(objections=objections, servers_copy=servers_copy), wish)
    assert settled.proof == (OWN_COPY if proved else "")
    assert settled.as_wanted is (True if proved else None)


def test_a_server_that_names_the_reason_itself_proves_it() -> None:
    ended = refused(cause(Code.JWT_EXPIRED), refused_key=False, named=Code.JWT_EXPIRED)
    settled = settle(ended, EXPIRED)
    assert settled.as_wanted is True
    assert "it named that itself" in settled.causes[0].why
    assert Code.REFUSAL_NOT_PROVED not in [one.code for one in settled.causes]
    assert settle(ended, REVOKED).as_wanted is None
    assert settle(ended, RETIRED).as_wanted is None


@pytest.mark.parametrize("from_experiment", [False, True])
def test_another_user_who_is_taken_proves_it_only_of_a_key_that_was_judged(
    from_experiment: bool,
) -> None:
    taken = "it takes laptop"
    for judged in (True, False):
        report = refused(refused_key=judged, proof=taken if from_experiment else "")
        settled = settle(report, REVOKED, "" if from_experiment else taken)
        assert settled.as_wanted is (True if judged else None)
        assert ("did not judge the key" in settled.causes[0].why) is not judged


def test_who_would_be_refused_in_any_case_proves_nothing_and_is_told_so() -> None:
    report = refused(objections=(Code.JWT_SOURCE,), servers_copy=True)
    settled = settle(report, REVOKED, "it takes laptop")
    assert settled.as_wanted is None
    assert f"would refuse it from here in any case ({Code.JWT_SOURCE})" in settled.causes[0].why


def test_an_expired_jwt_says_first_how_to_renew_it_where_it_is_certain() -> None:
    certain, doubtful = cause(Code.JWT_EXPIRED), cause(Code.JWT_EXPIRED, certain=False)
    codes = [one.code for one in settle(refused(certain), EXPIRED).causes]
    assert codes == [Code.JWT_EXPIRED, Code.REFUSAL_NOT_PROVED]
    assert settle(refused(certain), EXPIRED).causes[0].fix == certain.fix
    for report, wish in ((refused(doubtful), EXPIRED), (refused(cause(Code.JWT_REVOKED)), REVOKED)):
        first, second = settle(report, wish).causes
        assert first.code is Code.REFUSAL_NOT_PROVED
        assert second.code in wish.reasons
        assert "Mend" not in second.fix, "nobody is to let it in again"


def test_what_proves_it_is_told_with_its_own_reason_where_that_is_certain() -> None:
    (only,) = settle(refused(cause(Code.JWT_REVOKED)), REVOKED, "it takes laptop").causes
    assert (only.code, only.certain) == (Code.JWT_REVOKED, True)
    assert only.why.startswith("Why: ")
    (only,) = settle(refused(cause(Code.JWT_REVOKED, certain=False)), REVOKED, "it takes x").causes
    assert "Why: " not in only.why
    (only,) = settle(refused(), REVOKED, "it takes laptop").causes
    assert only.code is Code.AS_WANTED


def test_of_a_server_that_was_not_reached_it_is_not_known() -> None:
    report = replace(refused(), verdict=Verdict.FAILED)
    settled = settle(report, REVOKED)
    assert settled.as_wanted is None
    assert settled.summary.endswith("Whether it is refused is not known.")
    assert settle(report, TAKEN).summary == report.summary
    assert settle(report, TAKEN).as_wanted is False


def test_a_revoked_key_that_is_let_in_says_so_first() -> None:
    revoked, other = cause(Code.JWT_REVOKED), cause(Code.AUTH_CALLOUT, certain=False)
    accepted = replace(refused(other, revoked), verdict=Verdict.ACCEPTED)
    settled = settle(accepted, REVOKED)
    assert [one.code for one in settled.causes] == [Code.NOT_REFUSED, Code.AUTH_CALLOUT]
    assert settled.causes[0].certain
    assert settled.causes[0].fix == revoked.fix
    assert settled.as_wanted is False
    unchecked = replace(accepted, verdict=Verdict.UNCHECKED)
    codes = [one.code for one in settle(unchecked, REVOKED).causes]
    assert codes == [Code.AUTH_CALLOUT, Code.JWT_REVOKED]
    codes = [one.code for one in settle(replace(unchecked, causes=(other,)), REVOKED).causes]
    assert codes == [Code.AUTH_CALLOUT]
