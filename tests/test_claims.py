"""What a JWT may say: refused before it is signed when no server would take it as meant."""

from __future__ import annotations

from typing import Any

import pytest

from wallet.errors import UsageError
from wallet.nats.claims import content
from wallet.nats.claims.revocations import revocations
from wallet.nats.claims.signing_keys import (
    scope_of,
    signing_keys,
    with_signing_key,
    without_signing_key,
)
from wallet.nats.nkeys import Kind, Seed

ACCOUNT = Seed.generate(Kind.ACCOUNT).public.text
USER = Seed.generate(Kind.USER).public.text
OPERATOR = Seed.generate(Kind.OPERATOR).public.text

TAKEN: list[tuple[Kind, dict[str, Any]]] = [
    (Kind.USER, {}),
    (Kind.OPERATOR, {"a\u00dfert_server_version": "2.10.0"}),  # to Go, no field that it knows
    (Kind.USER, content.starting(Kind.USER)),
    (Kind.USER, {"pub": {"allow": ["a", "a.*.b", "a.>", ">", "$JS.API.>", "_INBOX.*"]}}),
    (Kind.USER, {"sub": {"deny": ["orders.> workers"]}}),
    (Kind.USER, {"resp": {"max": 1, "ttl": 5_000_000_000}}),
    (Kind.USER, {"src": ["10.0.0.0/8", "::1/128"], "times_location": "UTC"}),
    (Kind.USER, {"times": [{"start": "08:00:00", "end": "18:00:00"}]}),
    (Kind.USER, {"allowed_connection_types": ["STANDARD", "MQTT_WS"], "bearer_token": True}),
    (Kind.USER, {"something_new": {"deep": [1]}}),
    (Kind.ACCOUNT, content.starting(Kind.ACCOUNT)),
    (Kind.ACCOUNT, {"limits": {"conn": 5, "tiered_limits": {"R1": {"disk_storage": -1}}}}),
    (Kind.ACCOUNT, {"signing_keys": [ACCOUNT], "revocations": {"*": 1, USER: 2}}),
    (Kind.ACCOUNT, {"mappings": {"a.*": [{"subject": "b.$1", "weight": 50}]}}),
    (
        Kind.ACCOUNT,
        {
            **content.starting(Kind.ACCOUNT),
            "exports": [{"name": "x", "subject": "a.>", "type": "stream"}],
        },
    ),
    (Kind.OPERATOR, {"signing_keys": [OPERATOR], "system_account": ACCOUNT}),
    (Kind.OPERATOR, {"operator_service_urls": ["nats://h:1"], "account_server_url": "nats://h"}),
    (Kind.OPERATOR, {"assert_server_version": "2.10.0", "strict_signing_key_usage": True}),
]

