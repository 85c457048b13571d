"""From the command to what it paints first in a terminal, beside an empty Textual app."""

from __future__ import annotations

import os
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.bench.commands import COMMAND, Spent, environment
from tests.bench.table import Row, of_pairs, print_all
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

if sys.platform != "win32":
    import fcntl
    import termios

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted")
Empty().run()
"""


class Start(NamedTuple):
    """What is started, and what it shows when it has painted."""

    words: list[str]
    shows: str


AIMS = {"the unlock field": 1.25, "the first start": 1.4}


def report(rounds: int) -> Iterator[Row]:
    """The rows of how many times as long as the empty app each start takes, until it painted."""
    with tempfile.TemporaryDirectory() as place:
        times = _measured(Path(place), rounds)
    empty = times.pop("an empty app")
    for name, aim in AIMS.items():
        pairs = list(zip(times[name], empty, strict=True))
        yield of_pairs(f"start to {name}, beside an empty app", pairs, aim)


def _measured(place: Path, rounds: int) -> dict[str, list[Spent]]:
    there, absent = place / "there.nkw", place / "none" / "absent.nkw"
    with Passphrase("for measuring only") as passphrase:
        Vault.create(there, passphrase, KdfCost.MINIMUM).lock()
    starts = {
        "an empty app": Start(["-c", EMPTY], "painted"),
        "the unlock field": Start(["-c", COMMAND, "--vault", str(there)], "Passphrase"),
        "the first start": Start(["-c", COMMAND, "--vault", str(absent)], "New passphrase"),
    }
    variables = {**environment(), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    for start in starts.values():  # once for the caches
        _until_painted(start, variables)
    times: dict[str, list[Spent]] = {name: [] for name in starts}
    for _ in range(rounds):
        for name, start in starts.items():
            times[name].append(_until_painted(start, variables))
    return times


def _until_painted(start: Start, variables: dict[str, str]) -> Spent:
    """Start it, and end it as soon as it has painted: its time is that of the start alone."""
    if sys.platform != "win32":
        began = time.perf_counter()
        process, terminal = os.forkpty()
        if not process:
            os.execve(sys.executable, [sys.executable, *start.words], variables)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        painted = bytearray()
        while start.shows.encode() not in painted:
            painted += os.read(terminal, 1 << 16)
        waited = time.perf_counter() - began
        os.kill(process, signal.SIGKILL)
        _, _, usage = os.wait4(process, 0)
        os.close(terminal)
        return Spent(waited, usage.ru_utime + usage.ru_stime)
    raise OSError("there is no pseudo-terminal to start it in")


if __name__ == "__main__":
    print_all([lambda: report(7)])
