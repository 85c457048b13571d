"""What is not claimed of a connection where it is not known. No server is needed.

A certain cause that is wrong sends a person the wrong way; a check that was not made and is told as
made lets them believe that a key is in use, or shut out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chain.makers import ACCOUNT, NOW, OPERATOR, USER, chain
from tests.evidence import evidence_of
from wallet.chain import Chain
from wallet.codes import Code
from wallet.connection.causes import chains, diagnosis, identity_proof, monitor_proof
from wallet.connection.causes.evidence import Evidence, Probe
from wallet.connection.causes.expectation import settle
from wallet.connection.causes.report import Cause, Report, Stage, StageResult
from wallet.connection.causes.verdict import Verdict, Wanted, Wish, wish_for
from wallet.connection.protocol.failure import Failure, FailureKind
from wallet.connection.protocol.server_info import Identity
from wallet.connection.protocol.statistics import Monitored
from wallet.nats import jwt
from wallet.nats.nkeys import Kind, Seed

INFO = {"server_id": "N", "version": "2.15.1", "auth_required": True}
YEAR = 365 * 86_400
VIOLATION = "Authorization Violation"
BY_JWTS = Identity(USER.public.text, ACCOUNT.public.text)
BY_A_LIST = Identity(USER.public.text, "$G")


def evidence(**seen: Any) -> Evidence:
    return evidence_of(USER.public, "nats://here:4222", at=NOW, **{"info": INFO, **seen})


def causes(seen: Evidence) -> list[tuple[str, bool]]:
    return [(cause.code, cause.certain) for cause in diagnosis.explain(seen)[2]]


def refused(error: str, **seen: Any) -> list[tuple[str, bool]]:
    return causes(evidence(**{"chain": chain(), "jwt_shown": True, "error": error, **seen}))


# --- whether a wrong signature is to be tried -----------------------------------------------------


@pytest.mark.parametrize(
    ("info", "seen", "wanted"),
    [
        # Nobody but somebody who showed a key is let in, and no service may be asked.
        ({}, {"probe": Probe.NO_CALLOUT, "identity": BY_A_LIST}, False),
        ({"version": "2.9.25"}, {}, False),
        # A service may be asked.
        ({}, {"identity": BY_A_LIST}, True),
        ({"version": "2.10.0"}, {}, True),
        # A default_sentinel may stand in for who shows no JWT, at a server with an operator.
        ({}, {"probe": Probe.NO_CALLOUT}, True),
        ({}, {"probe": Probe.NO_CALLOUT, "identity": BY_JWTS}, True),
        ({}, {"probe": Probe.NO_CALLOUT, "identity": BY_JWTS, "jwt_shown": True}, False),
        ({"version": "2.10.29"}, {"probe": Probe.NO_CALLOUT}, False),
        # The account's JWT leaves it to no service.
        ({}, {"identity": BY_JWTS, "jwt_shown": True}, False),
        ({}, {"identity": BY_JWTS}, True),
        ({}, {"identity": BY_A_LIST, "jwt_shown": True}, True),
        ({}, {"jwt_shown": True}, True),
        # A server that lets in some without credentials may have let in one of those.
        ({"auth_required": False}, {"identity": BY_JWTS, "jwt_shown": True}, True),
        ({"auth_required": False}, {"identity": Identity("guest", "$G")}, False),
        ({}, {"error": "Stale Connection"}, False),
        ({}, {"let_in": False}, False),
    ],
)
def test_being_let_in_proves_nothing_where_another_may_have_decided(
    info: dict[str, Any], seen: dict[str, Any], wanted: bool
) -> None:
    probe = seen.pop("probe", Probe.IN_DOUBT)
    given = {"let_in": True, "chain": chain(), "info": {**INFO, **info}, **seen}
    assert identity_proof.is_wanted(replace(evidence(**given), probe=probe)) is wanted


def test_a_bearer_jwt_that_was_not_shown_spares_no_check() -> None:
    bearer = chain({"bearer_token": True})
    assert identity_proof.is_wanted(evidence(let_in=True, chain=bearer))
    assert not identity_proof.is_wanted(evidence(let_in=True, chain=bearer, jwt_shown=True))


def test_a_jwt_of_another_account_rules_out_no_service() -> None:
    strange = Chain(chain().user, replace(chain().account, subject=OPERATOR.public.text))  # type: ignore[type-var]
    seen = {"let_in": True, "jwt_shown": True, "identity": BY_JWTS}
    assert not identity_proof.is_wanted(evidence(chain=chain(), **seen))
    assert identity_proof.is_wanted(evidence(chain=strange, **seen))


# --- causes of a refusal --------------------------------------------------------------------------


def test_what_may_lie_behind_the_refusal_of_a_sound_chain_is_all_guessed() -> None:
    guesses = refused(VIOLATION, chain=chain(expires=NOW + 60))
    assert [code for code, _ in guesses] == [
        *("jwt-account-unknown", "key-unknown", "jwt-issuer", "jwt-revoked", "jwt-expired")
    ]
    assert not any(certain for _, certain in guesses)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("User Authentication Expired", "jwt-expired"),
        ("User Authentication Revoked", "jwt-revoked"),
    ],
)
def test_the_objection_that_the_server_names_is_told_and_no_other(error: str, code: str) -> None:
    both = chain(account={"revocations": {USER.public.text: NOW}}, expires=NOW - 60)
    assert refused(error, chain=both) == [(code, True)]
    (cause,) = diagnosis.explain(evidence(chain=both, jwt_shown=True, error=error))[2]
    assert ("revokes its JWTs" in cause.why) is (code == "jwt-revoked")


def test_only_what_every_server_refuses_counts_as_a_reason_of_its_own() -> None:
    night = {"times": [{"start": "03:00:00", "end": "04:00:00"}]}  # in the server's own zone
    for of, shown, codes in (
        (chain(expires=NOW - 60), True, ("jwt-expired",)),
        (chain(expires=NOW - 60), False, ()),
        (chain(night), True, ()),
    ):
        assert chains.certain_objections(evidence(chain=of, jwt_shown=shown)) == codes


@pytest.mark.parametrize(("version", "told"), [("2.9.25", False), ("2.10.0", True), ("", True)])
def test_a_service_is_thought_of_where_the_servers_version_can_ask_one(
    version: str, told: bool
) -> None:
    seen = evidence(error=VIOLATION, info={**INFO, "version": version})
    assert ("auth-callout" in [code for code, _ in causes(seen)]) is told


@pytest.mark.parametrize(("connect", "first"), [(100.0, "auth-callout"), (400.0, "key-unknown")])
def test_a_slow_refusal_tells_of_a_service_but_for_what_the_network_takes(
    connect: float, first: str
) -> None:
    seen = evidence(error=VIOLATION, connect_ms=connect)
    slow = StageResult(Stage.AUTHENTICATE, False, 2000.0, "")
    assert causes(replace(seen, stages=(*seen.stages, slow)))[0] == (first, False)
    unknown = StageResult(Stage.CONNECT, True, None, "")
    assert causes(replace(seen, stages=(unknown, slow)))[0] == ("auth-callout", False)


@pytest.mark.parametrize(
    ("begins", "ends", "code"),
    [
        (NOW - 300, NOW + YEAR, "jwt-not-yet"),
        (NOW - YEAR, NOW + 300, "jwt-expired"),
        (NOW - 301, NOW + 301, None),
    ],
)
def test_the_clocks_are_suspected_where_a_jwt_has_just_begun_or_is_about_to_end(
    begins: int, ends: int, code: str | None
) -> None:
    told = refused(VIOLATION, chain=chain(not_before=begins, expires=ends))
    clocks = [each for each in told if each[0] in {"jwt-not-yet", "jwt-expired"}]
    assert clocks == ([(code, False)] if code else [])


def test_what_is_only_possible_is_not_told_as_certain_beside_what_is() -> None:
    night = {"times": [{"start": "03:00:00", "end": "04:00:00"}]}  # in the server's own zone
    assert refused(VIOLATION, chain=chain(night, expires=NOW - 9)) == [
        ("jwt-expired", True),
        ("jwt-time-window", False),
        ("key-unknown", False),
    ]
    assert refused(VIOLATION, chain=chain(night))[0] == ("jwt-time-window", False)


def test_an_address_with_a_zone_is_compared_with_the_networks_too() -> None:
    info = {**INFO, "client_ip": "fe80::1%eth0"}
    for network, told in (("fe80::/10", False), ("10.0.0.0/8", True)):
        of = chain({"src": [network]})
        codes = [code for code, _ in refused(VIOLATION, chain=of, info=info)]
        assert ("jwt-source" in codes) is told


def test_a_line_that_is_too_long_is_blamed_on_a_jwt_that_was_shown_alone() -> None:
    long = chain({"pub": {"allow": [f"subject.number.{n}" for n in range(300)]}})
    error = "maximum control line exceeded"
    assert refused(error, chain=long) == [("jwt-too-long", True)]
    assert refused(error, chain=long, jwt_shown=False) == [("protocol", True)]


@pytest.mark.parametrize(
    ("error", "code"), [(VIOLATION, "no-nkey-auth"), ("Authentication Timeout", "auth-timeout")]
)
def test_a_server_without_a_nonce_checks_no_keys_where_it_refused_credentials(
    error: str, code: str
) -> None:
    seen = evidence(error=error)
    assert seen.greeting is not None
    silent = replace(seen, greeting=replace(seen.greeting, nonce=None))
    assert causes(silent)[0] == (code, True)


@pytest.mark.parametrize(("place", "name"), [("Route", "routes"), ("Leaf Node", "leaf nodes")])
def test_a_port_of_another_kind_is_named(place: str, name: str) -> None:
    error = f"attempted to connect to {place} port"
    seen = evidence(error=error)
    assert causes(seen) == [("wrong-port", True)]
    assert f"is for {name}, not for clients" in diagnosis.explain(seen)[2][0].why


@pytest.mark.parametrize(("asks", "code"), [(True, "tls-client-cert"), (False, "protocol")])
def test_our_certificate_is_not_blamed_where_none_is_asked_for(asks: bool, code: str) -> None:
    failure = Failure(FailureKind.TLS_HANDSHAKE_REFUSED, tls_reason="ALERT")
    info = {**INFO, "tls_verify": asks}
    assert causes(evidence(info=info, failed=Stage.TLS, failure=failure, tls=True)) == [
        (code, False)
    ]


# --- remarks about who was let in -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "expires", "told"),
    [
        (BY_JWTS, NOW + YEAR, []),
        (BY_JWTS, NOW - 9, [("jwt-expired", False)]),
        (BY_A_LIST, NOW + YEAR, [("jwt-not-used", True)]),
        (BY_A_LIST, NOW - 9, [("jwt-not-used", True)]),
        (None, NOW + YEAR, []),
        (BY_JWTS, NOW + 9, [("jwt-expires-soon", True)]),
        (None, NOW + 9, [("jwt-expires-soon", False)]),
        (None, NOW - 9, [("jwt-not-used", False), ("jwt-expired", False)]),
    ],
)
def test_a_jwt_that_does_not_hold_there_is_told_as_far_as_the_server_shows_it(
    identity: Identity | None, expires: int, told: list[tuple[str, bool]]
) -> None:
    of = chain(expires=expires)
    seen = evidence(let_in=True, chain=of, jwt_shown=True, identity=identity, forgery_taken=False)
    assert causes(seen) == told
    assert causes(evidence(let_in=True, chain=of, identity=identity, forgery_taken=False)) == []


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("certificate", [True, False])
def test_a_certificate_is_told_as_the_reason_only_where_one_is_needed_and_was_shown(
    required: bool, certificate: bool
) -> None:
    guest = Identity("CN=guest", "$G")
    seen = evidence(let_in=True, info={**INFO, "auth_required": required}, identity=guest)
    by_certificate = required and certificate
    code = "accepted-by-certificate" if by_certificate else "accepted-as-other"
    assert causes(replace(seen, client_certificate=certificate))[0] == (code, True)


@pytest.mark.parametrize(("rtt", "told"), [(900.0, [("slow", False)]), (110.0, []), (None, [])])
def test_a_round_trip_is_told_as_slow_only_where_it_is(
    rtt: float | None, told: list[tuple[str, bool]]
) -> None:
    seen = evidence(let_in=True, connect_ms=100.0, rtt_ms=rtt, forgery_taken=False)
    assert causes(seen) == told


# --- the words of a monitoring --------------------------------------------------------------------


def adopted(monitored: Monitored, of: Chain) -> Evidence:
    return monitor_proof.adopt(evidence(chain=of, jwt_shown=True, error=VIOLATION), monitored)


def test_an_operator_that_the_server_names_takes_no_other_operators_place() -> None:
    """Else a server that lies could name one that signed another JWT of the account."""
    with Seed.generate(Kind.OPERATOR) as liar:
        itself = jwt.parse(jwt.issue(liar, liar.public, {}, issued=NOW))
        forged = jwt.parse(jwt.issue(liar, ACCOUNT.public, chain().account.nats, issued=NOW))  # type: ignore[union-attr]
    words = Monitored("http://here:8222", server_id="N", operators=(itself,), account=forged)
    ours = chain()
    testimony = adopted(words, ours).testimony
    assert testimony is not None
    assert testimony.operator == itself.subject
    assert (testimony.chain, testimony.servers_copy) == (ours, False)


def test_an_account_that_the_servers_operator_signed_with_a_signing_key_is_believed() -> None:
    with Seed.generate(Kind.OPERATOR) as signing:
        of = chain(operator={"signing_keys": [signing.public.text]})
        theirs = jwt.parse(jwt.issue(signing, ACCOUNT.public, of.account.nats, issued=NOW))  # type: ignore[union-attr]
    assert of.operator is not None
    words = Monitored("http://here:8222", server_id="N", operators=(of.operator,), account=theirs)
    for held in (of, replace(of, account=None), replace(of, operator=None)):
        testimony = adopted(words, held).testimony
        assert testimony is not None
        assert testimony.chain is not None
        assert (testimony.chain.account, testimony.servers_copy) == (theirs, True)


def test_a_monitoring_without_an_id_is_not_that_of_a_server_without_one() -> None:
    for info in ({}, {"server_id": ""}):
        words = Monitored("http://here:8222", account=chain().account)
        seen = evidence(chain=chain(), info={"version": "2.15.1", **info}, let_in=True)
        testimony = monitor_proof.adopt(seen, words).testimony
        assert testimony is not None
        assert (testimony.chain, testimony.servers_copy) == (None, False)


@pytest.mark.parametrize("kind", [FailureKind.CLOSED, FailureKind.NO_ANSWER])
def test_a_server_that_is_full_is_blamed_for_a_connection_that_it_closed(kind: FailureKind) -> None:
    full = Monitored("http://here:8222", server_id="N", connections=5, max_connections=5)
    seen = replace(evidence(failure=Failure(kind)), testimony=None)
    codes = [code for code, _ in causes(monitor_proof.adopt(seen, full))]
    assert ("server-full" in codes) is (kind is FailureKind.CLOSED)


def test_guesses_stay_where_the_servers_copy_leaves_no_other_cause() -> None:
    of = chain()
    assert of.operator is not None
    words = Monitored(
        "http://here:8222", server_id="N", operators=(of.operator,), account=of.account
    )
    guess = Cause(Code.JWT_ACCOUNT_UNKNOWN, "Why.", "Mend it.", certain=False)
    assert monitor_proof.by_monitoring(adopted(words, of), [guess]) == [guess]


# --- what was wanted of a key ---------------------------------------------------------------------


def test_a_refusal_that_was_wanted_is_told_with_no_other_reason_than_that() -> None:
    wish = Wish(Wanted.REFUSED, "it is revoked", frozenset({Code.JWT_REVOKED}))
    guess = Cause(Code.JWT_SOURCE, "Why.", "Mend it.", certain=False)
    report = Report("U", "nats://h:1", Verdict.REFUSED, "No.", (), (guess,), {}, refused_key=True)
    (only,) = settle(report, wish, "it takes laptop").causes
    assert only.code is Code.AS_WANTED
    anybody = replace(guess, code=Code.KEY_UNKNOWN)  # how it could be let in again
    doubt, left = settle(replace(report, causes=(guess, anybody)), wish).causes
    assert (doubt.code, left) == (Code.REFUSAL_NOT_PROVED, guess)


@pytest.mark.parametrize(
    ("ends", "reasons"), [(-60, {Code.JWT_EXPIRED}), (60, set()), (None, set())]
)
def test_a_key_is_wanted_out_from_when_its_jwt_has_ended(
    ends: int | None, reasons: set[Code]
) -> None:
    moment = None if ends is None else datetime.now(UTC) + timedelta(seconds=ends)
    wish = wish_for(expires=moment)
    assert wish.reasons == reasons
    assert (wish.wanted is Wanted.REFUSED) is bool(reasons)
    revoked = wish_for(revoked=True, expires=moment)
    assert revoked.reasons == {Code.JWT_REVOKED, *reasons}
