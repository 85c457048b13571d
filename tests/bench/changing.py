"""One change of a vault of 100,000 keys with JWTs, beside what its bytes alone take."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.commands import COMMAND, Spent, environment, run, spent
from tests.bench.nsc_store import filled
from tests.bench.table import Row, of_pairs, print_all
from wallet.secrets import sodium

MOST_MEMORY = 320e6
MOST_TIME = 2.0  # 0.7 of what it was while every change copied all tables: 2.9, and 704 MB


def report(keys: int, rounds: int) -> Iterator[Row]:
    """The rows of its time, beside reading, decrypting, encrypting, writing with a flush, reading
    again and decrypting the bytes alone; and of the most memory that the command had.
    """
    with tempfile.TemporaryDirectory() as directory:
        vault = filled(Path(directory, "vault"), keys)
        size = vault.stat().st_size
        pairs: list[tuple[Spent, Spent]] = []
        peaks: list[int] = []
        for number in range(rounds):
            least = spent(_bytes_alone, vault, Path(directory, f"copy-{number}"))
            pairs.append((spent(run, vault, "note", "acme", os.urandom(4).hex()), least))
            peaks.append(_peak(vault))
    peak = median(peaks)
    yield of_pairs(f"a change of {keys:,} keys, beside its bytes alone", pairs, MOST_TIME)
    memory = f"{peak / 1e6:,.0f} MB, {peak / size:.1f}× the file"
    yield Row(f"its memory, beside {MOST_MEMORY / 1e6:.0f} MB", memory, peak / MOST_MEMORY, 1)


# Started by a small process: Linux counts the memory of whoever starts a process as its own.
_STARTED = """
import os, sys
nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
started = os.posix_spawn(
    sys.executable, [sys.executable, *sys.argv[1:]], os.environ, file_actions=[nowhere]
)
_, status, usage = os.wait4(started, 0)
print(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def _peak(vault: Path) -> int:
    """The most bytes that the command has."""
    words = ["--vault", str(vault), "--passphrase-file", str(vault.with_name("passphrase"))]
    note = ["-c", COMMAND, *words, "note", "acme", os.urandom(4).hex()]
    done = subprocess.run(
        [sys.executable, "-c", _STARTED, *note],
        env=environment(),
        capture_output=True,
        check=True,
    )
    return int(done.stdout)


def _bytes_alone(vault: Path, to: Path) -> None:
    key, nonce = bytes(sodium.KEY), bytes(sodium.NONCE)
    content = vault.read_bytes()
    box = sodium.encrypt(content, key=key, nonce=nonce, data=b"")
    plain = sodium.decrypt(box, key=key, nonce=nonce, data=b"")
    box = sodium.encrypt(plain, key=key, nonce=nonce, data=b"")
    with open(to, "wb") as file:
        file.write(box)
        file.flush()
        os.fsync(file.fileno())
    sodium.decrypt(to.read_bytes(), key=key, nonce=nonce, data=b"")


if __name__ == "__main__":
    print_all([lambda: report(100_000, 3)])
