"""Whether a user may use a subject in the end, and the rule that is named for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chain.makers import NOW, SIGNER, chain
from wallet.chain import Chain
from wallet.chain.permission import Permission, Use, listed, permission
from wallet.nats.nkeys import Kind, Seed
from wallet.nats.subjects import overlap


def publishing(of: Chain, subject: str, now: float = NOW) -> Permission:
    return permission(of, Use(subject, publish=True), now)


def subscribing(of: Chain, subject: str, queue: str = "") -> Permission:
    return permission(of, Use(subject, publish=False, queue=queue), NOW)


@pytest.mark.parametrize(
    ("fields", "subject", "may", "rule"),
    [
        ({}, "a.b", True, "none"),
        ({"pub": {"allow": ["x", "a.>"]}}, "a.b", True, "own: pub.allow a.>"),
        ({"pub": {"allow": ["x", "a.>"]}}, "b", False, "own: pub.allow"),
        ({"pub": {"allow": ["a.>"], "deny": ["x", "a.*"]}}, "a.b", False, "own: pub.deny a.*"),
        ({"pub": {"deny": ["x"]}}, "a.b", True, "none"),
        ({"resp": {"max": 2, "ttl": 0}}, "a.b", False, "own: resp"),
    ],
)
def test_the_entry_of_its_own_permissions_that_decides_is_named(
    fields: dict[str, Any], subject: str, may: bool, rule: str
) -> None:
    answer = publishing(chain(fields), subject)
    assert (answer.may, answer.rule) == (may, rule)
    assert rule != "none" or "Nothing is said of publishing in its own" in answer.why
    assert "Nothing is said of subscribing in its own" in subscribing(chain(fields), subject).why
    by_list = listed(fields, Use(subject, publish=True))
    assert (by_list.may, by_list.rule) == (may, rule)


def test_answers_are_told_where_publishing_is_not_allowed() -> None:
    answer = publishing(chain({"resp": {"max": 2, "ttl": 5_000_000_000}}), "a")
    assert "As an answer to a request it may" in answer.conditions[0]
    assert "2 of them within 5 seconds" in answer.conditions[0]


@pytest.mark.parametrize(
    ("most", "ttl", "told"),
    [
        (-1, 5_000_000_000, "any number within 5 seconds."),
        (3, -1, "3 of them."),
        (0, 0, "1 of them within 120 seconds."),  # as servers read what is left out
    ],
)
def test_answers_have_the_number_and_the_time_that_servers_read(
    most: int, ttl: int, told: str
) -> None:
    answer = publishing(chain({"resp": {"max": most, "ttl": ttl}}), "a")
    assert answer.conditions[0].endswith(told)


def _kept_away(answer: Permission) -> list[str]:
    return [each for each in answer.conditions if "do not reach it" in each]


def test_a_wide_subscription_is_told_what_it_does_not_get() -> None:
    of = chain({"sub": {"allow": [">"], "deny": ["a.secret", "a.x q", "b"]}})
    assert _kept_away(subscribing(of, "a.*")) == [
        "Messages to a.secret do not reach it (sub.deny)."
    ]
    assert _kept_away(subscribing(of, "a.open")) == []
    assert _kept_away(publishing(chain({"pub": {"deny": ["a.secret"]}}), "a.*")) == []


@pytest.mark.parametrize(("count", "more"), [(8, ""), (9, " and 1 more")])
def test_of_many_subjects_that_do_not_come_eight_are_named(count: int, more: str) -> None:
    denied = [f"a.{number}" for number in range(count)]
    (told,) = _kept_away(subscribing(chain({"sub": {"allow": [">"], "deny": denied}}), "a.*"))
    assert told == f"Messages to {', '.join(denied[:8])}{more} do not reach it (sub.deny)."


def test_what_is_about_a_queue_is_named_where_it_decides() -> None:
    of = chain({"sub": {"allow": ["a.>", "a.b q"]}})
    assert subscribing(of, "a.b", "q").rule == "own: sub.allow a.b q"
    assert subscribing(of, "a.b").rule == "own: sub.allow a.>"
    assert not subscribing(of, "a.b", "r").may
    denied = chain({"sub": {"deny": ["a one", "a two", "b"]}})
    queues = ("one", "two", "three", "")
    assert [subscribing(denied, "a", queue).may for queue in queues] == [False, False, True, True]


def test_a_role_and_the_accounts_defaults_are_told_from_its_own_permissions() -> None:
    role = chain({"tags": ["t:north"]}, scope={"pub": {"allow": ["{{tag(t)}}.>"]}})
    answer = publishing(role, "north.x")
    assert (answer.may, answer.rule) == (True, "role: pub.allow north.>")
    assert "worker" in answer.why
    assert SIGNER.public.text in answer.why
    defaults = {"default_permissions": {"pub": {"deny": ["a"]}}}
    assert publishing(chain({}, defaults), "a").rule == "default: pub.deny a"
    # They hold for a user of a role that says nothing of subjects, and for no other.
    assert publishing(chain({}, defaults, scope={}), "a").rule == "default: pub.deny a"
    own = publishing(chain({"sub": {"allow": ["b"]}}, defaults), "a")
    assert (own.may, own.rule) == (True, "none")


def test_limits_forbid_what_permissions_allow() -> None:
    none = {"limits": {"subs": 0, "conn": -1, "payload": -1}}
    assert subscribing(chain({"subs": 0}), "a").rule == "limit: subs"
    assert subscribing(chain({}, none), "a").rule == "limit: subs"
    assert publishing(chain({"subs": 0}), "a").may


@pytest.mark.parametrize(
    ("own", "accounts", "whose"),
    [(-1, -1, ""), (1, 1, ""), (0, -1, "it"), (-1, 0, "its account"), (0, 0, "its account")],
)
def test_that_messages_must_be_empty_is_told_where_a_limit_says_so(
    own: int, accounts: int, whose: str
) -> None:
    limits = {"limits": {"subs": -1, "conn": -1, "payload": accounts}}
    answer = publishing(chain({"payload": own}, limits), "a")
    assert answer.may
    told = (f"Empty messages only: the limit `payload` of {whose} is 0.",)
    assert answer.conditions == (told if whose else ())
    alone = publishing(Chain(chain({"payload": own}).user), "a")
    assert bool(alone.conditions) is (own == 0)


def test_jetstream_is_for_accounts_that_have_it() -> None:
    limits = {"limits": {"subs": -1, "conn": -1, "payload": -1, "disk_storage": 5}}
    assert publishing(chain({}), "$JS.API.INFO").rule == "limit: JetStream"
    assert publishing(chain({}, limits), "$JS.API.INFO").may


@pytest.mark.parametrize(
    ("fields", "may"),
    [
        ({"subject": "$JS.API.>", "type": "service"}, True),
        ({"subject": "x.>", "local_subject": "$JS.API.>", "type": "service"}, True),
        ({"subject": "$JS.API.>", "local_subject": "x.>", "type": "service"}, False),
        ({"subject": "orders.>", "type": "stream"}, False),
    ],
)
def test_jetstream_may_be_another_accounts(fields: dict[str, Any], may: bool) -> None:
    """Where an account imports its subjects, requests go to the account that exports them."""
    exporter = {"account": Seed.generate(Kind.ACCOUNT).public.text}
    answer = publishing(chain({}, {"imports": [{**fields, **exporter}]}), "$JS.API.INFO")
    assert answer.may is may


@pytest.mark.parametrize(
    ("of", "code"),
    [
        (chain({}, expires=NOW - 1), "jwt-expired"),
        (chain({}, {"revocations": {"*": NOW}}), "jwt-revoked"),
        (chain({}, {"limits": {"subs": -1, "payload": -1, "conn": 0}}), "account-full"),
        (chain({"pub": {"allow": ["a"]}}, scope={}), "jwt-scope"),
        (chain({"times": [{"start": "01:00:00", "end": "02:00:00"}], "times_location": "UTC"}),
         "jwt-time-window"),
        (Chain(None, chain({}).account), "jwt-missing"),
    ],
)  # fmt: skip
def test_who_is_not_let_in_may_nothing(of: Chain, code: str) -> None:
    answer = publishing(of, "a")
    assert (answer.may, answer.rule) == (False, code)
    assert answer.why


def test_a_user_that_comes_another_way_than_plainly_may_what_it_may_there() -> None:
    answer = publishing(chain({"allowed_connection_types": ["MQTT"], "src": ["10.0.0.0/8"]}), "a")
    assert answer.may
    said = " ".join(answer.conditions)
    assert "as MQTT only" in said
    assert "from 10.0.0.0/8 only" in said


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("UTC", "at 00:00:00-23:59:59 only (UTC)."),
        ("", "at 00:00:00-23:59:59 only (in the time zone of the server)."),
    ],
)
def test_hours_are_told_with_the_zone_that_they_are_of(zone: str, told: str) -> None:
    hours = {"times": [{"start": "00:00:00", "end": "23:59:59"}], "times_location": zone}
    assert publishing(chain(hours), "a", NOW + 7).conditions == (f"It may connect {told}",)


def test_where_a_service_decides_it_is_not_known() -> None:
    callout = {"authorization": {"auth_users": [Seed.generate(Kind.USER).public.text]}}
    answer = publishing(chain({}, callout), "a")
    assert (answer.may, answer.rule) == (None, "callout")


def test_an_empty_list_beside_what_is_denied_allows_nothing() -> None:
    answer = listed({"pub": {"allow": [], "deny": ["x"]}}, Use("a.b", publish=True))
    assert (answer.may, answer.rule) == (False, "own: pub.allow")
    assert "which is empty" in answer.why


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("a", "a", True),
        ("a.*", "*.b", True),
        ("a.>", "a", False),
        ("a.>", "a.b.c", True),
        ("a.*", "a.b.c", False),
        (">", "a", True),
        ("a.b", "a.c", False),
        ("*.>", "a.>", True),
    ],
)
def test_two_patterns_overlap_where_one_subject_fits_both(
    one: str, other: str, wanted: bool
) -> None:
    assert overlap(one, other) is overlap(other, one) is wanted


def test_names_from_elsewhere_are_safe_to_show() -> None:
    role = {"kind": "user_scope", "key": SIGNER.public.text, "role": "\x1b[2Jr", "template": {}}
    answer = publishing(chain({"pub": {"allow": ["\x1b[2Ja"]}}, {"signing_keys": [role]}), "a")
    assert "\x1b" not in answer.why + answer.rule
    hours = {"times": [{"start": "00:00:00", "end": "23:59:59"}], "times_location": "\x1b[2J"}
    assert "\x1b" not in str(publishing(chain({**hours, "pub": {"deny": ["b"]}}), "a"))
