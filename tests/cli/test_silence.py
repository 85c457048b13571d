"""From the first question for a secret until it is answered for, the terminal shows nothing."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PASSPHRASE, Once, Run
from wallet.nats.nkeys import Kind, Seed

pexpect = pytest.importorskip("pexpect")
fcntl, pty = pytest.importorskip("fcntl"), pytest.importorskip("pty")
termios = pytest.importorskip("termios")
WRONG = "this is no passphrase of it"
TYPED = "echo shell-has-$((20+3))"
HALF = b"half of it"
HAD = "shell-has-23"


@pytest.fixture
def asks(vault: Run, once: Once, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A vault whose passphrase stands in no file, and takes a while to be checked."""
    once("asks", lambda: vault("passphrase", "--cost", "standard"))
    monkeypatch.delenv("NKEY_WALLET_PASSPHRASE_FILE")
    return vault


class Shell:
    """A shell with job control at a terminal."""

    def __init__(self, directory: Path) -> None:
        bash = shutil.which("bash")
        if bash is None:
            pytest.skip("bash")
        environment = {**os.environ, "HISTFILE": str(directory / "history"), "TERM": "dumb"}
        self.child: Any = pexpect.spawn(
            *(bash, ["--norc", "--noprofile", "-i"]),
            env=environment,
            encoding="utf-8",
            timeout=60,
        )
        self.child.logfile_read = self.shown = io.StringIO()
        self.child.sendline("bind 'set enable-bracketed-paste off'; PS1='rea''dy> '")
        self.child.expect("ready> ")

    def start(self, *words: str) -> None:
        self.child.sendline(shlex.join([sys.executable, "-m", "wallet", *words]))

    def is_reached_by(self, text: str) -> bool:
        """Whether what was typed came to the shell: after a command of its own, nothing does."""
        self.child.sendline("echo over-$((1+1))")
        self.child.expect("over-2")
        return text in self.shown.getvalue()

    def shows_what_is_typed(self) -> bool:
        return bool(termios.tcgetattr(self.child.child_fd)[3] & termios.ECHO)


@pytest.fixture
def shell(asks: Run, tmp_path: Path) -> Iterator[Shell]:
    opened = Shell(tmp_path)
    yield opened
    opened.child.close(force=True)


def test_what_is_typed_while_a_passphrase_is_checked_is_the_next_try_and_not_shown(
    shell: Shell,
) -> None:
    shell.start("public", "billing")
    shell.child.expect("Passphrase for")
    shell.child.sendline(WRONG)
    time.sleep(0.1)  # it is checked now
    shell.child.sendline(PASSPHRASE)
    shell.child.expect("Try again")
    shell.child.expect(r"U[A-Z2-7]{55}")
    shell.child.expect("ready> ")
    assert PASSPHRASE not in shell.shown.getvalue()


def test_what_is_typed_while_the_last_try_is_checked_never_reaches_the_shell(shell: Shell) -> None:
    shell.start("public", "billing")
    for _ in range(3):
        shell.child.expect("Passphrase for")
        shell.child.sendline(WRONG)
    time.sleep(0.1)
    shell.child.sendline(TYPED)
    shell.child.expect("ready> ")
    assert not shell.is_reached_by(HAD)
    assert TYPED not in shell.shown.getvalue()


def test_what_is_typed_while_the_right_one_is_checked_never_reaches_the_shell(shell: Shell) -> None:
    shell.start("public", "billing")
    shell.child.expect("Passphrase for")
    shell.child.sendline(PASSPHRASE)
    time.sleep(0.1)
    shell.child.sendline(TYPED)
    shell.child.expect(r"U[A-Z2-7]{55}")
    shell.child.expect("ready> ")
    assert not shell.is_reached_by(HAD)
    assert TYPED not in shell.shown.getvalue()


def test_what_is_typed_before_ctrl_c_never_reaches_the_shell(shell: Shell) -> None:
    shell.start("public", "billing")
    shell.child.expect("Passphrase for")
    shell.child.sendline(WRONG)
    time.sleep(0.1)
    shell.child.sendline(TYPED)
    shell.child.sendintr()
    shell.child.expect("interrupted")
    shell.child.expect("ready> ")
    assert not shell.is_reached_by(HAD)
    assert TYPED not in shell.shown.getvalue()


def test_after_a_suspension_it_asks_again_and_shows_nothing(shell: Shell) -> None:
    shell.start("public", "billing")
    shell.child.expect("Passphrase for")
    shell.child.send("half")
    shell.child.sendcontrol("z")
    shell.child.expect("Stopped")
    shell.child.expect("ready> ")
    shell.child.sendline("stty -a")
    shell.child.expect(r"\s(-?)echo\s")
    assert shell.child.match.group(1) == ""
    shell.child.sendline("fg")
    shell.child.expect("Passphrase for")
    assert not shell.shows_what_is_typed()
    shell.child.sendline(PASSPHRASE)
    shell.child.expect(r"U[A-Z2-7]{55}")
    shell.child.expect("ready> ")
    assert PASSPHRASE not in shell.shown.getvalue()


