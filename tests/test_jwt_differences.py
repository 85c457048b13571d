"""What the history says of a JWT in the place of another: each difference, and what it was."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from wallet.nats.claims import form, jwt_differences
from wallet.nats.nkeys import Kind

_DEFAULTS = {
    *("unlimited", "none", "everything", "nothing", "anywhere", "always", "all", "any"),
    *("nowhere", "off", "the server's"),
}


@pytest.mark.parametrize(
    ("kind", "before", "after", "said"),
    [
        (Kind.OPERATOR, {}, {"system_account": "ABC"}, "system account: not set → ABC"),
        (Kind.OPERATOR, {"system_account": "A"}, {}, "system account: A → not set"),
        (Kind.ACCOUNT, {}, {"mappings": {"a": [{"subject": "b"}]}}, "mappings: changed"),
        (Kind.ACCOUNT, {}, {"authorization": {"auth_users": ["U"]}}, "authorization: changed"),
        (Kind.ACCOUNT, {"limits": {}}, {"limits": {"wildcards": True}}, "wildcards: not set → yes"),
        (Kind.ACCOUNT, {}, {"description": "hello"}, "description: none → hello"),
        (Kind.ACCOUNT, {}, {"cluster_traffic": "owner"}, "cluster traffic: not set → owner"),
        (Kind.USER, {}, {"pub": {"allow": ["a"]}}, "may publish to: everything → a"),
        (Kind.USER, {"subs": -1}, {"subs": 5}, "most subscriptions: unlimited → 5"),
    ],
)
def test_each_difference_is_said_once_and_with_what_held_before(
    kind: Kind, before: Mapping[str, object], after: Mapping[str, object], said: str
) -> None:
    assert jwt_differences.of_fields(kind, before, after) == [said]


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.ACCOUNT, Kind.USER])
def test_what_means_the_same_is_no_difference(kind: Kind) -> None:
    limits: dict[Kind, dict[str, object]] = {
        Kind.USER: {"subs": -1},
        Kind.ACCOUNT: {"limits": {"conn": -1}},
    }
    empty = {
        "pub": {},
        "sub": {"allow": []},
        "bearer_token": False,
        "tags": [],
        **limits.get(kind, {}),
    }
    assert jwt_differences.of_fields(kind, {}, empty) == []
    assert jwt_differences.of_fields(kind, empty, {}) == []


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.ACCOUNT, Kind.USER])
def test_the_hint_of_a_field_begins_with_what_holds_without_it(kind: Kind) -> None:
    for field in form.fields_of(kind):
        assert field.flag or field.otherwise in _DEFAULTS, field.label
