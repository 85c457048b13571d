"""What a command loads before it has done its work: nothing that only others need.

Loading takes the most of a short command's time. It is held by the names of modules, for a
machine's seconds tell nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Run

PROGRAM = (
    "import contextlib, os, sys\n"
    "from wallet.cli import main\n"
    "with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere):\n"
    "    status = main(sys.argv[1:])\n"
    "print(status, *sys.modules)\n"
)
WRITING = (  # what only a change needs
    "wallet.vault.db.parts.history",
    "wallet.vault.db.journal.drafts",
    "wallet.vault.signing",
    "wallet.vault.copies",
    "wallet.vault.session.past",
)
CLAIMS = ("wallet.nats.claims", "wallet.nats.validation", "wallet.nats.jwt", "json")
PARTS = tuple(
    f"wallet.vault.db.parts.{part}"
    for part in ("configurations", "results", "rotations", "servers", "tokens")
)
LATER = (
    *WRITING,
    *CLAIMS,
    *PARTS,
    *("subprocess", "socket", "_hashlib", "argon2", "shlex", "wallet.codes"),
    *("logging", "traceback", "textwrap", "shutil", "tempfile"),
)


@pytest.mark.parametrize("command", ["list", "public billing"])
def test_a_command_that_shows_keys_loads_nothing_that_changes_them(
    vault: Run, command: str
) -> None:
    assert vault(*command.split()).status == 0
    loaded = loaded_by(*command.split())
    assert [name for name in loaded if name.startswith(tuple(LATER))] == []


def loaded_by(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],  # the vault is named by the environment
        # What measures the coverage of a process loads much itself.
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        check=True,
        text=True,
    )
    status, *modules = done.stdout.split()
    assert status == "0"
    return set(modules)
