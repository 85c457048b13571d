"""`import` as scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from wallet import jwt
from wallet.credentials import write_creds
from wallet.jwt_layout import unlimited_account, unlimited_user
from wallet.nkeys import Kind, Seed

SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A directory with an operator's and an account's JWT and seeds, and a user's creds."""
    where = tmp_path / "chain"
    where.mkdir()
    with (
        Seed.generate(Kind.OPERATOR) as operator,
        Seed.generate(Kind.ACCOUNT) as account,
        Seed.decode(SEED) as user,
    ):
        made = [
            (operator, operator, {}, "corp"),
            (operator, account, unlimited_account(), "sales"),
            (account, user, unlimited_user(), "till"),
        ]
        for signer, key, nats, name in made:
            token = jwt.issue(signer, key.public, nats, issued=1_700_000_000, name=name)
            (where / f"{name}.jwt").write_text(token)
            (where / f"{key.public.text}.nk").write_bytes(key.encode())
        (where / "till.creds").write_bytes(write_creds(token, user))
    return where


def test_a_directory_goes_in_with_its_names_jwts_and_places(vault: Run, chain: Path) -> None:
    done = vault("import", str(chain))
    assert done.status == 0, done.err
    assert f"corp/sales/till  {PUBLIC}" in done.out
    listed = {key["path"]: key for key in vault("list", "--json").json()}
    for path in ("corp", "corp/sales", "corp/sales/till"):
        assert listed[path]["has_seed"]
        assert listed[path]["has_jwt"]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(vault: Run, chain: Path) -> None:
    before = vault("list").out
    done = vault("import", str(chain), "--dry-run", "--json")
    assert done.status == 0
    assert done.json()["dry_run"] is True
    assert {key["what"] for key in done.json()["keys"]} == {"add"}
    assert vault("list").out == before


def test_importing_twice_changes_nothing_more(vault: Run, chain: Path) -> None:
    vault("import", str(chain))
    before = vault("list", "--json").out
    done = vault("import", str(chain), "--json")
    assert {key["what"] for key in done.json()["keys"]} == {"same"}
    assert vault("list", "--json").out == before


def test_one_bad_file_is_reported_and_the_rest_go_in(vault: Run, chain: Path) -> None:
    (chain / "broken.creds").write_text("-----BEGIN NATS USER JWT-----\neyJ")
    done = vault("import", str(chain))
    assert done.status == 1
    assert "broken.creds: A part of these creds begins and does not end" in done.err
    assert vault("public", "corp/sales/till").out.strip() == PUBLIC


def test_all_or_nothing_imports_nothing_when_one_file_is_bad(vault: Run, chain: Path) -> None:
    (chain / "broken.creds").write_text("-----BEGIN NATS USER JWT-----\neyJ")
    before = vault("list").out
    done = vault("import", str(chain), "--all-or-nothing")
    assert done.status == 2
    assert "broken.creds" in done.err
    assert vault("list").out == before


def test_a_name_that_is_taken_is_asked_about_and_never_taken_away(
    vault: Run, tmp_path: Path
) -> None:
    vault("new", "user", "till")
    file = tmp_path / "till.nk"
    file.write_text(SEED)
    refused = vault("import", str(file))
    assert refused.status == 2
    assert "Another key is already called till" in refused.err
    assert "--on-conflict" in refused.err
    assert vault("import", str(file), "--on-conflict", "keep").status == 0
    assert vault("public", PUBLIC).status == 4
    assert vault("import", str(file), "--on-conflict", "both").status == 0
    assert vault("public", "till-2").out.strip() == PUBLIC


def test_a_key_given_a_place_under_an_operator_has_a_jwt_at_once(
    vault: Run, tmp_path: Path
) -> None:
    file = tmp_path / "till.nk"
    file.write_text(SEED)
    assert vault("import", str(file), "--under", "acme/orders").status == 0
    shown = vault("show", "acme/orders/till", "--json").json()
    assert shown["has_jwt"]


def test_a_public_key_goes_in_and_its_seed_fills_it_in_later(vault: Run, tmp_path: Path) -> None:
    file = tmp_path / "till.txt"
    file.write_text(PUBLIC)
    assert vault("import", str(file)).status == 0
    assert json.loads(vault("show", "till", "--json").out)["has_seed"] is False
    file.write_text(SEED)
    done = vault("import", str(file), "--json")
    assert done.json()["keys"][0]["steps"] == ["seed"]
    assert json.loads(vault("show", "till", "--json").out)["has_seed"] is True
