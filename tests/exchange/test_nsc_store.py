"""Stores as nsc makes them, imported whole. All of it, the 500 users too, is made by nsc itself."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.exchange.conftest import OPERATORS, USERS, run_nsc
from tests.exchange.support import import_all, new_vault, plan_of
from tests.tools import tool
from wallet.exchange.export import listed, write
from wallet.nats import jwt
from wallet.nats.nkeys import Kind
from wallet.vault.vault import Vault


def paths_in(store: Path) -> dict[str, Path]:
    """Where each JWT of a store belongs in the tree, from the directories that nsc put it in."""
    found = {}
    for file in store.rglob("*.jwt"):
        parts = [
            part for part in file.relative_to(store).parts if part not in {"accounts", "users"}
        ]
        names = [*parts[:-1], file.stem]
        # nats/nsc puts an operator's and an account's JWT into a directory of its name.
        if len(names) > 1 and names[-1] == names[-2]:
            names.pop()
        found["/".join(names)] = file
    return found


def held_tokens(vault: Vault) -> dict[str, str]:
    records = vault.records
    return {
        record.path: records.tokens.get(record.id) or ""
        for record in records.all()
        if record.has_jwt
    }


@pytest.mark.slow
def test_a_store_of_3_operators_20_accounts_and_500_users_goes_in_completely(
    nsc_home: Path, tmp_path: Path
) -> None:
    nsc = nsc_home / "data" / "nats" / "nsc"
    with new_vault(tmp_path) as vault:
        result = import_all(vault, nsc)
        assert not result.bad
        assert not result.left
        wanted = {path: file.read_text().strip() for path, file in paths_in(nsc / "stores").items()}
        assert len(wanted) == 3 + (20 + 2) + (20 * USERS + 2)
        assert held_tokens(vault) == wanted
        files = list((nsc / "keys" / "keys").rglob("*.nk"))
        for file in files:
            with vault.open_seed(file.stem) as seed:
                assert seed.encode() == file.read_bytes().strip()
        assert vault.records.count() == len(files)
        signing = [record for record in vault.records.all() if record.signing]
        assert sum(record.kind is Kind.OPERATOR for record in signing) == len(OPERATORS)
        assert sum(record.name == "worker" for record in signing) == 4 + 4 + 3
        again = plan_of(vault, nsc)
        assert {item.what for item in again.items} == {"same"}


@pytest.mark.slow
def test_a_store_that_went_in_comes_out_again_and_nsc_finds_nothing_to_complain_about(
    nsc_home: Path, tmp_path: Path
) -> None:
    nsc = nsc_home / "data" / "nats" / "nsc"
    out = tmp_path / "out"
    with new_vault(tmp_path) as vault:
        import_all(vault, nsc)
        operators = [one for one in vault.records.all(Kind.OPERATOR) if not one.signing]
        write(listed(vault, operators, "nsc", out))
        paths = {name: path.read_text().strip() for name, path in _exported(out).items()}
        assert paths == held_tokens(vault)
        for operator in operators:
            accounts = [a.name for a in vault.records.beneath(operator.id)]
            whole = _with_operator(out, operator.name)
            validated = run_nsc(tmp_path, *whole, "validate", "--all-accounts")
            before = run_nsc(nsc_home, "env", "-o", operator.name)
            assert operator.name in before
            complaints = run_nsc(nsc_home, "validate", "--all-accounts")
            assert _issues(validated) == _issues(complaints)
            assert operator.public in run_nsc(tmp_path, *whole, "describe", "operator")
            for account in accounts:
                told = run_nsc(tmp_path, *whole, "describe", "account", "-n", account)
                assert vault.records.find(f"{operator.name}/{account}").public in told
            user = f"{operator.name}/{accounts[-1]}"
            name = vault.records.beneath(vault.records.find(user).id)[0].name
            told = run_nsc(tmp_path, *whole, "describe", "user", "-a", accounts[-1], "-n", name)
            assert vault.records.find(f"{user}/{name}").public in told


def _exported(out: Path) -> dict[str, Path]:
    return {name: path for name, path in paths_in(out).items() if not name.startswith("keys")}


def _with_operator(out: Path, operator: str) -> list[str]:
    """nsc told of a store that holds several operators, to look at one."""
    run_nsc(out.parent, "--all-dirs", str(out), "env", "-o", operator)
    return ["--all-dirs", str(out)]


def _issues(validated: str) -> list[str]:
    """What nsc says of each key, without the frames around it."""
    lines = (line.strip("| +-") for line in validated.splitlines())
    return sorted(line for line in lines if line)


@pytest.mark.slow
def test_one_operator_of_a_store_goes_in_with_its_keys_from_beside_it(
    nsc_home: Path, tmp_path: Path
) -> None:
    nsc = nsc_home / "data" / "nats" / "nsc"
    with new_vault(tmp_path) as vault:
        result = import_all(vault, nsc / "stores" / "initech")
        assert not result.bad
        store = paths_in(nsc / "stores" / "initech")
        assert held_tokens(vault).keys() == {
            f"initech/{path}" if path != "initech" else path for path in store
        }
        assert all(record.has_seed for record in vault.records.all())


@pytest.mark.slow
def test_what_nsc_changed_since_comes_in_with_the_next_import(
    nsc_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    nsc = home / "data" / "nats" / "nsc"
    run_nsc(home, "add", "operator", "acme")
    run_nsc(home, "add", "account", "orders")
    run_nsc(home, "add", "user", "billing")
    with new_vault(tmp_path) as vault:
        import_all(vault, nsc)
        before = held_tokens(vault)
        issued = jwt.decode(before["acme/orders/billing"]).issued or 0
        while int(time.time()) <= issued:  # JWTs tell whole seconds
            time.sleep(0.02)
        run_nsc(home, "edit", "user", "billing", "--allow-pub", "a.>")
        run_nsc(home, "add", "user", "reports")
        file = nsc / "stores/acme/accounts/orders/users/billing.jwt"
        result = import_all(vault, nsc)
        assert [record.path for record in result.added] == ["acme/orders/reports"]
        assert [record.path for record in result.changed] == ["acme/orders/billing"]
        assert held_tokens(vault)["acme/orders/billing"] == file.read_text().strip()


def test_what_only_nsc_keeps_of_a_store_is_told(tmp_path: Path) -> None:
    """What it has selected, and that an operator whose JWT came from elsewhere is managed there."""
    tool("nsc")
    there, here = tmp_path / "there", tmp_path / "here"
    run_nsc(tmp_path, "--all-dirs", str(there), "add", "operator", "corp")
    token = there / "corp" / "corp.jwt"
    run_nsc(tmp_path, "--all-dirs", str(here), "add", "operator", "-u", str(token))
    with new_vault(tmp_path) as vault:
        own = {Path(one.path).name: one.why for one in plan_of(vault, there).findings.notes}
        pulled = {Path(one.path).name: one.why for one in plan_of(vault, here).findings.notes}
    assert list(own) == ["nsc.json"]
    assert "has selected" in own["nsc.json"]
    assert pulled.keys() == {"nsc.json", ".nsc"}
    assert "That others manage this operator" in pulled[".nsc"]


def test_of_a_store_that_comes_alone_it_is_told_where_its_seeds_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    run_nsc(home, "add", "operator", "acme")
    run_nsc(home, "add", "account", "orders")
    run_nsc(home, "add", "user", "billing")
    alone = tmp_path / "alone" / "acme"
    shutil.copytree(home / "data/nats/nsc/stores/acme", alone)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("NKEYS_PATH", raising=False)

    def told(*paths: Path) -> list[str]:
        with new_vault(tmp_path / str(len(list(tmp_path.iterdir())))) as vault:
            notes = plan_of(vault, *paths).findings.notes
        return [note.why for note in notes if note.path == str(alone)]

    (elsewhere,) = told(alone)
    assert "The seeds of 3 keys in this store do not come with it" in elsewhere
    assert "~/.local/share/nats/nsc/keys" in elsewhere
    assert "NKEYS_PATH" in elsewhere
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    keys = home / "data" / "nats" / "nsc" / "keys"
    (here,) = told(alone)
    assert f"3 of these in {keys}. Import that as well." in here
    assert told(keys, alone) == told(alone, keys) == []
    assert told(home / "data" / "nats" / "nsc") == []


def test_the_old_places_of_stores_and_keys_are_known(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run_nsc(home, "add", "operator", "acme")
    run_nsc(home, "add", "account", "orders")
    run_nsc(home, "add", "user", "billing")
    old = tmp_path / "old"
    shutil.copytree(home / "data/nats/nsc/stores", old / ".nsc/nats")
    shutil.copytree(home / "data/nats/nsc/keys", old / ".nkeys")
    with new_vault(tmp_path) as vault:
        assert not import_all(vault, old / ".nsc").bad
        listed = {record.path: record.has_seed for record in vault.records.all()}
    assert listed == {"acme": True, "acme/orders": True, "acme/orders/billing": True}
