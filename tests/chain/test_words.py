"""What JWTs say, in words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chain.makers import ACCOUNT, NOW, OPERATOR, SIGNER, USER, chain
from wallet.chain import Chain, describe
from wallet.nats.jwt_layout import unlimited_account
from wallet.when import exactly

DAY = 86_400


def test_a_plain_chain_in_words() -> None:
    assert describe(chain(), NOW) == [
        f"User “billing” ({USER.public}) of the account “orders” ({ACCOUNT.public}).",
        f"Signed on 2027-01-15 07:59:00 UTC by {ACCOUNT.public}, account “orders” itself.",
        "Does not expire.",
        "Publish: everything.",
        "Subscribe: everything.",
        "Limits: none.",
        f"Account “orders” ({ACCOUNT.public}).",
        f"Signed on 2027-01-15 07:59:00 UTC by {OPERATOR.public}, operator “acme” itself.",
        "Does not expire.",
        "Limits: none.",
        "No JetStream.",
        f"Operator “acme” ({OPERATOR.public}).",
        "Does not expire.",
    ]


def test_a_restricted_user_in_words() -> None:
    of = chain(
        {
            "pub": {"allow": ["orders.>"], "deny": ["orders.secret"]},
            "sub": {"deny": [">"]},
            "resp": {"max": 1, "ttl": 5_000_000_000},
            "subs": 10,
            "payload": 1024,
            "src": ["10.0.0.0/8"],
            "times": [{"start": "08:00:00", "end": "18:00:00"}],
            "times_location": "Europe/Berlin",
            "allowed_connection_types": ["STANDARD", "WEBSOCKET"],
            "bearer_token": True,
        },
        expires=NOW + 3 * DAY,
        not_before=NOW + DAY,
    )
    assert describe(of, NOW)[2:11] == [
        f"Valid from {exactly(NOW + DAY)} (not yet). "
        f"Expires on {exactly(NOW + 3 * DAY)}, in 3 days.",
        "Publish: orders.>, but not orders.secret.",
        "Subscribe: nothing.",
        "Replies to what it receives: up to 1 within 5 seconds, wherever they go.",
        "Limits: 10 subscriptions, 1,024 bytes a message.",
        "Connects from 10.0.0.0/8 only.",
        "Connects at 08:00:00-18:00:00 only (Europe/Berlin).",
        "Connects as STANDARD, WEBSOCKET only.",
        "A bearer token: whoever has the JWT connects, without the seed.",
    ]


def test_limits_left_out_are_said_to_forbid() -> None:
    said = describe(Chain(account=chain(account={"limits": {"conn": 5, "subs": 0}}).account), NOW)
    assert said[3].startswith(
        "Limits: 5 connections, no leaf node connections (left out, which means 0), "
        "no subscriptions"
    )


def test_a_scoped_user_is_described_by_its_scope_and_alone_by_what_is_missing() -> None:
    of = chain(scope={"pub": {"allow": ["a"]}, "subs": 3})
    said = describe(of, NOW)
    assert f"by {SIGNER.public}, a signing key of account “orders”." in said[1]
    assert "Limits and permissions are those of its signing key's scope “worker”." in said
    assert "Publish: a." in said
    assert "Limits: 3 subscriptions; bytes a message unlimited." in said
    alone = describe(Chain(user=of.user), NOW)
    assert "says nothing of limits and permissions" in alone[-1]


def test_an_account_with_everything_in_words() -> None:
    of = chain(
        account={
            "limits": {
                "conn": 100,
                "mem_storage": -1,
                "disk_storage": 4096,
                "disallow_bearer": True,
            },
            "signing_keys": [
                SIGNER.public.text,
                {"kind": "user_scope", "key": ACCOUNT.public.text, "role": "r", "template": {}},
            ],
            "revocations": {"*": NOW - DAY, USER.public.text: NOW},
            "default_permissions": {"pub": {"allow": ["a"]}, "sub": {}},
            "imports": [{"subject": "in.>", "account": ACCOUNT.public.text, "type": "stream"}],
            "exports": [{"subject": "out", "type": "service", "token_req": True}],
            "mappings": {"a.*": [{"subject": "b.$1", "weight": 40}, {"subject": "c.$1"}]},
            "trace": {"dest": "traces", "sampling": 10},
            "info_url": "https://example.com",
        },
        operator={
            "operator_service_urls": ["nats://a:4222", "nats://b:4222"],
            "account_server_url": "nats://a:4222",
            "assert_server_version": "2.10.0",
            "signing_keys": [OPERATOR.public.text],
            "system_account": ACCOUNT.public.text,
            "strict_signing_key_usage": True,
        },
    )
    said = "\n".join(describe(Chain(None, of.account, of.operator), NOW))
    for line in (
        "JetStream: 4,096 bytes of disk; bytes of memory, streams, consumers unlimited.",
        "Takes no bearer tokens.",
        f"{ACCOUNT.public} (scope “r”)",
        f"Revokes every user JWT issued up to {exactly(NOW - DAY)}.",
        f"Revokes 1 of its users: {USER.public}.",
        "Users without permissions of their own publish a, subscribe everything.",
        f"Imports: stream in.> from {ACCOUNT.public}.",
        "Exports: service out (private).",
        "Maps a.* to b.$1 (40 %), c.$1 (100 %).",
        "Traces go to traces, of 10 % of the messages.",
        "More about it: https://example.com.",
        "Service URLs: nats://a:4222, nats://b:4222.",
        "Account server: nats://a:4222.",
        "Oldest server: 2.10.0.",
        f"System account: {ACCOUNT.public}.",
        "Only signing keys may sign (strict_signing_key_usage).",
    ):
        assert line in said


def test_what_has_expired_is_said_so() -> None:
    assert f"Expired on {exactly(NOW - 100)}, 100 seconds ago." in describe(
        chain(expires=NOW - 100), NOW
    )


def test_long_lists_are_counted_not_shown() -> None:
    of = chain({"pub": {"allow": [f"s.{n}" for n in range(40)]}})
    line = next(line for line in describe(of, NOW) if line.startswith("Publish"))
    assert "s.11 and 28 more" in line
    assert "s.12" not in line


@pytest.mark.parametrize(("count", "more"), [(12, []), (13, ["Maps 1 more subjects."])])
def test_mappings_are_counted_from_where_no_more_are_shown(count: int, more: list[str]) -> None:
    mappings = {f"m.{number:02}": [{"subject": "n"}] for number in range(count)}
    said = describe(Chain(None, chain(account={"mappings": mappings}).account), NOW)
    assert [line for line in said if line.startswith("Maps m")][-1].startswith("Maps m.11 to n")
    assert [line for line in said if "more subjects" in line] == more


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        ({"dest": "t", "sampling": 10}, ["Traces go to t, of 10 % of the messages."]),
        ({"dest": "t", "sampling": 0}, ["Traces go to t."]),
        ({"sampling": 10}, []),
    ],
)
def test_traces_are_told_with_their_share_where_one_is_named(
    trace: dict[str, Any], told: list[str]
) -> None:
    said = describe(Chain(None, chain(account={"trace": trace}).account), NOW)
    assert [line for line in said if line.startswith("Traces")] == told


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, ["No JetStream."]),
        ({"streams": 5}, ["No JetStream."]),
        ({"tiered_limits": {"R1": {"streams": 5}}}, ["No JetStream."]),
        (
            {"tiered_limits": {"R1": {"disk_storage": -1}, "R3": {"mem_storage": 9, "streams": 2}}},
            [
                "JetStream, tier R1: no bytes of memory (left out, which means 0); "
                "bytes of disk, streams, consumers unlimited.",
                "JetStream, tier R3: 9 bytes of memory, "
                "no bytes of disk (left out, which means 0), 2 streams; consumers unlimited.",
            ],
        ),
        # Servers go by the tiers alone.
        ({"disk_storage": 7, "tiered_limits": {"R1": {}}}, ["No JetStream."]),
    ],
)
def test_jetstream_is_told_by_its_tiers(limits: dict[str, Any], said: list[str]) -> None:
    of = chain(account={"limits": {**unlimited_account()["limits"], **limits}})
    lines = [line for line in describe(Chain(account=of.account), NOW) if "JetStream" in line]
    assert [line for line in lines if not line.startswith("!")] == said
