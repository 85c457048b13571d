"""Listing and revoking users, beside nsc on the same keys; and a list as JSON beside the list."""

from __future__ import annotations

import os
import subprocess
import tempfile
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

from tests.bench.commands import Spent, ratios, run, spent
from tests.bench.nsc_store import TEXT, filled
from tests.tools import tool
from wallet.exchange.export import listed, write
from wallet.nats.nkeys import Kind
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault

SIZES = (2_000, 10_000)


def report(rounds: int) -> None:
    """Print how many times faster than nsc the wallet is."""
    print("\nbeside nsc, with the least costly derivation; medians of pairs")
    for users in SIZES:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
            _measure(Path(directory), users, rounds)


def report_json(keys: int, rounds: int) -> None:
    """Print how many times as long a list as JSON takes as the list."""
    with tempfile.TemporaryDirectory() as directory:
        vault = filled(Path(directory, "vault"), keys)
        pairs = [
            (spent(run, vault, "list", "--json"), spent(run, vault, "list")) for _ in range(rounds)
        ]
    print(f"\nlist --json of {keys:,} keys beside list: {ratios(pairs)}")


def _measure(place: Path, users: int, rounds: int) -> None:
    # nsc lists and revokes by account: all are in one.
    path, store = filled(place / "vault", users, 1), place / "store"
    with Passphrase(TEXT) as passphrase, Vault.unlock(path, passphrase) as vault:
        write(listed(vault, [vault.records.find("acme")], "nsc", store))
        names = [user.name for user in islice(vault.records.all(Kind.USER), rounds)]
    nsc = partial(_nsc, store)
    lists, revocations = [], []
    for name in names:
        theirs = spent(nsc, "list", "users", "--account", "account-0")
        lists.append((theirs, spent(run, path, "list", "--kind", "user")))
        theirs = spent(nsc, "revocations", "add-user", "--account", "account-0", "--name", name)
        revocations.append((theirs, spent(run, path, "revoke", f"acme/account-0/{name}")))
    _row(f"list {users:,} users", lists)
    _row(f"revoke one of {users:,}", revocations)


def _row(name: str, pairs: list[tuple[Spent, Spent]]) -> None:
    seconds = median(ours.waited for _, ours in pairs)
    print(f"  {name:<22}{seconds:6.2f} s, faster than nsc {ratios(pairs)}")


def _nsc(store: Path, *words: str) -> None:
    subprocess.run(
        [tool("nsc"), "--all-dirs", str(store), *words],
        env={**os.environ, "HOME": str(store), "NSC_HOME": str(store)},
        capture_output=True,
        check=True,
    )


if __name__ == "__main__":
    report(5)
