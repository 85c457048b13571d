"""`test --config` and `config --rehearse`, with the real nats-server."""

from __future__ import annotations

import re
from pathlib import Path
from unittest.mock import ANY

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def conf(vault: Run, tmp_path: Path) -> Path:
    """A configuration that lists acme/orders/billing and, for other connections only, reports."""
    vault("new", "user", "reports", "--under", "acme/orders")
    vault("new", "user", "stranger")
    billing, reports = (vault("public", name).out.strip() for name in ("billing", "reports"))
    path = tmp_path / "server.conf"
    path.write_text(
        f"""port: 4222
accounts {{
  ORDERS {{ users = [
    {{ nkey: {billing} }}
    {{ nkey: {reports}, allowed_connection_types: [MQTT] }}
  ] }}
}}
""",
        encoding="utf-8",
    )
    return path


def test_a_listed_key_that_is_refused_is_exit_1_and_comes_first(vault: Run, conf: Path) -> None:
    done = vault("test", "--config", str(conf), "--json")
    found = done.json()
    assert done.status == 1, done.err
    lists = {"rows", "not_held", "left_out", "flaws", "unjudged", "doors"}
    assert set(found) == {
        "ok",
        "as_wanted",
        "config",
        "unknown",
        "instead",
        "not_started",
        "server",
        *lists,
    }
    assert found["ok"] is False
    assert [(row["path"], row["verdict"], row["account"]) for row in found["rows"]] == [
        ("acme/orders/reports", "refused", ""),
        ("acme/orders/billing", "accepted", "ORDERS"),
    ]
    assert found["rows"][0]["cause"]["code"] == "jwt-connection-type"
    assert found["rows"][1]["cause"] is None
    assert found["unknown"]["verdict"] == "refused"
    assert (found["not_held"], found["left_out"], found["unjudged"]) == ([], [], [])
    assert found["doors"] == [{"door": "client", "entry": "refused", "as": "", "why": ANY}]
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["server"]["version"])
    assert found["server"]["path"].endswith("nats-server")


def test_the_keys_that_are_named_are_tried_and_no_others(vault: Run, conf: Path) -> None:
    done = vault("test", "billing", "acme/orders/billing", "--config", str(conf), "--json")
    assert done.status == 0, done.err
    assert [row["path"] for row in done.json()["rows"]] == ["acme/orders/billing"]
    stranger = vault("test", "stranger", "billing", "--config", str(conf), "--json")
    assert stranger.status == 1
    assert [row["listed"] for row in stranger.json()["rows"]] == [False, True]


def test_a_revoked_user_is_wanted_refused(vault: Run, conf: Path) -> None:
    conf.write_text(conf.read_text().replace(", allowed_connection_types: [MQTT]", ""))
    vault("revoke", "acme/orders/reports")
    listed = vault("test", "--config", str(conf), "--json")
    assert listed.status == 1
    rows = {row["path"]: row for row in listed.json()["rows"]}
    assert (rows["acme/orders/reports"]["wanted"], rows["acme/orders/reports"]["as_wanted"]) == (
        "refused",
        False,
    )
    assert "not as" not in listed.err
    told = vault("test", "--config", str(conf)).out
    assert "acme/orders/reports should be refused, and is let in. If the server lists" in told
    made = vault("config", "acme", "--for", "operator", "--rehearse")
    assert made.status == 0, made.err
    assert "1 of 1 keys are let in" in made.err
    assert "1 of 1 are refused, as they should be" in made.err
    assert vault("test", "billing", "--config", str(conf), "--expect", "refused").status == 1


def test_of_keys_that_none_wants_let_in_only_the_refusal_is_told(vault: Run, conf: Path) -> None:
    vault("revoke", "billing")
    conf.write_text(vault("config", "acme", "--for", "operator").out)
    done = vault("test", "billing", "--config", str(conf))
    assert done.status == 0, done.out + done.err
    assert "0 of 0" not in done.out
    assert f"1 of 1 keys are refused with {conf}, as they should be." in done.out


def test_an_account_or_operator_stands_for_its_users(vault: Run, conf: Path) -> None:
    conf.write_text(conf.read_text().replace(", allowed_connection_types: [MQTT]", ""))
    for ref in ("acme/orders", "acme", "acme/orders/billing"):
        done = vault("test", ref, "acme/orders/reports", "--config", str(conf), "--json")
        assert done.status == 0, done.err
        paths = {row["path"] for row in done.json()["rows"]}
        assert paths == {"acme/orders/billing", "acme/orders/reports"}
    vault("new", "account", "empty", "--under", "acme")
    assert vault("test", "acme/empty", "--config", str(conf)).status == 1


