"""Causes of what an attempt saw: which stands first, and which are certain. No server is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.chain.makers import NOW, USER, chain
from tests.evidence import evidence_of
from wallet.chain import Chain
from wallet.codes import Code
from wallet.connection.causes import diagnosis, experiment_results, monitor_proof
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.experiment_results import Answer
from wallet.connection.causes.report import Cause, Report, Stage
from wallet.connection.causes.verdict import Verdict
from wallet.connection.protocol import statistics
from wallet.connection.protocol.failure import Failure, FailureKind
from wallet.connection.protocol.server_info import Identity
from wallet.connection.protocol.statistics import Monitored
from wallet.connection.rehearsal import refusal_causes
from wallet.connection.rehearsal.known_accounts import KnownAccounts
from wallet.connection.rehearsal.refusal_causes import Circumstances
from wallet.nats.nkeys import Kind, Seed

INFO = {"server_id": "N", "version": "2.15.1"}
PERHAPS = Code.KEY_UNKNOWN
LONG = {"pub": {"allow": [f"subject.number.{n}" for n in range(300)]}}


def evidence(**seen: Any) -> Evidence:
    """A server was greeted, and given the key with a signature."""
    return evidence_of(USER.public, "nats://here:4222", at=NOW, **{"info": INFO, **seen})


def causes(seen: Evidence) -> list[tuple[str, bool]]:
    return [(cause.code, cause.certain) for cause in diagnosis.explain(seen)[2]]


# --- let in -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "certain"),
    [
        ({"identity": Identity("guest", "GUESTS")}, True),
        ({"forgery_taken": True}, True),
        ({}, False),
    ],
    ids=["named as another", "with a signature of another", "perhaps"],
)
def test_that_another_was_let_in_comes_before_whatever_else_is_to_be_said(
    seen: dict[str, Any], certain: bool
) -> None:
    info = {**INFO, "ldm": True, "tls_required": True}
    let_in = evidence(let_in=True, info=info, tls=True, connect_ms=1.0, rtt_ms=900.0, **seen)
    verdict, _, _ = diagnosis.explain(let_in)
    assert verdict is Verdict.UNCHECKED
    assert causes(let_in) == [
        ("accepted-as-other", certain),
        ("lame-duck", True),
        ("tls-required", True),
        ("slow", False),
    ]


def test_that_anybody_is_let_in_takes_the_place_of_perhaps_another() -> None:
    perhaps = evidence(let_in=True, info={**INFO, "ldm": True})
    verdict, summary, found = diagnosis.explain(perhaps)
    report = Report(
        public=USER.public.text,
        url="nats://here:4222",
        verdict=verdict,
        summary=summary,
        stages=(),
        causes=tuple(found),
        server={},
    )
    finding = experiment_results.with_unknown_key(report, Answer(let_in=True))
    assert [cause.code for cause in finding.causes] == ["accepted-without-check", "lame-duck"]
    report = replace(report, server={"version": "2.9.10"})
    finding = experiment_results.with_unknown_key(report, Answer(let_in=False, shown=True))
    assert [cause.code for cause in finding.causes] == ["lame-duck"]


# --- no answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "certain"),
    [
        (Stage.CONNECT, True),  # nothing came back at all
        (Stage.TLS, False),  # something between here and there may be in the way
        (Stage.AUTHENTICATE, True),  # it greeted, so it is there
        (Stage.PING, True),
    ],
)
def test_no_answer_in_time_is_certain_but_in_the_middle_of_tls(stage: Stage, certain: bool) -> None:
    silent = evidence(failed=stage, failure=Failure(FailureKind.NO_ANSWER))
    assert causes(silent) == [("timeout", certain)]


@pytest.mark.parametrize("kind", [FailureKind.CLOSED, FailureKind.BROKEN_OFF])
def test_why_a_connection_was_closed_without_a_word_is_not_certain(kind: FailureKind) -> None:
    closed = evidence(failed=Stage.AUTHENTICATE, failure=Failure(kind))
    assert causes(closed) == [("protocol", False)]
    info = {**INFO, "tls_verify": True}
    asks = evidence(info=info, failed=Stage.AUTHENTICATE, failure=Failure(kind), tls=True)
    assert causes(asks) == [("tls-client-cert", False), ("protocol", False)]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(FailureKind.TLS_HANDSHAKE_REFUSED, "tls-client-cert"), (FailureKind.TLS, "protocol")],
)
def test_our_certificate_is_blamed_for_a_handshake_that_was_refused_and_for_no_other_failure(
    kind: FailureKind, code: str
) -> None:
    failure = Failure(kind, tls_reason="WRONG_VERSION_NUMBER")
    asks = evidence(info={**INFO, "tls_verify": True}, failed=Stage.TLS, failure=failure, tls=True)
    assert causes(asks) == [(code, False)]


# --- refused ------------------------------------------------------------------------------------


def test_a_refusal_is_told_in_the_servers_words() -> None:
    summary = diagnosis.explain(evidence(error="Authorization Violation"))[1]
    assert "Refused by" in summary
    assert "“Authorization Violation”" in summary


@pytest.mark.parametrize("shown", [True, False])
def test_a_service_that_an_account_names_is_thought_of_where_its_jwt_was_shown(shown: bool) -> None:
    """A server without an operator never looks at the account's JWT."""
    with Seed.generate(Kind.USER) as service:
        delegating = chain(account={"authorization": {"auth_users": [service.public.text]}})
    seen = evidence(chain=delegating, jwt_shown=shown, error="Authorization Violation")
    whys = [cause.why for cause in diagnosis.explain(seen)[2]]
    assert any("is not among its auth_users" in why for why in whys) is shown


