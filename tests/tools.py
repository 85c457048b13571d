"""Where the programs are that the tests are run against."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

import pytest


def count(part: int, whole: int) -> int:
    """How many to make and try: a part in every run, the whole where `$NKEY_WALLET_IN_FULL` is."""
    return whole if os.environ.get("NKEY_WALLET_IN_FULL") else part


def tool(name: str) -> str:
    """The path of a program to test against; skips the test, saying so, where it is missing.

    Looked for in `$NKEY_WALLET_TOOLS/bin`, beside this Python, then on the PATH.
    """
    found = optional(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def optional(name: str) -> str | None:
    """The same, None where it is missing: for what only some machines have."""
    places = [sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]
    if tools := os.environ.get("NKEY_WALLET_TOOLS"):
        places.insert(0, str(Path(tools) / "bin"))
    return shutil.which(name, path=os.pathsep.join(places))


def node_modules(package: str) -> Path:
    """The `node_modules` directory that holds `package`; skips the test where it is missing."""
    tool("node")
    modules = Path(os.environ.get("NKEY_WALLET_TOOLS", ".tools")) / "node_modules"
    if not (modules / package).is_dir():
        pytest.skip(f"the JavaScript package {package} is not installed here")
    return modules
