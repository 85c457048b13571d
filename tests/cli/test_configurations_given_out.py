"""Configurations that were given out are remembered, and told when they would be others today."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Deploy, Run
from tests.cli.test_health_command import BILLING, ORDERS, opened
from wallet.exchange import configurations
from wallet.tasks.deployment.written_configurations import (
    Outdated,
    note_configuration,
    outdated,
    text_of,
)
from wallet.vault.db.parts.configurations import Recipe

pytestmark = pytest.mark.usefixtures("empty_home")


def told(tmp_path: Path) -> list[Outdated]:
    with opened(tmp_path) as wallet:
        return list(outdated(wallet.records, time.time() + 1))


@pytest.mark.parametrize(
    ("config", "change"),
    [
        (["--for", "server"], ["new", "user", "more", "--under", ORDERS]),
        (["--for", "server"], ["edit", BILLING, "--allow-pub", "a"]),
        (["--for", "server"], ["delete", BILLING, "--yes"]),
        ([ORDERS, "--for", "server"], ["retire", BILLING]),
        ([ORDERS, "--for", "server"], ["revoke", BILLING]),
        (["--for", "server", "--accounts"], ["rename", ORDERS, "sales"]),
        (["--for", "operator"], ["edit", ORDERS, "--limit", "conn=3"]),
        ([ORDERS, "--for", "account"], ["edit", ORDERS, "--limit", "conn=3"]),
    ],
)
def test_a_change_of_what_it_holds_makes_a_configuration_outdated_until_it_is_given_out_anew(
    vault: Run, tmp_path: Path, config: list[str], change: list[str]
) -> None:
    assert vault("new", "user", "other", "--under", ORDERS).status == 0
    assert vault("config", *config).status == 0
    assert told(tmp_path) == []
    assert vault(*change).status == 0
    (one,) = told(tmp_path)
    assert bool(one.let_in) == (change[0] == "revoke")
    assert vault("config", *config).status == 0
    assert told(tmp_path) == []


def test_names_of_keys_and_changes_elsewhere_make_no_configuration_outdated(
    vault: Run, tmp_path: Path
) -> None:
    assert vault("config", BILLING, "--for", "server").status == 0
    assert vault("config", ORDERS, "--for", "account").status == 0
    for change in (
        ["rename", BILLING, "bills"],
        ["tag", "bills", "--add", "prod"],
        ["new", "user", "more", "--under", "acme/metrics"],
    ):
        assert vault(*change).status == 0
    assert told(tmp_path) == []


def test_users_that_were_refused_before_a_list_was_given_out_are_none_that_it_lets_in_since(
    vault: Run, tmp_path: Path
) -> None:
    assert vault("new", "user", "laptop", "--under", ORDERS).status == 0
    assert vault("revoke", "laptop").status == 0
    time.sleep(1.1)  # it is told by the second
    assert vault("config", "--for", "server").status == 0
    assert vault("edit", BILLING, "--allow-pub", "a").status == 0
    (one,) = told(tmp_path)
    assert one.let_in == ()
    assert vault("revoke", BILLING).status == 0
    (one,) = told(tmp_path)
    assert [user.path for user in one.let_in] == [BILLING]
    assert one.command == "nkey-wallet config --for server"


def test_the_command_that_writes_it_anew_is_that_of_its_form_and_file(
    vault: Run, tmp_path: Path
) -> None:
    file = tmp_path / "a file.conf"
    with opened(tmp_path) as wallet:
        with wallet.change() as records:
            orders, acme = records.find(ORDERS).public, records.find("acme").public
            for recipe in (
                Recipe("accounts", (orders,)),
                Recipe("full", (acme,)),
                Recipe("operator", (acme,)),
            ):
                place = str(file) if recipe.target == "operator" else ""
                records.configurations.note(recipe, place, bytes(32))
        assert [one.command for one in outdated(wallet.records, 0)] == [
            "nkey-wallet config acme/orders --for server --accounts",
            "nkey-wallet config acme --for operator --resolver full",
        ]
        file.write_text("operator: x\n", encoding="utf-8")
        assert [*outdated(wallet.records, 0)][-1].command == (
            f"nkey-wallet config acme --for operator > '{file}'"
        )
    del vault


def test_of_many_configurations_the_newest_are_remembered(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(1000, 2000))
    monkeypatch.setattr("wallet.vault.db.parts.configurations.time.time", lambda: next(seconds))
    with opened(tmp_path) as wallet, wallet.change() as records:
        for number in range(60):
            records.configurations.note(Recipe("server"), f"/f{number}", bytes(32))
        records.configurations.note(Recipe("server"), "/f30", bytes([1]) * 32)
        places = [one.place for one in records.configurations.all()]
        assert len(places) == 20
        assert places[-1] == "/f30"
        assert "/f29" not in places
        records.configurations.note(Recipe("server", ("U" * 56,) * 10_001), "", bytes(32))
        assert len(records.configurations.all()) == 20
    del vault


def test_a_restored_vault_remembers_what_was_given_out_after_its_time(
    vault: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.nkw"
    assert vault("config", ORDERS, "--for", "server").status == 0
    assert vault("backup", str(copy)).status == 0
    assert vault("edit", BILLING, "--allow-pub", "a").status == 0
    assert vault("edit", ORDERS, "--limit", "conn=3").status == 0
    assert vault("config", ORDERS, "--for", "server").status == 0
    assert vault("config", "--for", "operator").status == 0
    assert vault("restore", str(copy), "--yes").status == 0
    assert {one.written.recipe.target for one in told(tmp_path)} == {"server", "operator"}


def test_a_configuration_that_cannot_be_noted_is_printed_all_the_same(
    vault: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wallet.errors import BusyError
    from wallet.vault.vault import Vault

    def busy(*_: object, **__: object) -> None:
        raise BusyError("busy")

    monkeypatch.setattr(Vault, "change", busy)
    answer = vault("config", "--for", "server")
    assert answer.status == 0
    assert answer.out.startswith("authorization {")


def test_an_unchanged_configuration_is_not_saved_again(vault: Run, tmp_path: Path) -> None:
    assert vault("config", "--for", "server").status == 0
    path = tmp_path / "keys" / "vault.nkw"
    before = path.read_bytes()
    assert vault("config", "--for", "server").status == 0
    assert path.read_bytes() == before
    with opened(tmp_path) as wallet:
        (one,) = wallet.records.configurations.all()
        assert one.at <= datetime.now(UTC)
        assert text_of(wallet.records, one.recipe) == vault("config", "--for", "server").out


def test_one_that_was_printed_is_outdated_no_more_once_a_file_has_what_is_new(
    vault: Run, tmp_path: Path
) -> None:
    assert vault("config", ORDERS, "--for", "account").status == 0
    assert vault("edit", ORDERS, "--limit", "conn=3").status == 0
    assert len(told(tmp_path)) == 1
    file = tmp_path / "orders.conf"
    with opened(tmp_path) as wallet:
        recipe = Recipe("account", (wallet.records.find(ORDERS).public,))
        text = text_of(wallet.records, recipe)
        file.write_text(text, encoding="utf-8")
        note_configuration(wallet, recipe, text, {}, str(file))
    assert told(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="reloads a server by a signal")
@pytest.mark.parametrize(
    ("resolver", "account"), [("memory", ORDERS), ("full", ORDERS), ("full", "acme/SYS")]
)
def test_one_whose_accounts_servers_were_seen_to_hold_is_not_outdated(
    vault: Run, tmp_path: Path, deploy: Deploy, resolver: str, account: str
) -> None:
    assert vault("new", "account", "SYS", "--under", "acme").status == 0
    assert vault("edit", "acme", "--system-account", "SYS").status == 0
    time.sleep(1.1)  # what was changed before is told by the second
    server = deploy(vault("config", "acme", "--for", "operator", "--resolver", resolver).out)
    assert vault("edit", account, "--description", "new").status == 0
    assert len(told(tmp_path)) == 1
    if resolver == "memory":
        with opened(tmp_path) as wallet:  # brought there as another program would write it
            server.reload(configurations.operator(wallet.records, wallet.records.find("acme")))
        assert vault("test", BILLING, "--server", server.url).status == 0
    assert len(told(tmp_path)) == 1
    vault("push", account, "--server", server.url)
    assert told(tmp_path) == []
    assert vault("edit", account, "--description", "newer").status == 0
    # A full resolver that is known gets it by a push, which is what health asks for.
    assert len(told(tmp_path)) == (0 if resolver == "full" else 1)
    assert "not-proved" in vault("health", "--json").out
