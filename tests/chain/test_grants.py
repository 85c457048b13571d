"""The rules by which a server judges a user: networks, hours, subjects, limits."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.jwt_fields import WHOLE
from wallet.chain import grants, opening_hours
from wallet.chain.grants import Grant, MisreadError, Rule
from wallet.nats.nkeys import Kind
from wallet.nats.subjects import Patterns
from wallet.nats.validation import claim_flaws


@pytest.mark.parametrize(
    ("networks", "address", "admitted"),
    [
        ([], "203.0.113.9", True),
        (["127.0.0.0/8"], "127.0.0.1", True),
        (["10.0.0.0/8"], "127.0.0.1", False),
        (["10.0.0.0/8", "127.0.0.1/32"], "127.0.0.1", True),
        (["10.1.2.3/8"], "10.9.9.9", True),
        (["::1/128"], "::1", True),
        (["::1/128"], "127.0.0.1", False),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["127.0.0.0/8"], "::ffff:127.0.0.1", True),
        (["nonsense", "127.0.0.0/8"], "127.0.0.1", False),
        (["127.0.0.0/8", "nonsense"], "127.0.0.1", True),
        (["127.0.0.1"], "127.0.0.1", False),
        (["127.0.0.0/8"], "not an address", False),
    ],
)
def test_a_client_is_admitted_as_the_server_does_it(
    networks: list[str], address: str, admitted: bool
) -> None:
    assert grants.admits(tuple(networks), address) is admitted


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("hours", "moment", "is_open"),
    [
        ([("08:00:00", "18:00:00")], "2027-01-15 12:00", True),
        ([("08:00:00", "18:00:00")], "2027-01-15 07:59:59", False),
        ([("08:00:00", "18:00:00")], "2027-01-15 18:00", False),
        ([("08:00:00", "18:00:00")], "2027-01-15 08:00", False),
        ([("08:00:00", "08:00:00")], "2027-01-15 12:00", False),
        ([("08:00:00", "08:00:00")], "2027-01-15 07:00", False),
        ([("22:00:00", "06:00:00")], "2027-01-15 23:30", True),
        ([("22:00:00", "06:00:00")], "2027-01-15 05:00", True),
        ([("22:00:00", "06:00:00")], "2027-01-15 12:00", False),
        ([("22:00:00", "06:00:00")], "2027-01-15 06:00", False),
        ([("22:00:00", "06:00:00")], "2027-01-15 22:00", False),
        ([("08:00:00", "09:00:00"), ("17:00:00", "18:00:00")], "2027-01-15 17:30", True),
        ([("8:00:00", "9:00:00")], "2027-01-15 08:30", True),
        ([("08:00", "18:00")], "2027-01-15 12:00", False),
        ([], "2027-01-15 12:00", True),
    ],
)
def test_a_window_is_open_as_the_server_has_it(
    hours: list[tuple[str, str]], moment: str, is_open: bool
) -> None:
    assert opening_hours.open_at(tuple(hours), "UTC", at(moment)) is is_open
    there = at(moment, "America/New_York")
    assert opening_hours.open_at(tuple(hours), "America/New_York", there) is is_open


def test_a_window_goes_by_the_clock_of_its_zone_summer_and_winter() -> None:
    hours = (("08:00:00", "09:00:00"),)
    winter, summer = at("2027-01-15 07:30"), at("2027-07-15 06:30")
    assert opening_hours.open_at(hours, "Europe/Berlin", winter) is True
    assert opening_hours.open_at(hours, "Europe/Berlin", summer) is True
    assert opening_hours.open_at(hours, "UTC", winter) is False


def test_without_a_zone_the_servers_own_decides() -> None:
    noon = at("2027-01-15 12:00")
    assert opening_hours.open_at((("08:00:00", "18:00:00"),), "", noon) is None
    assert opening_hours.open_at((("08:00:00", "18:00:00"),), "Local", noon) is None
    assert opening_hours.open_at((("00:00:00", "23:59:59"),), "Nowhere/AtAll", noon) is False


def test_windows_that_overlap_are_one_wherever_the_servers_clock_is() -> None:
    """Else there is a time at which none of them is open."""
    within = ("00:00:00", "20:00:00"), ("10:00:00", "12:00:00"), ("15:00:00", "23:59:59")
    noon = at("2027-01-15 12:07")
    assert opening_hours.open_at(within, "", noon) is True
    assert opening_hours.open_at((within[1], within[2]), "", noon) is None


def test_only_the_hours_after_midnight_are_doubtful() -> None:
    night = (("22:00:00", "06:00:00"),)
    assert opening_hours.after_midnight(night, "UTC", at("2027-01-15 05:00"))
    assert not opening_hours.after_midnight(night, "UTC", at("2027-01-15 23:00"))
    assert not opening_hours.after_midnight(night, "UTC", at("2027-01-15 12:00"))
    both = (*night, ("04:00:00", "05:30:00"))
    assert not opening_hours.after_midnight(both, "UTC", at("2027-01-15 05:00"))


@pytest.mark.parametrize("now", [-1e18, -1.0, 0.0, 1e18, float(2**63)])
def test_no_clock_is_too_odd(now: float) -> None:
    assert opening_hours.open_at((("00:00:01", "00:00:02"),), "Asia/Tokyo", now) is False
    assert opening_hours.clock_in("Asia/Tokyo", now)


@pytest.mark.parametrize(
    ("pattern", "subject", "covered"),
    [
        (">", "a", True),
        (">", "a.b.>", True),
        ("a.>", "a.b", True),
        ("a.>", "a", False),
        ("a.*", "a.b", True),
        ("a.*", "a.*", True),
        ("a.*", "a.>", False),
        ("a.b", "a.*", False),
        ("*", ">", False),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a.b.d", False),
        ("a.b", "a.b.c", False),
    ],
)
def test_a_pattern_covers_what_is_within_it(pattern: str, subject: str, covered: bool) -> None:
    assert Patterns([pattern, "z"]).covers(subject) is covered


@pytest.mark.parametrize(
    ("allow", "deny", "nothing"),
    [
        ([], [], False),
        ([], [">"], True),
        ([], ["a.>"], False),
        (["a.b"], ["a.*"], True),
        (["a.b", "c"], ["a.*"], False),
        (["a.>"], ["a.*"], False),
        (["a"], [">"], True),
    ],
)
def test_a_rule_that_leaves_nothing_is_seen(
    allow: list[str], deny: list[str], nothing: bool
) -> None:
    assert Rule(tuple(allow), tuple(deny)).forbids_all is nothing
    closed = Rule(tuple(allow), tuple(deny), closed=True)
    assert closed.forbids_all is (nothing or not allow)


def test_a_limit_that_is_left_out_counts_as_whoever_reads_it_says() -> None:
    assert grants.read({}, left_out=0) == Grant(subs=0, data=0, payload=0)
    assert grants.read({"subs": 5, "payload": None}, left_out=-1) == Grant(subs=5)


def test_networks_may_be_one_text_as_older_tools_wrote_them() -> None:
    assert grants.read({"src": "10.0.0.0/8, ::1/128"}, left_out=0).networks == (
        "10.0.0.0/8",
        "::1/128",
    )


@pytest.mark.parametrize(
    "nats",
    [
        {"subs": "5"},
        {"subs": True},
        {"subs": 1.0},
        {"payload": 2**63},
        {"pub": []},
        {"pub": {"allow": "a"}},
        {"sub": {"deny": [1]}},
        {"resp": 5},
        {"resp": {"max": "1"}},
        {"src": {"a": 1}},
        {"times": {"start": "1"}},
        {"times": ["08:00"]},
        {"times_location": 5},
        {"bearer_token": 1},
        {"allowed_connection_types": "STANDARD"},
    ],
)
def test_a_field_of_the_wrong_type_is_named(nats: dict[str, object]) -> None:
    with pytest.raises(MisreadError) as raised:
        grants.read(nats, left_out=0)
    assert raised.value.field in {*nats, "allow", "deny", "max"}


def test_connection_types_are_read_in_any_case_and_unknown_ones_open_nothing() -> None:
    assert grants.takes((), "STANDARD")
    assert grants.takes(("standard",), "STANDARD")
    assert not grants.takes(("WEBSOCKET",), "STANDARD")
    assert not grants.takes(("CARRIER_PIGEON",), "STANDARD")
    assert grants.takes(("CARRIER_PIGEON", "STANDARD"), "STANDARD")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
_FIELDS = "pub sub resp src times times_location subs data payload bearer_token".split()  # noqa: SIM905
_USERS_OWN = WHOLE["user"][2]


def test_whatever_stands_in_one_of_the_fields_is_refused_or_read() -> None:
    outcomes: Counter[str] = Counter()

    @given(
        name=st.sampled_from(_FIELDS),
        value=_json | st.integers(-1, 100) | st.sampled_from([_USERS_OWN.get(n) for n in _FIELDS]),
    )
    def changed(name: str, value: object) -> None:
        nats = {**_USERS_OWN, name: value}
        if claim_flaws.refused(Kind.USER, nats):
            outcomes["refused"] += 1
            return
        outcomes["read"] += 1
        grant = grants.read(nats, left_out=0)
        now = datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp()
        assert opening_hours.open_at(grant.hours, grant.zone, now) in {True, False, None}
        assert grants.admits(grant.networks, "127.0.0.1") in {True, False}

    changed()
    assert min(outcomes["read"], outcomes["refused"]) >= 3, outcomes