def refused(of: Chain, error: str = "Authorization Violation") -> list[Cause]:
    return diagnosis.explain(evidence(chain=of, jwt_shown=True, error=error))[2]


def test_a_long_jwt_is_no_cause_of_a_refusal_that_says_nothing_of_its_length() -> None:
    found = [cause.code for cause in refused(chain(user=LONG))]
    assert "jwt-too-long" not in found
    assert found[0] == "jwt-account-unknown"
    expired = refused(chain(user=LONG, expires=NOW - 60))
    assert [cause.code for cause in expired if cause.certain] == ["jwt-expired"]
    assert "jwt-too-long" not in [cause.code for cause in expired]


def test_a_long_jwt_is_the_certain_cause_where_the_server_says_that_the_line_is_too_long() -> None:
    (only,) = refused(chain(user=LONG), "maximum control line exceeded")
    assert (only.code, only.certain) == (Code.JWT_TOO_LONG, True)


def test_an_account_that_is_full_is_no_cause_of_a_refusal_that_does_not_say_so() -> None:
    none = chain(account={"limits": {"conn": 0, "subs": -1, "payload": -1, "data": -1}})
    assert "account-full" not in [cause.code for cause in refused(none)]
    (only,) = refused(none, "maximum account active connections exceeded")
    assert (only.code, only.certain) == ("account-full", True)


# --- with more than the server's answer -----------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "told"),
    [
        *((code, True) for code in ("refused", "timeout", "not-nats", "http-port", "wrong-port")),
        *((code, False) for code in ("dns", "unreachable", "tls-required", "protocol")),
    ],
)
def test_the_monitoring_names_the_clients_port_where_another_was_tried(
    code: str, told: bool
) -> None:
    at_another_port = Monitored("http://here:8222", server_id="N", port=5222)
    seen = evidence(info={}, monitored=at_another_port)
    cause = Cause(Code(code), "It is so.", "Look at it.", certain=True)
    (now,) = monitor_proof.by_monitoring(seen, [cause])
    assert ("nats://here:5222" in now.fix) is told
    assert (now == cause) is not told


@pytest.mark.parametrize("limits", [{"conn": -1, "subs": -1}, {"conn": "many"}])
def test_the_servers_copy_is_known_as_such_whatever_is_mistyped_in_it(limits: object) -> None:
    ours, theirs = chain().account, chain(account={"limits": limits}).account
    assert ours is not None
    assert theirs is not None
    told: dict[str, object] = {"server_id": "N", "account_detail": {"jwt": theirs.token}}
    monitored = statistics.read("http://here:8222", {"server_id": "N"}, told)
    seen = monitor_proof.adopt(evidence(chain=replace(chain(), account=ours)), monitored)
    assert seen.testimony is not None
    assert seen.testimony.servers_copy
    assert seen.held_account == ours
    assert seen.chain is not None
    assert seen.chain.account is not None
    assert seen.chain.account.token == theirs.token


def test_a_monitoring_that_says_nothing_or_the_same_is_no_remark() -> None:
    ours, other = chain().account, chain(account={"description": "another"}).account
    assert ours is not None
    assert other is not None

    def said(**words: Any) -> list[Code]:
        monitored = Monitored("http://here:8222", **words)
        adopted = monitor_proof.adopt(evidence(chain=chain(), let_in=True), monitored)
        return [remark.code for remark in monitor_proof.remarks(adopted)]

    assert said(problem="no answer in time") == []
    assert said(server_id="N") == []
    assert said(server_id="M") == [Code.MONITOR_OTHER_SERVER]
    assert said(server_id="N", account=ours) == []
    assert said(server_id="N", account=other) == [Code.JWT_ACCOUNT_DIFFERS]
    # One without a time is older than any.
    assert said(server_id="N", account=replace(other, issued=None)) == [Code.JWT_ACCOUNT_DIFFERS]


