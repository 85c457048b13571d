"""Ten thousand users made, signed, sealed and saved, beside `nk`, which makes their keys alone."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.commands import Spent, run, spent
from tests.bench.nsc_store import filled
from tests.bench.table import Row, of_pairs
from tests.tools import tool

BY_NK = 50  # it makes one at a time, so that few tell what many take


def report(users: int, rounds: int) -> Iterator[Row]:
    """The row of it: how many times faster than `nk` for as many keys."""
    nk = tool("nk")
    with tempfile.TemporaryDirectory() as directory:
        vault = filled(Path(directory, "vault"), 0, 1)
        words = ("new", "user", "--count", str(users), "--under", "acme/account-0")
        pairs = [
            (spent(run, vault, *words), _times(spent(_nk, nk), users / BY_NK))
            for _ in range(rounds)
        ]
    yield of_pairs(f"{users:,} users made, signed, sealed, saved", pairs, 10, faster=True)


def _nk(program: str) -> None:
    for _ in range(BY_NK):
        subprocess.run([program, "-gen", "user"], capture_output=True, check=True)


def _times(one: Spent, factor: float) -> Spent:
    return Spent(one.waited * factor, one.worked * factor)
