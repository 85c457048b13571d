"""The signing keys that an account names and that are not in the vault, in its rotation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE, Run
from tests.cli.test_account_links import claims, done, public
from tests.cli.test_rotation_interrupted import lose_seed
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault


@pytest.fixture
def listed(vault: Run, tmp_path: Path) -> list[Any]:
    """Two signing keys whose seeds are elsewhere, one of a role, as orders names them."""
    with Seed.generate(Kind.ACCOUNT) as plain, Seed.generate(Kind.ACCOUNT) as scoped:
        role: dict[str, Any] = {"kind": "user_scope", "key": scoped.public.text, "role": "reader"}
        role |= {"description": "", "template": {**unlimited_user(), "subs": 7}}
        entries = [plain.public.text, role]
    file = tmp_path / "orders.json"
    file.write_text(json.dumps({**claims(vault, "orders"), "signing_keys": entries}))
    done(vault, "edit", "orders", "--claims", str(file))
    return entries


def sign_steps(vault: Run) -> list[dict[str, str]]:
    (rotation,) = vault("rotations", "--json").json()
    return [step for step in rotation["open"] if step["code"] == "sign"]


def test_a_planned_successor_names_them_too(vault: Run, listed: list[Any]) -> None:
    before = public(vault, "orders")
    done(vault, "rotate", "orders", "--as", "planned", "--yes")
    assert public(vault, "acme/orders") != before
    named = claims(vault, "acme/orders")["signing_keys"]
    assert sorted(named, key=str) == sorted(listed, key=str)
    assert not sign_steps(vault)


@pytest.mark.parametrize("flag", ["--finish", "--undo"])
def test_those_that_came_while_both_were_in_force_stay_named(
    vault: Run, tmp_path: Path, flag: str
) -> None:
    done(vault, "rotate", "orders", "--as", "planned", "--yes")
    with Seed.generate(Kind.ACCOUNT) as late:
        giving = "acme/orders-old" if flag == "--finish" else "acme/orders"
        file = tmp_path / "late.json"
        file.write_text(json.dumps({**claims(vault, giving), "signing_keys": [late.public.text]}))
        done(vault, "edit", giving, "--claims", str(file))
        vault("rotate", "acme/orders", flag, "--yes")
        assert claims(vault, "acme/orders")["signing_keys"] == [late.public.text]
    assert not sign_steps(vault)


def test_after_a_leak_of_an_operator_they_are_told_before_and_after(
    vault: Run, tmp_path: Path
) -> None:
    with Seed.generate(Kind.OPERATOR) as listed:
        file = tmp_path / "acme.json"
        file.write_text(json.dumps({**claims(vault, "acme"), "signing_keys": [listed.public.text]}))
        done(vault, "edit", "acme", "--claims", str(file))
        asked = vault("rotate", "acme", "--as", "leaked")
        assert "signing keys, which are not here" in asked.err
        assert listed.public.text in asked.err
        vault("rotate", "acme", "--as", "leaked", "--yes")
        (step,) = sign_steps(vault)
    assert listed.public.text in step["why"]
    assert "sign their accounts" in step["fix"]


def test_a_user_whom_a_lost_account_revokes_by_key_alone_gets_no_jwt_of_the_next(
    vault: Run, tmp_path: Path
) -> None:
    with Seed.generate(Kind.USER) as out:
        text = out.public.text
    done(vault, "revoke", text, "--under", "acme/orders")
    house = Path(os.environ["NKEY_WALLET_VAULT"])
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(house, passphrase) as opened_vault,
        opened_vault.change() as records,
    ):
        orders = records.find("acme/orders")
        records.add_public(decode_public(text), name="out", under=orders.id)
    lose_seed("acme/orders")
    done(vault, "rotate", "acme/orders", "--as", "lost", "--yes")
    assert not vault("show", "out", "--json").json()["has_jwt"]


@pytest.mark.parametrize("manner", [["leaked"], ["handover", "--to", "bob"]])
def test_after_a_leak_they_are_not_named_and_a_step_says_which(
    vault: Run, listed: list[Any], manner: list[str]
) -> None:
    vault("rotate", "orders", "--as", *manner, "--yes")
    assert not claims(vault, "acme/orders").get("signing_keys")
    (step,) = sign_steps(vault)
    assert listed[0] in step["why"]
    assert listed[1]["key"] in step["why"]
    assert "acme/orders" in step["fix"]
