"""Measure, and print each figure as a ratio: `python -m tests.bench [rounds]`.

Times differ from machine to machine; what is compared was measured in the same run. Peers that are
not installed are named first, and what is measured beside them is left out.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.bench import bytes_sent, scanning
from tests.bench.beside_nsc import report as list_and_revoke
from tests.bench.beside_nsc import report_json
from tests.bench.changing import report as change_one
from tests.bench.checking import report as check_users
from tests.bench.making import report as make_users
from tests.bench.nsc_store import report as import_and_export
from tests.bench.opening import measure as open_wallet
from tests.bench.pushing import report as push_accounts
from tests.bench.starting import report as report_start
from tests.bench.table import Row, print_all
from tests.bench.tree import LOADED, measure
from tests.bench.vanity import report as search_vanity
from tests.bench.vaults import USERS_EACH, fill, image
from tests.tools import optional
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

FEW, MANY = 100, 100_000
PROGRAMS = ("nsc", "nk", "nats-server")


def main(rounds: int) -> None:
    missing = [program for program in PROGRAMS if optional(program) is None]
    missing += [] if find_spec("nats") else ["nats-py"]
    if missing:
        print(f"Not here, so not measured beside: {', '.join(missing)}.\n")
    reports: list[Callable[[], Iterator[Row]]] = [
        lambda: report_start(rounds),
        lambda: tree(rounds),
        lambda: opening(rounds),
        lambda: list_and_revoke(rounds),
        lambda: report_json(MANY, min(rounds, 3)),
        lambda: make_users(10_000, min(rounds, 3)),
        lambda: check_users(1000, rounds),
        lambda: change_one(MANY, min(rounds, 3)),
        lambda: push_accounts(1000),
        lambda: scanning.report(min(rounds, 3)),
        lambda: search_vanity(rounds),
        sent,
        # Last: 200,000 files are deleted after it, and the file system is slow for long then.
        lambda: import_and_export(10_000, min(rounds, 3)),
    ]
    print_all(reports)


def tree(rounds: int) -> Iterator[Row]:
    """The rows of the tree with many keys beside one with few, from the key press to the paint."""
    for layout, users_each in USERS_EACH.items():
        few, many = (asyncio.run(measure(image(keys, users_each), rounds)) for keys in (FEW, MANY))
        for name, took in many.items():
            yield Row(
                f"{name}, {layout}, {MANY:,} by {FEW}",
                f"{took.waited * 1000:.0f} ms, {took.worked * 1000:.0f} ms of processor",
                took.worked / few[name].worked,
                None if name == LOADED else 1.5,
                waited=took.waited / few[name].waited,
            )


def opening(rounds: int) -> Iterator[Row]:
    """The row of the passphrase to the first keys painted, beside few keys, derivation apart."""
    with tempfile.TemporaryDirectory() as place, Passphrase("for measuring only") as passphrase:
        opened = []
        for keys in (FEW, MANY):
            path = Path(place, f"{keys}.nkw")
            with (
                Vault.create(path, passphrase, KdfCost.MINIMUM) as vault,
                vault.change() as records,
            ):
                fill(records, keys, USERS_EACH["one account"])
            opened.append(asyncio.run(open_wallet(path, passphrase, rounds)))
    few, many = opened
    today = f"{many.all:.2f} s, {many.reading:.2f} s of it the bytes"
    yield Row(f"opening {MANY:,} keys, its bytes apart, by {FEW}", today, many.rest / few.rest)


def sent() -> Iterator[Row]:
    """The rows of the bytes that keys send, with a thousand users in the tree."""
    with tempfile.TemporaryDirectory() as place, Passphrase("for measuring only") as passphrase:
        path, file = Path(place, "vault.nkw"), Path(place, "passphrase")
        file.write_text("for measuring only\n", encoding="utf-8")
        with Vault.create(path, passphrase, KdfCost.MINIMUM) as vault, vault.change() as records:
            fill(records, 1000, USERS_EACH["ten users an account"])
        yield from bytes_sent.report(path, file)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
