"""The app in a pseudo-terminal of the test's own, where its process can be signalled and read."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SEED = "SUAEL6GG2L2HIF7DUGZJGMRUFKXELGGYFMHF76UO2AYBG3K4YLWR3FKC2Q"
"""A seed known to everybody: one of nats-io/nkeys' test vectors has this shape."""

START = """
import sys
from pathlib import Path
from wallet.app.app import WalletApp
from wallet.secrets.passphrase import Passphrase
"""


@contextmanager
def in_pty(
    program: str | list[str],
    *,
    environment: dict[str, str] | None = None,
    directory: Path | None = None,
) -> Iterator[Any]:
    """A Python program, or arguments for Python, in a terminal of 80 × 24: pexpect's child."""
    pexpect = pytest.importorskip("pexpect")
    arguments = ["-c", program] if isinstance(program, str) else program
    child = pexpect.spawn(
        sys.executable,
        arguments,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            **(environment or {}),
        },
        cwd=str(directory or ROOT),
        dimensions=(24, 80),
        encoding="utf-8",
        codec_errors="replace",
        timeout=60,
    )
    try:
        yield child
    finally:
        child.close(force=True)


def rest_of(child: Any) -> str:
    """All that the program still writes, until it has ended."""
    child.expect(pytest.importorskip("pexpect").EOF)
    child.close()
    return str(child.before)


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Wait as long as a slow machine may need."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.05)
