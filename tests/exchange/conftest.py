"""A store as nsc itself makes it, built once for all tests that look at it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.tools import tool

OPERATORS = {"acme": 8, "globex": 7, "initech": 5}
STRICT = "globex"  # where only signing keys sign, which nsc allows without a system account
USERS = 25  # in each of the 20 accounts
SCOPED = 5  # of these users, in the accounts that have a role
ENOUGH = 240.0  # seconds for a slow machine to run nsc some 600 times


def run_nsc(home: Path, *arguments: str) -> str:
    """Run nsc on the store in `home`; what it said."""
    environment = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "PATH": os.environ.get("PATH", os.defpath),
    }
    done = subprocess.run(
        [tool("nsc"), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"nsc {' '.join(arguments)}: {done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def nsc_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 operators, 20 accounts and 2 system accounts, 502 users, all made by the real nsc."""
    tool("nsc")
    base = tmp_path_factory.getbasetemp()
    # Workers of one run share it: the first makes it, the others wait.
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    home = shared / "nsc-home"
    try:
        home.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + ENOUGH
        while not (home / "done").exists():
            assert time.monotonic() < deadline, "another worker did not finish the store"
            time.sleep(0.1)
        return home
    for operator, accounts in OPERATORS.items():
        _make_operator(home, operator, accounts)
    (home / "done").touch()
    return home


def _make_operator(home: Path, operator: str, accounts: int) -> None:
    strict = operator == STRICT
    run_nsc(home, "add", "operator", operator, *([] if strict else ["--sys"]))
    run_nsc(home, "edit", "operator", "--sk", "generate", "--tag", f"org:{operator}")
    if strict:
        run_nsc(home, "edit", "operator", "--require-signing-keys")
    for number in range(accounts):
        _make_account(home, f"a{number}", scoped=number % 2 == 0)


def _make_account(home: Path, account: str, *, scoped: bool) -> None:
    run_nsc(home, "add", "account", account)
    run_nsc(home, "edit", "account", account, "--sk", "generate", "--js-mem-storage", "1G")
    if scoped:
        signing = ("edit", "signing-key", "--account", account, "--sk", "generate")
        run_nsc(home, *signing, "--role", "worker", "--allow-pub", "jobs.>", "--subs", "10")
    run_nsc(home, "add", "export", "--account", account, "--subject", "news.>")
    for number in range(USERS):
        add = ["add", "user", "--account", account, f"u{number}"]
        if scoped and number < SCOPED:
            add += ["-K", "worker"]
        elif not scoped and number == USERS - 1:
            add += ["--allow-pub", "a.>,b.*", "--deny-sub", "c", "--expiry", "1y", "--bearer"]
        run_nsc(home, *add)
