"""Go's own modules and caches, where Go is at hand. Nothing is fetched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.tools import tool

NATS_SERVER = "github.com/nats-io/nats-server/v2"


@cache
def caches() -> dict[str, str]:
    """Where the go command keeps its caches; home is empty in tests. Skips without Go."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    pwd = pytest.importorskip("pwd")
    home = {**os.environ, "HOME": pwd.getpwuid(os.getuid()).pw_dir}
    names = ("GOMODCACHE", "GOCACHE")
    done = subprocess.run(
        [tool("go"), "env", *names], capture_output=True, text=True, check=True, env=home
    )
    return dict(zip(names, done.stdout.splitlines(), strict=True))


def source(module: str, version: str | None = None) -> Path:
    """The directory of a module in Go's cache, of its newest version there or the one named.

    Skips the test, saying so, where it is missing.
    """
    found = sorted(Path(caches()["GOMODCACHE"]).glob(f"{module}@{version or '*'}"), key=_version)
    if not found:
        pytest.skip(f"{module} is not in Go's module cache")
    return found[-1]


def _version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.name.rpartition("@")[2])]
