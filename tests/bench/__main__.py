"""Measure, and print each figure as a ratio: `python -m tests.bench [rounds]`.

Times differ from machine to machine; what is compared was measured in the same run.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.bench.beside_nsc import report as list_and_revoke
from tests.bench.beside_nsc import report_json
from tests.bench.bytes_sent import report as report_bytes
from tests.bench.changing import report as change_one
from tests.bench.checking import report as check_users
from tests.bench.nsc_store import report as import_and_export
from tests.bench.opening import measure as open_wallet
from tests.bench.pushing import report as push_accounts
from tests.bench.scanning import report as scan_tree
from tests.bench.starting import report as report_start
from tests.bench.tree import measure
from tests.bench.vanity import report as search_vanity
from tests.bench.vaults import USERS_EACH, fill, image, ratios
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

SIZES = (100, 10_000, 100_000)


def main(rounds: int) -> None:
    report_start(rounds)
    for layout, users_each in USERS_EACH.items():
        print(f"\n{layout}: milliseconds of work at {SIZES[0]:,} keys, then as multiples of it")
        results = [asyncio.run(measure(image(keys, users_each), rounds)) for keys in SIZES]
        for name in results[0]:
            worked = [result[name].worked for result in results]
            waited = [result[name].waited for result in results]
            row("  " + name, worked, "work")
            row("", waited, "until painted")
    opening(rounds)
    check_users(1000, rounds)
    import_and_export(10_000, min(rounds, 3))
    list_and_revoke(rounds)
    report_json(100_000, rounds)
    change_one(100_000, rounds)
    push_accounts(1000)
    scan_tree(rounds)
    search_vanity(rounds)
    sent()


def row(name: str, times: list[float], what: str) -> None:
    multiples = "".join(f"{ratio:9.2f}×" for ratio in ratios(times))
    print(f"{name:<22}{times[0] * 1000:8.1f} ms {multiples}  {what}")


def opening(rounds: int) -> None:
    """From the passphrase to the first keys on the main screen."""
    print("\nopening the wallet, from the passphrase to the first keys painted")
    found = []
    with tempfile.TemporaryDirectory() as place, Passphrase("for measuring only") as passphrase:
        for keys in SIZES:
            path = Path(place, f"{keys}.nkw")
            with (
                Vault.create(path, passphrase, KdfCost.MINIMUM) as made,
                made.change() as records,
            ):
                fill(records, keys, USERS_EACH["one account"])
            found.append(asyncio.run(open_wallet(path, passphrase, rounds)))
    row("  all of it", [one.all for one in found], "least costly derivation")
    row("  deriving the key", [one.deriving for one in found], "")
    row("  reading, decrypting", [one.reading for one in found], "")
    row("  the rest", [one.rest for one in found], f"{SIZES[0]:,} / {SIZES[1]:,} / {SIZES[2]:,}")


def sent() -> None:
    """The bytes that keys send, with a thousand users in the tree."""
    with tempfile.TemporaryDirectory() as place, Passphrase("for measuring only") as passphrase:
        path, file = Path(place, "vault.nkw"), Path(place, "passphrase")
        file.write_text("for measuring only\n", encoding="utf-8")
        with Vault.create(path, passphrase, KdfCost.MINIMUM) as vault, vault.change() as records:
            fill(records, 1000, USERS_EACH["ten users an account"])
        report_bytes(path, file)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