REFUSED: list[tuple[Kind, dict[str, Any], str]] = [
    (Kind.USER, {"pub": {"allow": "orders"}}, "pub.allow"),
    (Kind.USER, {"pub": {"allow": ["a b"]}}, "without blanks"),
    (Kind.USER, {"pub": {"allow": ["a..b"]}}, "subject"),
    (Kind.USER, {"pub": {"allow": ["a.>.b"]}}, "subject"),
    (Kind.USER, {"pub": {"allow": [""]}}, "subject"),
    (Kind.USER, {"pub": {"allow": ["a\tb"]}}, "subject"),
    (Kind.USER, {"pub": {"allow": [7]}}, "subject"),
    (Kind.USER, {"sub": {"allow": ["a b c"]}}, "subject"),
    (Kind.USER, {"pub": ["a"]}, "object"),
    (Kind.USER, {"resp": {"max": "1"}}, "resp.max"),
    (Kind.USER, {"subs": -2}, "-1 for no limit"),
    (Kind.USER, {"subs": True}, "whole number"),
    (Kind.USER, {"subs": 1.5}, "whole number"),
    (Kind.USER, {"payload": 1 << 64}, "whole number"),
    (Kind.USER, {"src": ["10.0.0.1"]}, "10.1.2.3/32"),
    (Kind.USER, {"src": ["nowhere/8"]}, "network"),
    (Kind.USER, {"times": [{"start": "08:00"}]}, "time of day"),
    (Kind.USER, {"times": [{"start": "25:00:00", "end": "26:00:00"}]}, "time of day"),
    (Kind.USER, {"times": [{"start": "08:00:00"}]}, "span"),
    (Kind.USER, {"times_location": "Mars/Olympus"}, "time zone"),
    (Kind.USER, {"times_location": "../../etc/passwd"}, "time zone"),
    (Kind.USER, {"times_location": 3}, "time zone"),
    (Kind.USER, {"allowed_connection_types": ["CARRIER_PIGEON"]}, "STANDARD"),
    (Kind.USER, {"bearer_token": "yes"}, "true or false"),
    (Kind.USER, {"issuer_account": USER}, "public key of an account"),
    (Kind.USER, {"SUBS": 1}, "spelled “subs”"),
    (Kind.USER, {"\u017fub\u017f": 1}, "spelled “subs”"),
    (Kind.OPERATOR, {"system_account": None, "\u212aind": 1, "SIGNING_\u212aEYS": []}, "spelled"),
    (Kind.USER, {"tags": "x"}, "list"),
    (Kind.ACCOUNT, {"limits": {"conn": None}}, "limits.conn"),
    (Kind.ACCOUNT, {"limits": {"wildcards": 1}}, "true or false"),
    (Kind.ACCOUNT, {"limits": {"tiered_limits": []}}, "object"),
    (Kind.ACCOUNT, {"signing_keys": [OPERATOR]}, "public key of an account"),
    (Kind.ACCOUNT, {"signing_keys": [{"kind": "other", "key": ACCOUNT}]}, "user_scope"),
    (Kind.ACCOUNT, {"signing_keys": [{"template": {"pub": 1}}]}, "template.pub"),
    (Kind.ACCOUNT, {"revocations": {"somebody": 1}}, "public key of a user"),
    (Kind.ACCOUNT, {"revocations": {"*": "now"}}, "whole number"),
    (Kind.ACCOUNT, {"info_url": "javascript:alert(1)"}, "https://"),
    (Kind.ACCOUNT, {"imports": [{"type": "river"}]}, "stream"),
    (Kind.ACCOUNT, {"description": ["x"]}, "text"),
    (Kind.OPERATOR, {"system_account": OPERATOR}, "public key of an account"),
    (Kind.OPERATOR, {"assert_server_version": "new"}, "version"),
    (Kind.OPERATOR, {"account_server_url": "nats://"}, "URL"),
    (Kind.OPERATOR, {"operator_service_urls": ["http://h"]}, "nats://"),
    (Kind.SERVER, {}, "has none"),
]


@pytest.mark.parametrize(("kind", "nats"), TAKEN)
def test_what_servers_understand_is_taken(kind: Kind, nats: dict[str, Any]) -> None:
    content.check(kind, nats)


@pytest.mark.parametrize(("kind", "nats", "said"), REFUSED)
def test_what_no_server_takes_is_refused_by_the_name_of_the_field(
    kind: Kind, nats: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        content.check(kind, nats)
    assert said in str(refused.value)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(UsageError) as refused:
        content.check(Kind.USER, {"subs": "9" * 10_000})
    assert len(str(refused.value)) < 200


def test_a_user_of_a_plain_key_has_every_limit_and_of_a_scoped_one_none() -> None:
    assert content.fitted({"pub": {"allow": ["a"]}}, scoped=False)["subs"] == -1
    assert content.fitted({"pub": {"allow": ["a"]}, "subs": -1, "new": 1}, scoped=True) == {
        "new": 1
    }


def test_a_scope_is_found_by_its_key_and_replaced_as_a_whole() -> None:
    nats = with_signing_key({}, ACCOUNT, {"role": "a"})
    nats = with_signing_key(nats, ACCOUNT, {"role": "b", "template": {"subs": 4}})
    scope = scope_of(nats, ACCOUNT)
    assert scope is not None
    assert (scope["role"], scope["template"]["subs"], scope["template"]["data"]) == ("b", 4, -1)
    assert signing_keys(nats) == [ACCOUNT]
    assert signing_keys(without_signing_key(nats, ACCOUNT)) == []
    content.check(Kind.ACCOUNT, nats)


@pytest.mark.parametrize("listed", [5, "AB", {"key": 1}, True, None, [5, None, {}, {"key": 7}]])
def test_signing_keys_that_are_none_in_a_jwt_from_elsewhere_are_no_keys(listed: Any) -> None:
    nats = {"signing_keys": listed}
    assert signing_keys(nats) == []
    assert scope_of(nats, ACCOUNT) is None
    assert signing_keys(with_signing_key(nats, ACCOUNT, None)) == [ACCOUNT]


@pytest.mark.parametrize("listed", [5, [USER], {USER: "now", "*": True}, None])
def test_revocations_that_are_none_revoke_nobody(listed: Any) -> None:
    assert revocations({"revocations": listed}) == {}
