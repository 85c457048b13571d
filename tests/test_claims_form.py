"""The form of what a key may do: what it shows, and what is written back."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.jwt_fields import spoiled
from wallet import when
from wallet.errors import JwtError, UsageError
from wallet.nats import jwt
from wallet.nats.claims import content, form
from wallet.nats.claims.form import changed, fields_of, filled
from wallet.nats.nkeys import Kind

NOW = 1_800_000_000
FULL: dict[Kind, dict[str, Any]] = {
    Kind.USER: {
        "pub": {"allow": ["a", "b.>"], "deny": ["c"]},
        "sub": {"allow": ["d q"], "deny": ["e"]},
        "resp": {"max": 3, "ttl": 1_500_000_000},
        "src": ["10.0.0.0/8"],
        "times": [{"start": "08:00:00", "end": "17:59:59"}],
        "times_location": "UTC",
        "allowed_connection_types": ["MQTT"],
        "subs": 5,
        "payload": 6,
        "data": -1,
        "bearer_token": True,
        "unknown": 1,
    },
    Kind.ACCOUNT: {
        "limits": {"conn": 1, "leaf": 2, "subs": -1, "streams": 4, "disk_storage": -1, "new": 9},
        "default_permissions": {"pub": {"allow": ["x"]}, "sub": {"deny": ["y"]}},
        "description": "d",
        "revocations": {"*": 5},
    },
    Kind.OPERATOR: {
        "account_server_url": "nats://a",
        "operator_service_urls": ["nats://b", "nats://c"],
        "assert_server_version": "2.10.0",
        "strict_signing_key_usage": True,
    },
}


@pytest.mark.parametrize("kind", FULL)
def test_a_form_that_is_left_as_it_is_changes_nothing(kind: Kind) -> None:
    nats = FULL[kind]
    assert changed(fields_of(kind), nats, filled(fields_of(kind), nats)) == nats


@pytest.mark.parametrize("kind", FULL)
def test_what_is_typed_is_read_back_as_it_was(kind: Kind) -> None:
    shown = filled(fields_of(kind), FULL[kind])
    start = content.starting(kind)
    made = changed(fields_of(kind), start, shown)
    again = filled(fields_of(kind), made)
    # A half second cannot be typed, so the form does not show it.
    assert again == shown
    content.check(kind, made)


@pytest.mark.parametrize("kind", FULL)
def test_nothing_that_was_given_is_changed_in_place(kind: Kind) -> None:
    before = copy.deepcopy(FULL[kind])
    changed(fields_of(kind), FULL[kind], {field.id: "" for field in fields_of(kind)})
    assert FULL[kind] == before


def test_an_emptied_limit_is_unlimited_and_never_nothing() -> None:
    emptied = changed(fields_of(Kind.USER), FULL[Kind.USER], {})
    assert (emptied["subs"], emptied["payload"], emptied["data"]) == (-1, -1, -1)
    assert emptied["pub"] == emptied["sub"] == {}
    assert "resp" not in emptied
    assert emptied["unknown"] == 1
    account = changed(fields_of(Kind.ACCOUNT), FULL[Kind.ACCOUNT], {})
    assert (account["limits"]["conn"], account["limits"]["streams"]) == (-1, 0)
    assert account["limits"]["new"] == 9


def test_answers_are_typed_as_a_count_and_a_time() -> None:
    fields = fields_of(Kind.USER)
    made = changed(fields, {}, {"answers": "2 within 5s"})
    assert made["resp"] == {"max": 2, "ttl": 5_000_000_000}
    assert filled(fields, made)["answers"] == "2 within 5s"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"subs": "many"}, "Most subscriptions: 'many' is no whole number"),
        ({"hours": "all day"}, "08:00-18:00"),
        ({"answers": "1 within a while"}, "5s"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_name_of_the_field(
    typed: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=r"^[A-Z]") as refused:
        changed(fields_of(Kind.USER), {}, typed)
    assert said in str(refused.value)


def test_every_field_of_a_form_has_its_own_name() -> None:
    for kind in (Kind.OPERATOR, Kind.ACCOUNT, Kind.USER):
        names = [field.id for field in fields_of(kind)]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90d", NOW + 90 * 86_400),
        ("12H", NOW + 12 * 3600),
        ("2w", NOW + 14 * 86_400),
        ("2027-01-31", 1_801_353_600),
        ("2027-01-31 12:00", 1_801_396_800),
        ("2027-01-31T12:00:00Z", 1_801_396_800),
        ("2027-01-31T14:00:00+02:00", 1_801_396_800),
        ("never", None),
        ("", None),
    ],
)
def test_times_are_read_as_people_write_them(text: str, seconds: int | None) -> None:
    assert when.moment(text, NOW) == seconds


@pytest.mark.parametrize("text", ["soon", "90", "90x", "31.1.2027", "1900-01-01", "999999999y"])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError):
        when.moment(text, NOW)


def test_a_time_is_written_in_utc() -> None:
    assert when.written(1_801_396_800) == "2027-01-31 12:00 UTC"


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.ACCOUNT, Kind.USER])
def test_the_form_and_the_json_of_anybodys_claims_are_safe_to_show(kind: Kind) -> None:
    fields = fields_of(kind)
    for case in spoiled():
        if case.kind != kind.value:
            continue
        try:
            nats = jwt.parse(case.token).nats
        except JwtError:
            continue
        texts = form.filled(fields, nats)
        assert all(text.isprintable() for text in texts.values()), case.where
        assert form.changed(fields, nats, texts) == nats, case.where
        written = form.as_json(nats)
        assert all(one.isprintable() or one == "\n" for one in written), case.where
        assert json.loads(written) == nats