@pytest.mark.parametrize("ended_by", ["SIGTERM", "SIGQUIT", "SIGHUP"])
def test_a_process_that_is_told_to_end_gives_the_terminal_back(asks: Run, ended_by: str) -> None:
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "wallet", "public", "billing"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    try:
        asked = b""
        while b"Passphrase for" not in asked:
            asked += os.read(ours, 1000)
        assert not termios.tcgetattr(theirs)[3] & termios.ECHO
        os.write(ours, HALF)
        child.send_signal(signal.Signals[ended_by])
        assert child.wait(60) == -signal.Signals[ended_by]
        assert termios.tcgetattr(theirs)[3] & termios.ECHO
        os.write(ours, b"\n")
        assert os.read(theirs, 1000) == b"\n"
    finally:
        child.kill()
        child.wait()
        os.close(ours)
        os.close(theirs)


def test_a_new_passphrase_shows_nothing_of_what_follows_until_the_vault_stands(
    shell: Shell, tmp_path: Path
) -> None:
    shell.start("init", "--vault", str(tmp_path / "another.nkw"))
    for prompt in ("New passphrase", "same again"):
        shell.child.expect(prompt)
        shell.child.sendline(PASSPHRASE)
    time.sleep(0.1)
    shell.child.sendline(TYPED)
    shell.child.expect("Made")
    shell.child.expect("ready> ")
    assert not shell.is_reached_by(HAD)
    assert TYPED not in shell.shown.getvalue()


def test_a_passphrase_typed_to_standard_input_is_not_shown(asks: Run, shell: Shell) -> None:
    shell.start("public", "billing", "--passphrase-file", "-")
    shell.child.expect("Passphrase: ")
    assert not shell.shows_what_is_typed()
    shell.child.sendline(PASSPHRASE)
    shell.child.expect(r"U[A-Z2-7]{55}")
    assert PASSPHRASE not in shell.shown.getvalue()


def test_a_seed_pasted_to_be_inspected_is_not_shown(shell: Shell) -> None:
    with Seed.generate(Kind.USER) as new:
        text = new.encode().decode()
    shell.start("inspect")
    shell.child.expect("Paste")
    assert not shell.shows_what_is_typed()
    shell.child.sendline(text)
    shell.child.sendeof()
    shell.child.expect(r"U[A-Z2-7]{55}")
    shell.child.expect("ready> ")
    assert text not in shell.shown.getvalue()


def test_what_is_pasted_beyond_the_bound_never_reaches_the_shell(shell: Shell) -> None:
    shell.start("inspect")
    shell.child.expect("Paste")
    for _ in range(11):
        shell.child.send("A" * 100_000 + "\n")
    shell.child.sendline(TYPED)
    shell.child.sendeof()
    shell.child.expect("more than 1 MiB")
    shell.child.expect("ready> ")
    assert not shell.is_reached_by(HAD)
    assert "AAAA" not in shell.shown.getvalue()


def at_a_terminal(*words: str) -> Any:
    """A program at a terminal that shows what is typed; what that is like after it is shown too."""
    child = pexpect.spawn(
        *("/bin/sh", ["-c", f"{shlex.join([sys.executable, *words])}; stty -a"]),
        env={**os.environ, "TERM": "xterm-256color"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=60,
    )
    child.logfile_read = io.StringIO()
    return child


_LOADED_SLOWLY = """
import sys
from wallet.cli import app, main

def load(*_):
    print("being loaded", flush=True)
    print("typed:", len(input()), flush=True)
    return 0

app._run = load
sys.exit(main([]))
"""


@pytest.mark.usefixtures("asks")
def test_what_is_typed_while_the_app_is_loaded_is_not_shown() -> None:
    child = at_a_terminal("-c", _LOADED_SLOWLY)
    child.expect("being loaded")
    child.send(f"{PASSPHRASE}\n")
    child.expect(f"typed: {len(PASSPHRASE)}")
    child.expect(" echo ")
    assert PASSPHRASE not in child.logfile_read.getvalue()


@pytest.mark.usefixtures("asks")
def test_what_is_typed_before_the_app_has_its_field_arrives_there() -> None:
    child = at_a_terminal("-m", "wallet")
    while termios.tcgetattr(child.child_fd)[3] & termios.ECHO:
        time.sleep(0.001)
    child.send(PASSPHRASE)
    child.expect("Passphrase")
    child.send("\r")
    child.expect("billing")
    child.send("q")
    child.expect(" echo ")
    assert PASSPHRASE not in child.logfile_read.getvalue()
