"""The examples in each command's help run where what they name is there; none is wrong usage."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import AtTerminal, Run
from tests.cli.forks import Forks
from wallet.cli.commands import COMMANDS, Command
from wallet.system.natsserver import LocalServer

PREPARED = {
    "imports": [
        "exports orders add orders.*.status --service",
        "new operator corp",
        "new account jobs --under corp",
        "exports corp/jobs add jobs.> --stream --private",
    ],
    "pair": ["exports orders add orders.*.status --service --private"],
    "unpair": [
        "exports orders add orders.*.status --service --private",
        "pair orders metrics orders.eu.status",
        "exports orders add news --stream",
        "pair orders metrics news",
    ],
    "allow": ["revoke billing"],
    "merge": ["note billing here"],
}
"""Of some commands what has to be done before, in words of the command line."""
CHEAPER = [
    (r"--prefix BILL", "--prefix BI"),
    (r"--cost heavy", "--cost light"),
    (r"^nkey-wallet init\b", "nkey-wallet init --cost light"),
]
OPENS_THE_APP = {"demo"}
_ASKS = re.compile(r"\[y/N\]|\? $|: $|New passphrase")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    running = LocalServer(tmp_path_factory.mktemp("server"), "")
    yield running
    running.stop()


@pytest.fixture
def examples_vault(vault: Run, once: Callable[..., None]) -> Run:
    """The vault that the examples are about: each name in them is a key of it."""

    def make() -> None:
        for words in (
            *(f"new user {user} --under acme/orders" for user in ("reports", "worker")),
            *(f"new user {user} --under acme/orders" for user in ("old-1", "old-2")),
            "new account SYS --under acme",
            "edit acme --system-account SYS",
            "new curve mine",
            "new curve theirs",
        ):
            done = vault(*words.split())
            assert done.status == 0, done.err

    once("examples", make)
    return vault


class Place:
    """A directory with the files that examples name, and a shell to run them in."""

    def __init__(
        self,
        home: Path,
        forks: Forks,
        at_terminal: AtTerminal,
        run: Run,
        server: LocalServer,
        filled: Path,
    ) -> None:
        """What all examples have in common is kept at `filled`, by the first that makes it."""
        self.home, self._server, self._run, self._filled = home, server, run, filled
        self._at_terminal = at_terminal
        self.work = home / "work"
        self.work.mkdir()
        binaries = home / "bin"
        binaries.mkdir()
        client = binaries / "nkey-wallet"
        client.write_text(f'#!/bin/sh\nexec {shlex.join(forks.command())} "$@"\n')
        client.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
        self.environment = kept | {"HOME": str(home), "PATH": path}

    def fill(self, name: str) -> None:
        """Put the files there; and the vault as a command's examples want it."""
        parts = ("keys", "work", "src")
        if self._filled.exists():
            shutil.rmtree(self.home / "keys")
            for part in parts:
                shutil.copytree(self._filled / part, self.home / part, dirs_exist_ok=True)
        else:
            self._fill_for_all()
            for part in parts:
                shutil.copytree(self.home / part, self._filled / part)
        self._fill_for(name)

    def _fill_for_all(self) -> None:
        for text in ("report.pdf", "a.txt", "plan.txt", "release.txt", ".env"):
            (self.work / text).write_text(f"{text}\n")
        shutil.copy(self.environment["NKEY_WALLET_PASSPHRASE_FILE"], self.work / "ci.pass")
        (self.work / "ci.pass").chmod(0o600)
        (self.work / "deploy").mkdir()
        sources = self.home / "src" / "orders"
        sources.mkdir(parents=True)
        subprocess.run(["git", "init", "-q", str(sources)], check=True)
        self._done("servers", "add", "prod", "--url", self._server.url)
        conf = self._done("config", "acme", "--for", "operator")
        (self.work / "nats-server.conf").write_text(conf)
        for user in ("report", "a"):
            signature = self._done("sign", "billing", str(self.work / "report.pdf"))
            (self.work / f"{user}.sig").write_text(signature)
        theirs, mine = (self._done("public", key).strip() for key in ("theirs", "mine"))
        for sealed, to, of in (("plan.sealed", mine, "theirs"), ("a", mine, "theirs")):
            assert theirs
            place = str(self.work / sealed)
            self._done("seal", of, str(self.work / "plan.txt"), "--for", to, "--to", place)

    def _fill_for(self, name: str) -> None:
        for words in PREPARED.get(name, ()):
            self._done(*words.split())
        vault = Path(self.environment["NKEY_WALLET_VAULT"])
        usb = self.home / "usb"
        usb.mkdir()
        if name != "backup":
            shutil.copy(vault, usb / "vault.nkw")
        for copy in ("other.nkw", "vault (conflicted copy).nkw", "%A", "%B", "%O"):
            shutil.copy(vault, self.work / copy)
        if name in {"import", "inspect"}:
            nsc = self.home / ".local" / "share" / "nats" / "nsc"
            self._done("export", "acme", "--as", "nsc", "--to", str(nsc))
            for creds in ("a.creds", "billing.creds"):
                self._done("creds", "billing", "--to", str(self.work / creds))
        if name == "imports":
            self._done(
                *("exports", "corp/jobs", "activate", "jobs.>", "metrics"),
                *("--to", str(self.work / "jobs.jwt")),
            )
        for places in (".local/share/bash-completion/completions", ".zfunc"):
            (self.home / places).mkdir(parents=True)
        (self.home / ".config" / "fish" / "completions").mkdir(parents=True)
        if name == "seal":
            (self.work / "plan.sealed").unlink()
        if name == "open":
            (self.work / "plan.txt").unlink()
        if name == "passphrase":
            self._done("recovery", "--to", str(self.work / "page.txt"))
        if name in {"init", "new"}:
            shutil.rmtree(vault.parent)
        if name == "new":
            self._done("init", "--cost", "light")

    def _done(self, *words: str) -> str:
        done = self._run(*words)
        assert done.status == 0, f"{words}: {done.err}"
        return done.out

    def run(self, line: str) -> tuple[int, str]:
        """What an example exits with, and says: at no terminal, or at one where it needs that."""
        line = line.replace("/mnt/usb", str(self.home / "usb"))
        line = line.replace("nats://localhost:4222", self._server.url)
        for dear, cheap in CHEAPER:
            line = re.sub(dear, cheap, line)
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.work,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        told = done.stdout.decode()
        return self._asked(line) if done.returncode == 2 else (done.returncode, told)

    def _asked(self, line: str) -> tuple[int, str]:
        """It asks there, which it does only once it has understood; then Ctrl+C."""
        import pexpect

        child = self._at_terminal(*shlex.split(line)[1:], cwd=str(self.work), env=self.environment)
        child.expect([_ASKS, pexpect.EOF])
        told = str(child.before)
        if child.isalive():
            child.sendintr()
            child.expect(pexpect.EOF)
        child.close()
        return int(child.exitstatus or 0), told


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples") / "filled"


@pytest.fixture
def place(
    tmp_path: Path,
    forks: Forks,
    at_terminal: AtTerminal,
    examples_vault: Run,
    server: LocalServer,
    filled: Path,
) -> Place:
    if sys.platform == "win32":
        pytest.skip("a POSIX shell")
    return Place(tmp_path, forks, at_terminal, examples_vault, server, filled)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [one for one in COMMANDS if one.name not in OPENS_THE_APP], ids=lambda one: one.name
)
def test_the_examples_of_a_command_are_understood_where_what_they_name_is_there(
    place: Place, command: Command
) -> None:
    place.fill(command.name)
    for line in command.module().EXAMPLES:
        status, told = place.run(line)
        assert status in {0, 1, 130}, f"{line}\n{told}"
