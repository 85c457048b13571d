"""What a start loads before its first field is painted: nothing that only an opening needs."""

from __future__ import annotations

import subprocess
import sys

IMPORTS = (
    "import sys\n"
    "from wallet.cli import main, app, parser\n"
    "from wallet.app import app\n"
    "from wallet.app.screens.vault import {screen}\n"
    "print(*(name for name in sys.modules if name.startswith({rooms!r})))\n"
)
LATER = tuple(
    f"wallet.{room}"
    for room in ("nats.claims", "chain", "vault.records", "vault.session", "exchange", "tasks")
)


def loaded(screen: str) -> str:
    program = IMPORTS.format(screen=screen, rooms=LATER)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout.strip()


def test_the_unlock_field_is_painted_before_the_vault_is_loaded() -> None:
    assert loaded("unlock") == ""


def test_the_first_start_is_painted_before_the_vault_is_loaded() -> None:
    assert loaded("create") == ""
