"""The signing keys that an account names and that are not in the vault, in its rotation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.test_account_links import claims, done, public
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed


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
