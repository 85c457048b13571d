"""Listing and revoking users, beside nsc on the same keys; and a list as JSON beside the list."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from tests.bench.commands import run, spent
from tests.bench.nsc_store import TEXT, filled
from tests.bench.table import Row, of_pairs, print_all
from tests.tools import tool
from wallet.exchange.export import listed, write
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault

SIZES = {2_000: 2, 10_000: 10}
"""Users, and how many times faster than nsc a list of them should be."""


def report(rounds: int) -> Iterator[Row]:
    """The rows of how many times faster than nsc the wallet is, with the least derivation."""
    for users, aim in SIZES.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
            yield from _measure(Path(directory), users, aim, rounds)


def report_json(keys: int, rounds: int) -> Iterator[Row]:
    """The row of how many times as long a list as JSON takes as the list."""
    with tempfile.TemporaryDirectory() as directory:
        vault = filled(Path(directory, "vault"), keys)
        pairs = [
            (spent(run, vault, "list", "--json"), spent(run, vault, "list")) for _ in range(rounds)
        ]
    yield of_pairs(f"list --json of {keys:,} keys, beside list", pairs, 1.5)


def _measure(place: Path, users: int, aim: float, rounds: int) -> Iterator[Row]:
    nsc = partial(_nsc, tool("nsc"), place / "store")
    # nsc lists and revokes by account: all are in one.
    path, store = filled(place / "vault", users, 1), place / "store"
    with Passphrase(TEXT) as passphrase, Vault.unlock(path, passphrase) as vault:
        write(listed(vault, [vault.records.find("acme")], "nsc", store))
        names = [user.name for user in islice(vault.records.all(Kind.USER), rounds)]
    lists, revocations = [], []
    for name in names:
        theirs = spent(nsc, "list", "users", "--account", "account-0")
        lists.append((spent(run, path, "list", "--kind", "user"), theirs))
        theirs = spent(nsc, "revocations", "add-user", "--account", "account-0", "--name", name)
        revocations.append((spent(run, path, "revoke", f"acme/account-0/{name}"), theirs))
    yield of_pairs(f"list {users:,} users, faster than nsc", lists, aim, faster=True)
    yield of_pairs(f"revoke one of {users:,}, faster than nsc", revocations, 3, faster=True)


def _nsc(program: str, store: Path, *words: str) -> None:
    subprocess.run(
        [program, "--all-dirs", str(store), *words],
        env={**os.environ, "HOME": str(store), "NSC_HOME": str(store)},
        capture_output=True,
        check=True,
    )


if __name__ == "__main__":
    print_all([lambda: report(5)])