def by_monitoring(
    monitored: dict[str, Any], *codes: Code, certain: bool, **seen: Any
) -> list[Cause]:
    """What becomes of causes by the words of the monitoring of a server with an operator."""
    words = {"server_id": "N", "operators": (chain().operator,), **monitored}
    given = {"jwt_shown": True, "error": "Authorization Violation", "chain": chain(), **seen}
    adopted = monitor_proof.adopt(evidence(**given), Monitored("http://here:8222", **words))
    causes = [Cause(code, "It is so.", "Look at it.", certain=certain) for code in codes]
    return monitor_proof.by_monitoring(adopted, causes)


def test_only_a_refusal_is_explained_by_what_the_monitoring_says_of_jwts() -> None:
    for error, left in (("Authorization Violation", []), ("Authentication Timeout", [PERHAPS])):
        told = by_monitoring({}, PERHAPS, Code.JWT_REVOKED, certain=False, error=error)
        assert [cause.code for cause in told] == [*left, Code.JWT_REVOKED]


def test_guesses_about_an_account_go_only_where_the_one_operator_s_copy_was_judged() -> None:
    account, operator = chain().account, chain().operator
    guesses = (Code.JWT_ACCOUNT_UNKNOWN, Code.AUTH_CALLOUT)
    for words, left in (
        ({"account": account}, guesses[1:]),
        ({"account": account, "operators": (operator, operator)}, guesses),
        ({"account": None}, guesses),
    ):
        told = by_monitoring(words, *guesses, certain=False)
        assert tuple(cause.code for cause in told) == left


def test_only_what_was_judged_by_the_servers_copy_says_that_it_was() -> None:
    account = chain().account
    for code, words, by_copy in (
        (Code.JWT_REVOKED, {"account": account}, True),
        (Code.JWT_REVOKED, {"account": None}, False),
        (Code.JWT_EXPIRED, {"account": account}, False),
    ):
        (told,) = by_monitoring(words, code, certain=True)
        assert ("The copy of the account's JWT that" in told.why) is by_copy, code


@pytest.mark.parametrize("wants_tls", [True, False])
def test_a_port_that_does_not_greet_wants_tls_first_only_where_the_monitoring_says_so(
    wants_tls: bool,
) -> None:
    words = {"port": 4222, "tls_required": wants_tls}
    told = by_monitoring(words, Code.PROTOCOL, certain=False, info={}, error="")
    first = [Code.TLS_FIRST] if wants_tls else []
    assert [cause.code for cause in told] == [*first, Code.PROTOCOL]


def test_an_account_that_the_monitoring_does_not_know_is_named() -> None:
    seen_chain = chain()
    assert seen_chain.user is not None
    assert seen_chain.operator is not None
    without = Monitored(
        "http://here:8222", server_id="N", operators=(seen_chain.operator,), account_known=False
    )
    seen = evidence(
        chain=seen_chain, jwt_shown=True, error="Authorization Violation", monitored=without
    )
    cause = monitor_proof.by_monitoring(seen, refused(seen_chain))[0]
    assert (cause.code, cause.certain) == (Code.JWT_ACCOUNT_UNKNOWN, True)
    assert f"the account {seen_chain.user.account}" in cause.why


@pytest.mark.parametrize(
    ("code", "itself"),
    [
        *((code, True) for code in ("server-full", "account-full", "key-wrong-kind")),
        *((code, False) for code in ("key-unknown", "jwt-missing", "jwt-issuer")),
    ],
)
def test_what_a_server_says_in_plain_words_needs_no_jwts_to_explain_it_in_a_rehearsal(
    code: str, itself: bool
) -> None:
    report = Report(
        public=USER.public.text,
        url="nats://127.0.0.1:1",
        verdict=Verdict.REFUSED,
        summary="",
        stages=(),
        causes=(Cause(Code(code), "It is so.", "Look at it.", certain=True),),
        server={},
    )
    around = Circumstances(
        name="nats.conf",
        address="127.0.0.1:1",
        listed={},
        asks_another=False,
        known_accounts=KnownAccounts((), frozenset(), {}, in_directory=False),
        account_tokens={},
        now=NOW,
    )
    cause = refusal_causes.explain(report, None, None, "", around)
    assert cause.code == (code if itself else "jwt-missing")
    assert (cause.why == "It is so.") is itself
