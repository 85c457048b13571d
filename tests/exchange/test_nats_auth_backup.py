"""What `nats auth operator backup` writes: an operator's whole tree with its seeds, in JSON.

Source: synadia-io/jwt-auth-builder.go, the JSON form of an operator's data.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.exchange.made import Chain
from tests.exchange.support import carry_out, new_vault, plan_of
from tests.tools import tool
from wallet.nats.nkeys import Seed
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)


def key(seed: Seed) -> dict[str, str]:
    return {"key": bytes(seed.encode()).decode()}


def backup(chain: Chain, indent: int | None) -> bytes:
    user = {"name": "till", "key": key(chain.user), "token": chain.user_jwt()}
    account = {
        "name": "sales",
        "key": key(chain.account),
        "token": chain.account_jwt(),
        "signingKeys": [key(chain.account_sk)],
        "users": [user],
    }
    whole = {
        "name": chain.name,
        "key": key(chain.operator),
        "token": chain.operator_jwt(),
        "signingKeys": [key(chain.operator_sk)],
        "accounts": [account],
    }
    return json.dumps(whole, indent=indent).encode()


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("how", ["file", "folder", "pasted"])
def test_a_backup_of_nats_auth_gives_all_its_keys_with_names_and_jwts(
    vault: Vault, tmp_path: Path, how: str, indent: int | None
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    file = folder / "corp.json"
    file.write_bytes(backup(Chain(), indent))
    given = file if how == "file" else folder
    plan = plan_of(vault, file.read_bytes() if how == "pasted" else given)
    assert not plan.bad
    carry_out(vault, plan)
    held = [(record.path, record.has_seed, record.signing) for record in vault.records.all()]
    assert sorted(held) == [
        ("corp", True, False),
        ("corp/sales", True, False),
        ("corp/sales/signing-1", True, True),
        ("corp/sales/till", True, False),
        ("corp/signing-1", True, True),
    ]
    tokens = [vault.records.tokens.get(record.id) for record in vault.records.all()]
    assert sum(token is not None for token in tokens) == 3


def test_other_json_with_accounts_is_still_a_servers_configuration(
    vault: Vault, tmp_path: Path
) -> None:
    with Seed.generate(Chain().user.public.kind) as user:
        listed = {"accounts": {"A": {"users": [{"nkey": user.public.text}]}}}
    file = tmp_path / "server.json"
    file.write_text(json.dumps(listed))
    found = [item.candidate.public.text for item in plan_of(vault, file).items]
    assert user.public.text in found
    assert len(found) == 2  # the account, which has a name only, is made


@pytest.mark.parametrize(("indent", "line"), [(None, 1), (2, 4)])
def test_keys_are_told_by_the_lines_that_they_stand_in(
    vault: Vault, tmp_path: Path, indent: int | None, line: int
) -> None:
    file = tmp_path / "corp.json"
    chain = Chain()
    file.write_bytes(backup(chain, indent))
    plan = plan_of(vault, file)
    with plan.findings:
        (operator,) = (
            item for item in plan.items if item.candidate.public == chain.operator.public
        )
        place = str(file) if indent is None else f"{file}, line {line}"
        assert operator.candidate.sources[0] == place


def test_what_the_nats_command_backs_up_comes_in_whole_with_its_roles(
    vault: Vault, tmp_path: Path
) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    environment |= {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA")}
    whole = tmp_path / "hill.json"
    bounds = ["--subscriptions=5", "--pub-allow=x", "--sub-allow=y"]
    for arguments in (
        ["operator", "add", "hill"],
        ["account", "add", "barn", "--operator", "hill", "--defaults"],
        ["account", "keys", "add", "--operator", "hill", *bounds, "barn", "reader"],
        ["user", "add", "milk", "barn", "--operator", "hill", "--defaults"],
        ["operator", "backup", "hill", str(whole)],
    ):
        subprocess.run(
            [tool("nats"), "auth", *arguments],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True,
        )  # fmt: skip
    plan = plan_of(vault, whole)
    assert not plan.bad
    carry_out(vault, plan)
    held = {record.path: record.has_seed for record in vault.records.all()}
    assert held.keys() >= {"hill", "hill/SYSTEM", "hill/barn", "hill/barn/reader", "hill/barn/milk"}
    assert all(held.values())
