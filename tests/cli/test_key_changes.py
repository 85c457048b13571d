"""`rename`, `move`, `tag`, `note`, `retire`, `delete`: several keys in one change, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from wallet.nats.jwt import decode


def paths(vault: Run) -> list[str]:
    return [record["path"] for record in vault("list", "--json").json()]


def test_a_renamed_key_has_the_name_in_its_jwt_too(vault: Run) -> None:
    done = vault("rename", "billing", "invoices", "--json")
    assert done.status == 0, done.err
    (record,) = done.json()
    assert record["name"] == "invoices"
    assert record["path"].endswith("/invoices")
    assert decode(vault("jwt", "invoices").out.strip()).name == "invoices"
    assert vault("public", "billing").status == 4


def test_a_name_that_is_taken_there_changes_nothing(vault: Run) -> None:
    vault("new", "user", "reports", "--under", "acme/orders")
    before = paths(vault)
    done = vault("rename", "billing", "reports")
    assert done.status == 1
    assert "reports" in done.err
    assert paths(vault) == before


def test_several_users_move_to_another_account_and_its_key_signs_them(vault: Run) -> None:
    vault("new", "user", "reports", "--under", "acme/orders")
    vault("new", "account", "metrics", "--under", "acme")
    account = vault("public", "metrics").out.strip()
    done = vault("move", "billing", "reports", "acme/metrics")
    assert done.status == 0, done.err
    assert {"acme/metrics/billing", "acme/metrics/reports"} <= set(paths(vault))
    assert decode(vault("jwt", "reports").out.strip()).account == account


def test_where_one_cannot_move_none_does(vault: Run) -> None:
    vault("new", "account", "metrics", "--under", "acme")
    before = paths(vault)
    assert vault("move", "billing", "acme", "acme/metrics").status == 2
    assert paths(vault) == before


def test_tags_are_added_and_removed_on_several_keys(vault: Run) -> None:
    vault("new", "user", "reports", "--under", "acme/orders")
    assert vault("tag", "billing", "reports", "--add", "prod", "--add", "eu").status == 0
    done = vault("tag", "billing", "--remove", "eu", "--add", "us", "--json")
    assert [record["tags"] for record in done.json()] == [["prod", "us"]]
    assert vault("show", "reports", "--json").json()["tags"] == ["prod", "eu"]
    assert vault("tag", "billing").status == 2
    assert vault("tag", "billing", "--add", "x", "--remove", "x").status == 2


def test_a_note_takes_the_place_of_the_one_that_is_there(vault: Run) -> None:
    vault("note", "billing", "the payments team")
    assert vault("show", "billing", "--json").json()["notes"] == "the payments team"
    assert "no note" in vault("note", "billing", "").err
    assert vault("show", "billing", "--json").json()["notes"] == ""


def test_retired_keys_are_left_out_of_a_configuration_until_they_are_back(vault: Run) -> None:
    assert "retired" in vault("retire", "billing").err
    assert vault("show", "billing", "--json").json()["status"] == "retired"
    public = vault("public", "billing").out.strip()
    assert public not in vault("config", "--for", "server").out
    vault("retire", "billing", "--undo")
    assert public in vault("config", "--for", "server").out


def test_deleting_says_what_it_costs_and_needs_a_yes_from_scripts(vault: Run) -> None:
    before = paths(vault)
    done = vault("delete", "acme/orders")
    assert done.status == 2
    assert "seed" in done.err
    assert "--yes" in done.err
    assert paths(vault) == before


def test_keys_beneath_one_that_is_deleted_go_with_it_once(vault: Run) -> None:
    done = vault("delete", "billing", "acme/orders", "--yes", "--json")
    assert done.status == 0, done.err
    assert [record["path"] for record in done.json()] == ["acme/orders"]
    assert not [path for path in paths(vault) if path.startswith("acme/orders")]


def test_where_one_key_is_not_there_none_is_deleted(vault: Run, tmp_path: Path) -> None:
    content = (tmp_path / "keys" / "vault.nkw").read_bytes()
    assert vault("delete", "billing", "nobody", "--yes").status == 4
    assert (tmp_path / "keys" / "vault.nkw").read_bytes() == content


@pytest.mark.parametrize("command", ["rename", "move", "note", "tag", "retire", "delete"])
def test_each_helps_with_an_example(vault: Run, command: str) -> None:
    assert f"nkey-wallet {command} " in vault(command, "--help").out
