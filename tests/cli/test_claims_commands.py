"""`new` with claims, `edit`, `revoke` and `allow`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def says(vault: Run, ref: str, *flags: str) -> dict[str, object]:
    done = vault("edit", ref, *flags, "--json")
    assert done.status == 0, done.err
    claims: dict[str, object] = done.json()["claims"]
    return claims


def test_a_new_user_under_an_operator_has_a_jwt_with_what_was_asked(vault: Run) -> None:
    made = vault(
        *("new", "user", "reader", "--under", "acme/orders", "--json", "--expires", "90d"),
        *("--allow-sub", "orders.>, _INBOX.>", "--deny-pub", ">", "--limit", "subs=10"),
    )
    (user,) = made.json()
    assert user["has_jwt"]
    assert user["expires"]
    claims = says(vault, "reader")
    assert claims["sub"] == {"allow": ["orders.>", "_INBOX.>"]}
    assert claims["pub"] == {"deny": [">"]}
    assert (claims["subs"], claims["data"]) == (10, -1)


def test_many_users_share_what_was_asked(vault: Run) -> None:
    made = vault("new", "user", "dev", "--under", "acme/orders", "--count", "3", "--allow-pub", "a")
    assert made.status == 0
    assert says(vault, "acme/orders/dev-3")["pub"] == {"allow": ["a"]}


def test_edit_changes_what_is_named_and_keeps_the_rest(vault: Run) -> None:
    says(vault, "billing", "--allow-pub", "a", "--source", "10.0.0.0/8", "--bearer")
    claims = says(
        vault,
        "billing",
        *("--allow-pub", "", "--hours", "08:00-18:00", "--time-zone", "UTC", "--no-bearer"),
        *("--responses", "1", "--response-time", "5s", "--connection-type", "mqtt"),
    )
    assert claims["src"] == ["10.0.0.0/8"]
    assert claims["pub"] == {}
    assert claims["times"] == [{"start": "08:00:00", "end": "18:00:00"}]
    assert claims["resp"] == {"max": 1, "ttl": 5_000_000_000}
    assert claims["allowed_connection_types"] == ["MQTT"]
    assert not claims.get("bearer_token")
    assert "resp" not in says(vault, "billing", "--responses", "none")
    assert set(says(vault, "billing", "--free")) == {"pub", "sub", "subs", "data", "payload"}


def test_claims_come_from_a_file_as_other_tools_print_them(vault: Run, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    file.write_text(json.dumps({"iss": "x", "nats": {"type": "user", "pub": {"allow": ["z"]}}}))
    assert says(vault, "billing", "--claims", str(file))["pub"] == {"allow": ["z"]}
    for text, said in (("[1]", "no JSON object"), ("{", "no JSON"), ("[" * 100_000, "no JSON")):
        file.write_text(text)
        done = vault("edit", "billing", "--claims", str(file))
        assert (done.status, said in done.err) == (2, True)
    assert vault("edit", "billing", "--claims", str(tmp_path / "none")).status == 2


def test_what_no_server_takes_is_refused_and_nothing_changes(vault: Run) -> None:
    before = says(vault, "billing")
    for flags, said in (
        (["--allow-pub", "a..b"], "pub.allow"),
        (["--limit", "speed=4"], "no limit 'speed'"),
        (["--limit", "subs=x"], "no whole number"),
        (["--expires", "soon"], "no time"),
        (["--response-time", "5s"], "--responses"),
        (["--hours", "all"], "08:00-18:00"),
        (["--system-account", "orders"], "for operators"),
        (["--signer", "acme"], "cannot sign"),
    ):
        done = vault("edit", "billing", *flags)
        assert done.status == 2, flags
        assert said in done.err
    assert says(vault, "billing") == before
    assert vault("edit", "n1").status == 2
    assert vault("edit", "acme", "--allow-pub", "a").status == 2


def test_a_signing_key_with_a_role_gives_its_users_their_limits(vault: Run) -> None:
    done = vault(
        *("new", "account", "reader", "--signing", "--under", "acme/orders"),
        *("--role", "reader", "--allow-sub", "orders.>", "--json"),
    )
    assert done.status == 0, done.err
    assert done.json()[0]["signing"]
    made = vault("new", "user", "r", "--under", "acme/orders", "--signer", "acme/orders/reader")
    assert made.status == 0, made.err
    assert "subs" not in says(vault, "acme/orders/r")
    refused = vault("edit", "acme/orders/r", "--allow-pub", "x")
    assert refused.status == 1
    assert "role" in refused.err
    scoped = says(vault, "acme/orders")["signing_keys"]
    assert isinstance(scoped, list)
    assert scoped[0]["template"]["sub"] == {"allow": ["orders.>"]}
    assert vault("edit", "acme/orders/reader", "--deny-pub", ">").status == 0
    assert vault("edit", "acme/orders/reader", "--plain").status == 0
    assert says(vault, "acme/orders/r")["subs"] == -1
    assert vault("edit", "acme/orders/reader", "--deny-pub", ">").status == 2
    assert "signing key" in vault("list").out


def test_flags_that_do_not_fit_together_are_refused(vault: Run) -> None:
    for flags in (
        ["account", "k", "--signing"],
        ["account", "k", "--signing", "--under", "acme/orders", "--count", "2"],
        ["account", "k", "--signing", "--under", "acme/orders", "--allow-pub", "x"],
        ["user", "k", "--under", "acme/orders", "--role", "reader"],
        ["user", "k", "--under", "acme/orders", "--count", "2", "--not-before", "1d"],
        ["operator", "k", "--signing", "--under", "acme", "--role", "x"],
    ):
        assert vault("new", *flags).status == 2, flags
    assert "k" not in {key["name"] for key in vault("list", "--json").json()}


def test_an_operator_has_its_system_account_and_strict_signing(vault: Run) -> None:
    assert vault("edit", "acme", "--strict").status == 1
    assert vault("new", "operator", "--signing", "--under", "acme").status == 0
    assert vault("edit", "acme", "--strict", "--system-account", "metrics").status == 0
    keys = {key["path"]: key for key in vault("list", "--json").json()}
    assert keys["acme/orders/signing-1"]["signing"]
    assert says(vault, "acme")["system_account"] == keys["acme/metrics"]["public"]
    assert vault("edit", "acme", "--system-account", "acme/orders/billing").status == 2


def test_a_revoked_user_is_shut_out_until_it_is_allowed_again(vault: Run) -> None:
    assert vault("revoke", "billing").status == 0
    assert "revoked" in vault("list").out
    assert vault("edit", "billing", "--allow-pub", "x").status == 1
    allowed = vault("allow", "billing")
    assert allowed.status == 0
    assert "new JWT" in allowed.err
    assert "revoked" not in vault("list").out
    assert vault("revoke", "n1").status == 2


def test_not_before_begins_later(vault: Run) -> None:
    done = vault("new", "user", "late", "--under", "acme/orders", "--not-before", "1d")
    assert done.status == 0, done.err


def test_what_an_account_says_beside_its_limits_is_given_by_flags_and_shown_in_words(
    vault: Run,
) -> None:
    claims = says(
        vault,
        *("acme/orders", "--allow-pub", "a.>, b", "--responses", "1", "--response-time", "5s"),
        *("--tiers", "R1 disk_storage=10GiB streams=5; R3: disk_storage=1GiB"),
        *("--trace", "traces.orders 10%", "--info-url", "https://example.com"),
        *("--description", "all orders", "--disallow-bearer", "--tags", "prod, region:eu"),
    )
    assert claims["default_permissions"] == {
        "pub": {"allow": ["a.>", "b"]},
        "sub": {},
        "resp": {"max": 1, "ttl": 5_000_000_000},
    }
    limits = claims["limits"]
    assert isinstance(limits, dict)
    assert limits["tiered_limits"] == {
        "R1": {"disk_storage": 10 << 30, "streams": 5},
        "R3": {"disk_storage": 1 << 30},
    }
    assert limits["disallow_bearer"]
    assert claims["trace"] == {"dest": "traces.orders", "sampling": 10}
    assert claims["tags"] == ["prod", "region:eu"]
    words = vault("show", "acme/orders").out
    for line in (
        "jetstream by tier     R1 disk_storage=10737418240 streams=5; R3 disk_storage=1073741824",
        "traces go to          traces.orders 10%",
        "users may publish to  a.>, b",
        "users' answers        1 within 5s",
        "read more at          https://example.com",
        "tags                  prod, region:eu",
    ):
        assert line in words
    claims = says(
        vault,
        *("acme/orders", "--tiers", "", "--trace", "", "--responses", "none", "--tags", ""),
        *("--no-disallow-bearer", "--allow-pub", "", "--description", "", "--info-url", ""),
    )
    assert claims.keys() == {"limits", "default_permissions", "authorization"}
    assert claims["default_permissions"] == {"pub": {}, "sub": {}}


def test_an_operator_says_where_its_servers_are(vault: Run) -> None:
    claims = says(
        vault,
        *("acme", "--service-urls", "nats://a:4222, nats://b:4222", "--oldest-server", "2.10.0"),
        *("--account-server", "nats://a:4222"),
    )
    assert claims["operator_service_urls"] == ["nats://a:4222", "nats://b:4222"]
    assert claims["account_server_url"] == "nats://a:4222"
    assert "service urls    nats://a:4222, nats://b:4222" in vault("show", "acme").out


def test_a_flag_for_another_kind_of_key_is_refused_and_nothing_is_written(vault: Run) -> None:
    for ref, flags, reason in (
        ("acme/orders", ["--source", "10.0.0.0/8"], "for users"),
        ("acme/orders", ["--bearer"], "for users"),
        ("acme/orders", ["--service-urls", "nats://a:1"], "for operator keys"),
        ("billing", ["--trace", "traces"], "for account keys"),
        ("acme", ["--responses", "1"], "for users and accounts"),
        ("acme/orders", ["--tiers", "R1 stream=4"], "no limit of JetStream"),
        ("acme/orders", ["--tiers", "R1"], "has no limits"),
        ("acme/orders", ["--trace", "traces.*"], "without wildcards"),
        ("acme/orders", ["--trace", "traces 400%"], "percentage"),
        ("acme/orders", ["--tags", "two words"], "A tag is one word"),
    ):
        before = vault("jwt", ref).out
        done = vault("edit", ref, *flags)
        assert done.status == 2, flags
        assert reason in done.err
        assert vault("jwt", ref).out == before


def tags_of(vault: Run, ref: str) -> tuple[object, object]:
    """The tags of a key in the vault, and those that its JWT says."""
    claims = vault("jwt", ref, "--json").json()["claims"]["nats"]
    return vault("show", ref, "--json").json()["tags"], claims.get("tags", [])


def test_tags_stand_with_the_key_and_in_its_jwt(vault: Run) -> None:
    assert vault("new", "user", "one", "--under", "acme/orders", "--tags", "a,b").status == 0
    assert tags_of(vault, "one") == (["a", "b"], ["a", "b"])
    assert vault("edit", "one", "--tags", "c").status == 0
    assert tags_of(vault, "one") == (["c"], ["c"])
    assert vault("tag", "one", "--add", "d").status == 0
    assert tags_of(vault, "one") == (["c", "d"], ["c"])
    assert vault("edit", "one", "--tags", "").status == 0
    assert tags_of(vault, "one") == ([], [])
    assert vault("tag", "one", "--add", "region:eu", "--sign").status == 0
    assert tags_of(vault, "one") == (["region:eu"], ["region:eu"])
    signed_once = vault("jwt", "one").out
    assert vault("tag", "one", "--add", "region:eu", "--sign").status == 0
    assert vault("jwt", "one").out == signed_once


def test_many_new_users_and_those_without_a_jwt_take_their_tags_too(vault: Run) -> None:
    made = vault("new", "user", "d", "--count", "2", "--under", "acme/orders", "--tags", "a")
    assert made.status == 0, made.err
    assert tags_of(vault, "acme/orders/d-2") == (["a"], ["a"])
    assert vault("new", "user", "lone", "--tags", "a", "--allow-pub", "x").status == 0
    assert vault("show", "lone", "--json").json()["tags"] == ["a"]
    assert vault("edit", "lone", "--tags", "b").status == 0
    assert vault("show", "lone", "--json").json()["tags"] == ["b"]
    role = vault(
        *("new", "account", "reader", "--signing", "--under", "acme/orders", "--tags", "r"),
        *("--role", "reader", "--allow-sub", "orders.>"),
    )
    assert role.status == 0, role.err
    assert vault("show", "acme/orders/reader", "--json").json()["tags"] == ["r"]


def test_the_system_account_of_an_operator_is_shown_and_its_change_told(vault: Run) -> None:
    assert "system  " not in vault("show", "acme").out
    assert vault("edit", "acme", "--system-account", "acme/orders").status == 0
    assert re.search(r"system +account acme ▸ orders", vault("show", "acme").out)
    public = vault("public", "acme/orders").out.strip()
    assert f"system account: not set → {public}" in vault("history", "acme").out
    assert vault("delete", "acme/orders", "--yes").status == 0
    assert "system  " not in vault("show", "acme").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("edit billing", "acme/orders/billing: Its end lies in the past, 2020-01-01 00:00:00 UTC"),
        ("edit billing", "It has expired: servers refuse it."),
        ("edit acme/orders", "servers let none of its users in"),
        ("edit acme", "users are let in as before"),
        ("new user past --under acme/orders", "acme/orders/past: Its end lies in the past"),
        ("new account past --under acme", "acme/past: Its end lies in the past"),
        ("new user dev --under acme/orders --count 3", "All 3: Its end lies in the past"),
    ],
)
def test_an_end_in_the_past_is_told_with_whom_it_shuts_out(
    vault: Run, words: str, told: str
) -> None:
    done = vault(*words.split(), "--expires", "2020-01-01", "--json")
    assert done.status == 0
    assert told in done.err
    assert done.err.count("Its end lies in the past") == 1
    assert done.json()
    for when in ("90d", "never"):
        assert "past" not in vault("edit", "billing", "--expires", when).err


def test_who_is_let_in_again_and_has_expired_is_told_so(vault: Run) -> None:
    vault("edit", "billing", "--expires", "2020-01-01")
    assert "Its end lies in the past" in vault("edit", "billing", "--allow-pub", "a").err
    vault("revoke", "billing")
    assert "Its end lies in the past" in vault("allow", "billing").err
