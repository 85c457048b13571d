"""`test` where some keys are to be refused: what was wanted decides, and a refusal is proved."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, Run, Start
from tests.server.listeners import unused_port
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault


def retire(name: str) -> None:
    path = Path(os.environ["NKEY_WALLET_VAULT"])
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(path, passphrase) as vault,
        vault.change() as records,
    ):
        records.set_status(records.find(name).id, "retired")


@pytest.fixture
def gone(vault: Run) -> tuple[str, str]:
    """The configurations before and after acme/orders/gone was revoked."""
    vault("new", "user", "gone", "--under", "acme/orders")
    before = vault("config", "--for", "operator").out
    vault("revoke", "gone")
    return before, vault("config", "--for", "operator").out


def test_a_revoked_user_that_is_let_in_fails_the_test_of_its_account(
    vault: Run, gone: tuple[str, str], start: Start
) -> None:
    done = vault("test", "acme/orders", "--server", start(gone[0]).url, "--json")
    first, *others = done.json()
    assert done.status == 1
    assert (first["wanted"], first["as_wanted"], first["ok"]) == ("refused", False, True)
    assert first["causes"][0]["code"] == "not-refused"
    assert "resolver_preload" in first["causes"][0]["fix"]
    assert all(other["wanted"] == "taken" and other["as_wanted"] for other in others)


def test_a_revoked_user_that_is_refused_is_right_and_nothing_is_advised(
    vault: Run, gone: tuple[str, str], start: Start
) -> None:
    url = start(gone[1]).url
    done = vault("test", "acme/orders", "--server", url, "--json")
    assert done.status == 0, done.out
    (row,) = [one for one in done.json() if one["wanted"] == "refused"]
    assert (row["verdict"], row["as_wanted"], row["ok"]) == ("refused", True, False)
    (cause,) = row["causes"]
    assert (cause["code"], cause["certain"]) == ("jwt-revoked", True)
    assert "allow" not in cause["fix"]
    shown = vault("test", "acme/orders", "--server", url)
    line = next(line for line in shown.out.splitlines() if "gone" in line)
    assert line.startswith("✓")
    assert "right: it is revoked" in line
    assert "1 of 1 refused, as they should be" in shown.out


def test_one_named_key_keeps_its_exit_unless_something_else_is_expected(
    vault: Run, gone: tuple[str, str], start: Start
) -> None:
    old, new = start(gone[0]).url, start(gone[1]).url
    assert vault("test", "gone", "--server", old).status == 0  # a server that checks keys took it
    assert vault("test", "gone", "--server", old, "--expect", "refused").status == 1
    assert vault("test", "gone", "--server", new).status == 1
    assert vault("test", "billing", "--server", new, "--expect", "taken").status == 0
    assert vault("test", "billing", "--server", new, "--expect", "refused").status == 1


def test_a_refusal_alone_proves_no_revocation_another_user_of_the_account_does(
    vault: Run, gone: tuple[str, str], start: Start
) -> None:
    command = ("test", "gone", "--server", start(gone[1]).url, "--expect", "refused", "--json")
    alone = vault(*command)
    assert (alone.status, alone.json()["as_wanted"]) == (1, None)
    assert alone.json()["causes"][0]["code"] == "refusal-not-proved"
    beside = vault(*command, "--beside", "billing")
    assert (beside.status, beside.json()["as_wanted"]) == (0, True)
    assert "acme/orders/billing" in beside.json()["causes"][0]["why"]
    tried = vault(*command, "--experiment")
    assert (tried.status, tried.json()["as_wanted"]) == (0, True), tried.out


def test_a_dead_server_a_wrong_port_and_another_operators_server_prove_nothing(
    vault: Run, gone: tuple[str, str], start: Start
) -> None:
    vault("new", "operator", "other")
    vault("new", "account", "sys", "--under", "other")
    others = start(vault("config", "other", "--for", "operator").out).url
    lists = start("authorization { user: a, password: b }\n").url  # gives no nonce
    dead = f"nats://127.0.0.1:{unused_port()}"
    for url in (dead, others, lists):
        done = vault(
            *("test", "gone", "--server", url, "--expect", "refused", "--beside", "billing"),
            "--json",
        )
        assert (done.status, done.json()["as_wanted"]) == (1, None), done.out


def test_monitoring_that_shows_the_revocation_proves_it(
    vault: Run, gone: tuple[str, str], start: Start
) -> None:
    from tests.server.listeners import logged_port

    server = start(gone[1] + "\nhttp: 127.0.0.1:-1\n")
    port = logged_port(server, "Starting http monitor on")
    done = vault(
        *("test", "gone", "--server", server.url, "--expect", "refused", "--json"),
        *("--monitor", f"http://127.0.0.1:{port}"),
    )
    assert (done.status, done.json()["as_wanted"]) == (0, True), done.out


def test_another_user_of_another_account_is_no_proof(vault: Run, gone: tuple[str, str]) -> None:
    vault("new", "account", "metrics", "--under", "acme")
    vault("new", "user", "reader", "--under", "acme/metrics")
    done = vault("test", "gone", "--server", "nats://127.0.0.1:1", "--beside", "reader")
    assert done.status == 2


def test_expired_users_are_wanted_refused_and_retired_ones_are_counted_and_named(
    vault: Run, start: Start
) -> None:
    vault("new", "user", "old", "--under", "acme/orders")
    vault("edit", "old", "--expires", "2020-01-01")
    vault("new", "user", "away", "--under", "acme/orders")
    retire("away")
    url = start(vault("config", "--for", "operator").out).url
    done = vault("test", "acme/orders", "--server", url)
    assert done.status == 0, done.out
    assert "right: its JWT has expired" in done.out
    assert "Left out: 1 retired (away)." in done.out
    named = vault("test", "away", "billing", "--server", url, "--json")
    assert named.status == 1  # it is retired, and still let in
    assert {one["wanted"] for one in named.json()} == {"taken", "refused"}


def test_a_server_that_lets_anybody_in_refuses_no_revoked_key(
    vault: Run, gone: tuple[str, str], start: Start
) -> None:
    done = vault("test", "gone", "--server", start("").url, "--expect", "refused", "--json")
    assert (done.status, done.json()["as_wanted"], done.json()["ok"]) == (1, False, False)
