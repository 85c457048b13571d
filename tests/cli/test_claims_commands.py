"""`new` with claims, `edit`, `revoke` and `allow`."""

from __future__ import annotations

import json
from pathlib import Path

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
    assert refused.status == 2
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
    assert vault("edit", "acme", "--strict").status == 2
    assert vault("new", "operator", "--signing", "--under", "acme").status == 0
    assert vault("edit", "acme", "--strict", "--system-account", "metrics").status == 0
    keys = {key["path"]: key for key in vault("list", "--json").json()}
    assert keys["acme/orders/signing-1"]["signing"]
    assert says(vault, "acme")["system_account"] == keys["acme/metrics"]["public"]
    assert vault("edit", "acme", "--system-account", "acme/orders/billing").status == 2


def test_a_revoked_user_is_shut_out_until_it_is_allowed_again(vault: Run) -> None:
    assert vault("revoke", "billing").status == 0
    assert "revoked" in vault("list").out
    assert vault("edit", "billing", "--allow-pub", "x").status == 2
    allowed = vault("allow", "billing")
    assert allowed.status == 0
    assert "new JWT" in allowed.err
    assert "revoked" not in vault("list").out
    assert vault("revoke", "n1").status == 2


def test_not_before_begins_later(vault: Run) -> None:
    done = vault("new", "user", "late", "--under", "acme/orders", "--not-before", "1d")
    assert done.status == 0, done.err
