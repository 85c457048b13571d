"""Commands run as people run them, and the time that each takes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

if sys.platform != "win32":
    import resource

COMMAND = "import sys; from wallet.cli import main; sys.exit(main())"  # as an installation's script
_COMPILED = tempfile.TemporaryDirectory()


class Spent(NamedTuple):
    """Seconds that passed, and seconds of the processor, of the processes that ran too."""

    waited: float
    worked: float


def spent(work: Callable[..., object], *values: object) -> Spent:
    """Do something, and say what it took."""
    gc.collect()
    began, worked = time.perf_counter(), _processor()
    work(*values)
    return Spent(time.perf_counter() - began, _processor() - worked)


def _processor() -> float:
    if sys.platform != "win32":
        # To the microsecond; `os.times` counts in hundredths of a second, some commands take ten.
        both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
        usages = [resource.getrusage(who) for who in both]
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def environment() -> dict[str, str]:
    """This process's, with the modules compiled as an installation has them."""
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPYCACHEPREFIX": _COMPILED.name}


def run(vault: Path, *words: str) -> str:
    """Run a command on a vault with its passphrase in a file beside it, and give what it prints."""
    before = ["--vault", str(vault), "--passphrase-file", str(vault.with_name("passphrase"))]
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *before, *words],
        env=environment(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed, nothing was measured: {done.stderr[-1000:]!r}")
    return done.stdout.decode()
