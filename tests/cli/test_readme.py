"""The README's commands run as they stand there, in their order, on a fresh machine."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE
from tests.cli.forks import Forks
from tests.ports import free_ports
from wallet.cli import argument_parser
from wallet.cli.commands import COMMANDS
from wallet.system.natsserver import find

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
ELSEWHERE = ("venv", "pytest", "pipx")
"""A word of each block that installs or tests: .ci/run carries those out."""
EXITS = {
    "nkey-wallet scan": 1,
    "nkey-wallet health": 1,
    "nkey-wallet rotate billing --finish": 1,
}
"""The lines that a comment beside them says exit 1, or may: every other one exits 0."""


def script() -> list[str]:
    """The lines of the block that a script is made of."""
    (block,) = (block for block in BLOCKS if not any(word in block for word in ELSEWHERE))
    return block.splitlines()


class Shell:
    """A machine with nothing of the wallet's on it, and a shell there.

    `nats-server` and `nkey-wallet` are what the tests run, and the server's usual ports are ones
    that are free, for there may be a server on this machine.
    """

    def __init__(self, home: Path, forks: Forks) -> None:
        self.home, self.bin = home, home / "bin"
        self.ports = dict(zip(("4222", "8222"), map(str, free_ports(2)), strict=True))
        self.bin.mkdir()
        self._program("nkey-wallet", [*forks.command(), '"$@"'])
        self._program("nats-server", [find(), '"$@"', "-p", self.ports["4222"]])
        passphrase = home / "passphrase"
        passphrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
        passphrase.chmod(0o600)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        self.environment = kept | {
            "HOME": str(home),
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "NKEY_WALLET_PASSPHRASE_FILE": str(passphrase),
        }
        self.environment.pop("NKEY_WALLET_VAULT", None)
        self.work = home / "work"
        self.work.mkdir()
        self.running: list[subprocess.Popen[bytes]] = []

    def _program(self, name: str, words: list[str]) -> None:
        line = " ".join(word if word == '"$@"' else shlex.quote(word) for word in words)
        (self.bin / name).write_text(f"#!/bin/sh\nexec {line}\n", encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def run(self, line: str) -> tuple[int, str]:
        """What a line exits with and says; one that ends with `&` runs on until `stop`."""
        for usual, port in self.ports.items():
            line = re.sub(rf"\b{usual}\b", port, line)
        command, behind, _ = line.partition(" &")
        if behind:
            log = (self.home / "log").open("wb")
            words = ["sh", "-c", f"exec {command}"]
            self.running.append(
                subprocess.Popen(words, cwd=self.work, env=self.environment, stdout=log, stderr=log)
            )
            log.close()
            self._await_server()
            return 0, ""
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
        return done.returncode, done.stdout.decode()

    def _await_server(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", int(self.ports["4222"])), 1):
                    return
            except OSError:
                assert time.monotonic() < deadline, (self.home / "log").read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
            process.wait(30)


@pytest.fixture
def shell(tmp_path: Path, forks: Forks) -> Iterator[Shell]:
    if sys.platform == "win32":
        pytest.skip("a POSIX shell")
    begun = Shell(tmp_path, forks)
    yield begun
    begun.stop()


@pytest.mark.slow
def test_the_script_runs_in_its_order_on_a_fresh_machine(shell: Shell) -> None:
    assert len(script()) > 40
    for number, line in enumerate(script()):
        if number == 1:  # a guess at the passphrase is not what is tested
            assert shell.run("nkey-wallet passphrase --cost light")[0] == 0
        status, told = shell.run(line)
        wanted = next((exits for begin, exits in EXITS.items() if line.startswith(begin)), 0)
        assert status == wanted, f"{line}\n{told}"
        assert wanted == 0 or re.search(r"#.*\b1\b", line), f"{line}: no comment says it exits 1"


def test_each_other_block_is_carried_out_elsewhere() -> None:
    assert len([block for block in BLOCKS if any(word in block for word in ELSEWHERE)]) == 4
    assert len(BLOCKS) == 5


def test_each_command_in_a_sentence_is_one_that_there_is() -> None:
    """Words in capitals stand for what a person has, and dots for more of it."""
    text = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    lines = [" ".join(line.split()) for line in re.findall(r"`(nkey-wallet [^`]*)`", text)]
    assert len(lines) > 10
    for line in lines:
        words = shlex.split(line.replace("…", ""))[1:]
        if len(words) == 1 and not words[0].startswith("-"):
            assert words[0] in {command.name for command in COMMANDS}, line
            continue
        words = ["bash" if word == "COMMAND" else word for word in words]
        if words[-1:] not in (["--help"], ["--debug-info"]):
            argument_parser.build().parse_args(words)
