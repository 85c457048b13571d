"""Three machines share a folder, and change the vault while they are apart."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run

MACHINES = ("ana", "ben", "cleo")


@pytest.fixture
def on(vault: Run, tmp_path: Path) -> Callable[..., Done]:
    """Call a command on one machine's copy of the vault."""
    for machine in MACHINES:
        (tmp_path / machine).mkdir()
        shutil.copy(tmp_path / "keys" / "vault.nkw", tmp_path / machine)
    return lambda machine, *arguments: vault(
        *arguments, "--vault", str(tmp_path / machine / "vault.nkw")
    )


def change_apart(on: Callable[..., Done]) -> None:
    """Each makes keys, and changes what others made; one shuts a user out, another edits it."""
    for machine in MACHINES:
        assert on(machine, "new", "user", f"of-{machine}", "--under", "acme/orders").status == 0
        assert on(machine, "new", "user", "same", "--under", "acme/metrics").status == 0
        assert on(machine, "tag", "acme/orders", "--add", machine).status == 0
    assert on("ana", "revoke", "billing").status == 0
    assert on("ben", "edit", "billing", "--allow-pub", "b.>").status == 0
    assert on("ben", "edit", "acme/orders", "--limit", "conn=5").status == 0
    assert on("cleo", "edit", "acme/orders", "--limit", "subs=9").status == 0
    assert on("cleo", "note", "acme", "by cleo").status == 0
    assert on("cleo", "delete", "n1", "--yes").status == 0
    assert on("ben", "new", "account", "fresh", "--under", "acme").status == 0


def state(on: Callable[..., Done], machine: str) -> dict[str, tuple[object, ...]]:
    """All that matters of each key; the numbers of doubled names aside."""
    keys = on(machine, "list", "--json").json()
    seeds = {
        key["public"]: on(machine, "seed", key["public"], "--yes").out
        for key in keys
        if key["has_seed"]
    }
    return {
        key["public"]: (
            *(key["path"].rstrip("-23"), sorted(key["tags"]), key["revoked"], key["status"]),
            seeds.get(key["public"]),
        )
        for key in keys
    }


def test_whatever_the_order_nothing_is_missing_and_nobody_is_back(
    on: Callable[..., Done], tmp_path: Path
) -> None:
    change_apart(on)
    made = {machine: state(on, machine) for machine in MACHINES}
    results = []
    for order in itertools.permutations(MACHINES):
        folder = tmp_path / "-".join(order)
        shutil.copytree(tmp_path / order[0], folder)
        for other in order[1:]:
            file = str(tmp_path / other / "vault.nkw")
            done = on(folder.name, "merge", file, "--yes")
            assert done.status == 0, done.err
        assert on(folder.name, "check").status == 0
        results.append(state(on, folder.name))
        jwt = on(folder.name, "jwt", "acme/orders", "--json").out
        assert '"conn": 5' in jwt
        assert '"subs": 9' in jwt
    first, *others = results
    assert all(other == first for other in others)
    gone = {public for machine in MACHINES for public in made[machine]} - first.keys()
    assert [made["ana"][public][0] for public in gone] == ["n1"]
    shut_out = {key[0] for key in first.values() if key[2]}
    assert shut_out == {"acme/orders/billing"}
    (orders,) = [key for key in first.values() if key[0] == "acme/orders"]
    assert orders[1] == sorted(MACHINES)
    assert sum(key[0] == "acme/metrics/same" for key in first.values()) == 3
    for machine in MACHINES:
        for public, key in made[machine].items():
            assert public in gone or first[public][4] == key[4]


def test_a_machine_that_had_changed_its_own_takes_the_joined_file_over_silently(
    on: Callable[..., Done], tmp_path: Path
) -> None:
    change_apart(on)
    for other in ("ben", "cleo"):
        file = str(tmp_path / other / "vault.nkw")
        assert on("ana", "merge", file, "--yes").status == 0
    for other in ("ben", "cleo"):
        shutil.copy(tmp_path / "ana" / "vault.nkw", tmp_path / other)
        seen = on(other, "list")
        assert seen.status == 0, seen.err
        assert "of-cleo" in seen.out
        assert on(other, "new", "server", f"after-{other}").status == 0
