"""The bytes that a key press sends to a terminal of 120 × 40, over SSH and elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect

from tests.bench.table import Row

KEYS = {"start": "", "↓": "\x1b[B", "↓ again": "\x1b[B", "?": "?"}
QUIET = 0.4  # seconds without a byte: what a key press brings is complete
LONGEST = 3.0  # a clock in the header never leaves it quite quiet


MOST = {"↓": 1_500, "↓ again": 1_500, "?": 20_000}


def report(vault: Path, passphrase: Path) -> Iterator[Row]:
    """The rows of the bytes that a key press sends over SSH, beside the most that it should."""
    everything, changes = (_sent(vault, passphrase, ssh) for ssh in ("", "10.0.0.1 1 10.0.0.2 22"))
    for key, most in MOST.items():
        today = f"{changes[key]:,}, {changes[key] / everything[key]:.3f}× of Textual's"
        yield Row(f"bytes for {key} at 120×40, beside {most:,}", today, changes[key] / most, 1)


def _sent(vault: Path, passphrase: Path, ssh: str) -> dict[str, int]:
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment |= {"SSH_CONNECTION": ssh, "SSH_TTY": ""}
    flags = ["--vault", str(vault), "--passphrase-file", str(passphrase)]
    child = pexpect.spawn(
        sys.executable, ["-m", "wallet", *flags], env=environment, dimensions=(40, 120)
    )
    try:
        child.expect(b"acme")
        sent = {}
        for name, key in KEYS.items():
            child.send(key)
            sent[name] = _until_quiet(child)
        return sent
    finally:
        child.close(force=True)


def _until_quiet(child: Any) -> int:
    count, began = 0, time.monotonic()
    last = began
    while time.monotonic() < min(last + QUIET, began + LONGEST):
        try:
            count += len(child.read_nonblocking(1 << 20, 0.1))
            last = time.monotonic()
        except pexpect.TIMEOUT:
            continue
    return count
