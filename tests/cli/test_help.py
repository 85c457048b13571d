"""`--help` and `--debug-info`: enough to begin with and to report a fault with, and no secret."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import wallet
from tests.cli.conftest import Run
from wallet.cli import argument_parser
from wallet.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]


def commands() -> list[str]:
    import argparse

    (group,) = [
        action
        for action in argument_parser.build()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    return sorted(group.choices)


def test_every_command_has_an_example_that_it_understands() -> None:
    import shlex

    assert sorted(command.name for command in COMMANDS) == commands()
    for command in COMMANDS:
        assert command.module().EXAMPLES
        for line in command.module().EXAMPLES:
            program, *arguments = shlex.split(line.partition(" > ")[0].partition(" < ")[0])
            assert program == "nkey-wallet"
            assert arguments[0] == command.name
            argument_parser.build().parse_args(arguments)


def test_help_names_variables_places_and_exit_codes(run: Run) -> None:
    said = run("--help").out
    for word in ("NKEY_WALLET_VAULT", "NKEY_WALLET_PASSPHRASE_FILE", "~/.local/share", " 70 "):
        assert word in said or (word.startswith("~") and sys.platform != "linux")
    assert max(map(len, said.splitlines())) <= 100
    for command in commands():
        assert "examples:" in run(command, "--help").out


@pytest.mark.parametrize("command", ["exports", "imports", "mappings"])
def test_each_verb_behind_an_account_has_help(run: Run, command: str) -> None:
    _, _, changes = run(command, "--help").out.partition("  CHANGE\n")
    verbs = re.findall(r"^    ([a-z]+)", changes, re.MULTILINE)
    assert {"add", "remove"} <= set(verbs)
    for verb in verbs:
        done = run(command, "acme/orders", verb, "--help")
        assert (done.status, done.out[:6]) == (0, "usage:"), (verb, done.err)


def test_debug_info_says_what_runs_here_and_nothing_of_the_keys(
    vault: Run, tmp_path: Path, empty_home: Path
) -> None:
    done = vault("--debug-info")
    assert done.status == 0
    for text in (wallet.__version__, platform.python_version(), sqlite3.sqlite_version):
        assert text in done.out
    for name in ("textual", "pynacl", "argon2-cffi", "platformdirs", "libsodium", "terminal"):
        assert name in done.out
    for secret in ("acme", "billing", "vault.nkw", str(tmp_path), str(empty_home)):
        assert secret not in done.out
    assert "~" in done.out


@pytest.mark.skipif(sys.platform == "win32", reason="an empty environment")
def test_without_an_environment_both_still_answer(tmp_path: Path) -> None:
    modules = os.pathsep.join([str(ROOT), *(p for p in sys.path if "site-packages" in p)])
    for flag in ("--help", "--debug-info", "--version"):
        done = subprocess.run(
            [sys.executable, "-m", "wallet", flag],
            env={"PYTHONPATH": modules},
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert done.stdout


def test_help_lists_every_command_once_what_a_newcomer_needs_first(run: Run) -> None:
    listed = re.findall(r"^  ([a-z]+)  +\S", run("--help").out.partition("\noptions:")[0], re.M)
    assert sorted(listed) == commands()
    assert listed[:2] == ["demo", "init"]