def test_for_people_there_is_a_table_with_why_and_what_to_change(vault: Run, conf: Path) -> None:
    done = vault("test", "--config", str(conf))
    assert [line.split()[:2] for line in done.out.splitlines()[:2]] == [
        ["✗", "acme/orders/reports"],
        ["✓", "acme/orders/billing"],
    ]
    assert f"{conf} line 5 lists" in done.out
    assert "→ Add STANDARD" in done.out
    assert "1 of 2 keys are let in" in done.out
    assert "Judged by nats-server" in done.out.splitlines()[-1]


def test_a_configuration_that_lists_no_key_of_ours_is_no_success(
    vault: Run, tmp_path: Path
) -> None:
    path = tmp_path / "server.conf"
    path.write_text("authorization { token: abc }\n", encoding="utf-8")
    done = vault("test", "--config", str(path))
    assert done.status == 1
    assert "nothing was checked" in done.out


def test_what_nats_server_refuses_is_told_with_its_line(vault: Run, tmp_path: Path) -> None:
    path = tmp_path / "server.conf"
    path.write_text("port: 4222\nauthorisation { }\n", encoding="utf-8")
    done = vault("test", "--config", str(path))
    assert (done.status, done.out) == (1, "")
    assert f"{path} line 2" in done.err
    assert "authorisation" in done.err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["billing"], 2),
        ([], 2),
        (["billing", "--server", "nats://127.0.0.1:1", "--config", "x"], 2),
        (["--server", "nats://127.0.0.1:1"], 2),
        (["--config", "/nowhere/server.conf"], 2),
        (["--config", "x", "--tls-ca", "y"], 2),
        (["nobody", "--config", "x"], 4),
    ],
)
def test_what_cannot_be_meant_has_its_exit_code(
    vault: Run, arguments: list[str], status: int
) -> None:
    done = vault("test", *arguments)
    assert (done.status, done.out) == (status, "")
    assert done.err


def test_a_configuration_is_rehearsed_before_it_is_handed_out(vault: Run) -> None:
    text = vault("config", "--for", "server").out
    done = vault("config", "--for", "server", "--rehearse")
    assert (done.status, done.out) == (0, text)
    assert "1 of 1 keys are let in" in done.err


def test_only_a_servers_configuration_is_rehearsed(vault: Run) -> None:
    assert vault("config", "billing", "--for", "go", "--rehearse").status == 2


def test_without_nats_server_the_way_to_one_is_told(
    vault: Run, conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_named: None)
    for arguments in (["test", "--config", str(conf)], ["config", "--for", "server", "--rehearse"]):
        done = vault(*arguments)
        assert (done.status, done.out) == (1, "")
        assert "pip install" in done.err


def test_the_configuration_of_an_operator_is_rehearsed_too(vault: Run, tmp_path: Path) -> None:
    vault("new", "user", "reports", "--under", "acme/orders")
    made = vault("config", "acme", "--for", "operator", "--rehearse")
    assert made.status == 0, made.err
    assert "2 of 2 keys are let in" in made.err
    assert "account orders" in made.err
    path = tmp_path / "operator.conf"
    path.write_text(made.out, encoding="utf-8")
    assert vault("test", "--config", str(path)).status == 0
    vault("edit", "acme/orders", "--limit", "conn=0")
    other = vault("config", "acme", "--for", "operator", "--rehearse")
    assert other.status == 1
    assert "account-full" in other.err
    assert vault("config", "acme", "--for", "account", "--rehearse").status == 2


def test_what_is_wrong_besides_the_keys_is_told_with_its_line(vault: Run, conf: Path) -> None:
    conf.write_text(conf.read_text() + "tls { cert_file: /no/such.crt }\n")
    done = vault("test", "billing", "--config", str(conf))
    assert done.status == 1
    assert f"✗ {conf} line 8: tls-file" in done.out
    assert "→ Set key_file too." in done.out
    assert f"! {conf} line 8: tls-file" in done.out
    found = vault("test", "billing", "--config", str(conf), "--json").json()
    assert [flaw["fatal"] for flaw in found["flaws"]] == [True, False]
    assert set(found["flaws"][0]) == {"code", "fatal", "file", "line", "why", "fix"}


@pytest.mark.parametrize(
    "flags",
    [
        ["--may", "orders"],
        ["--experiment"],
        ["--beside", "billing"],
        ["--monitor", "http://127.0.0.1:1"],
        ["--no-probe"],
        ["--cluster"],
        ["--cluster-yes"],
    ],
)
def test_what_a_rehearsal_does_not_look_at_is_not_answered_by_it(
    vault: Run, tmp_path: Path, flags: list[str]
) -> None:
    conf = tmp_path / "server.conf"
    conf.write_text(vault("config", "billing", "--for", "server").out)
    done = vault("test", "--config", str(conf), *flags)
    assert done.status == 2
    assert flags[0] in done.err
