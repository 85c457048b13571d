"""Signals, suspending and a terminal that goes away: what is forgotten on each way out."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app.inpty import SEED, START, in_pty, rest_of, wait_until
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc, and uses X11's helper"
)

PASSPHRASE = "my dog likes to eat cheese"
SCRIPT = (
    START
    + """
class Wallet(WalletApp):
    def key_f9(self):
        self.copy_secret(bytearray(sys.argv[2].encode()), "Seed of nobody")

from wallet.vault.vault import Vault
really_lock = Vault.lock

def lock(vault):
    really_lock(vault)
    Path("locked").write_text(str(vault.locked))

Vault.lock = lock
app = Wallet(Path("keys/vault.nkw"), passphrase=Passphrase(sys.argv[1]))
app.run()
sys.exit(app.return_code or 0)
"""
)
HELPER = """#!/bin/sh
case "$*" in
  *-out*) [ -s "$HELD" ] || exit 1; cat "$HELD" ;;
  *) cat > "$HELD" ;;
esac
"""


class Running:
    """The wallet, unlocked, with a seed on the clipboard."""

    def __init__(self, child: Any, directory: Path) -> None:
        self.child, self.directory = child, directory

    @property
    def clipboard(self) -> str:
        held = self.directory / "held"
        return held.read_text() if held.exists() else ""

    @property
    def locked(self) -> bool:
        told = self.directory / "locked"
        return told.exists() and told.read_text() == "True"

    @property
    def state(self) -> str:
        """The process' state, as ps shows it: R, S, T for stopped, Z, or nothing when gone."""
        try:
            stat = Path(f"/proc/{self.child.pid}/stat").read_text()
        except OSError:
            return ""
        return stat.rpartition(")")[2].split()[0]

    def wait_until_ended(self) -> None:
        wait_until(lambda: not self.child.isalive(), "the end")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with Passphrase(PASSPHRASE) as passphrase:
        Vault.create(tmp_path / "keys" / "vault.nkw", passphrase, KdfCost.MINIMUM).lock()
    programs = tmp_path / "bin"
    programs.mkdir()
    helper = programs / "xclip"
    helper.write_text(HELPER)
    helper.chmod(0o755)
    script = tmp_path / "wallet_in_test.py"
    script.write_text(SCRIPT, encoding="utf-8")
    environment = {
        "DISPLAY": ":7",
        "PATH": f"{programs}:/usr/bin:/bin",
        "HELD": str(tmp_path / "held"),
    }
    with in_pty(
        [str(script), PASSPHRASE, SEED], environment=environment, directory=tmp_path
    ) as child:
        made = Running(child, tmp_path)
        child.expect_exact("locks in")
        child.send("\x1b[20~")  # F9
        child.expect_exact("on the clipboard, cleared in")
        assert made.clipboard == SEED
        yield made


def terminate(running: Running) -> None:
    os.kill(running.child.pid, signal.SIGTERM)


def hang_up(running: Running) -> None:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    os.kill(running.child.pid, signal.SIGHUP)


def interrupt(running: Running) -> None:
    os.kill(running.child.pid, signal.SIGINT)


def leave(running: Running) -> None:
    running.child.send("\x11")


@pytest.mark.parametrize(
    ("way", "status"), [(terminate, 143), (hang_up, 129), (interrupt, 130), (leave, 0)]
)
def test_every_way_out_clears_the_clipboard_and_restores_the_terminal(
    running: Running, way: Callable[[Running], None], status: int
) -> None:
    way(running)
    printed = rest_of(running.child)
    assert running.clipboard == ""
    assert "\x1b[?1049l" in printed, "the shell's screen is back"
    assert running.child.exitstatus == status, printed[-1500:]
    assert running.locked


def test_a_terminal_that_goes_away_ends_the_wallet_and_clears_the_clipboard(
    running: Running,
) -> None:
    # As closing a window does: the kernel hangs up, and no output is taken any more.
    terminal = running.child.ptyproc
    terminal.fileobj.close()
    terminal.closed = running.child.closed = True
    wait_until(lambda: running.state in {"", "Z"}, "the end")
    terminal.wait()
    assert running.clipboard == ""
    assert running.locked


@pytest.mark.parametrize("way", ["key", "signal"])
def test_suspending_locks_first_and_comes_back_locked(running: Running, way: str) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    if way == "key":
        running.child.send("\x1a")
    else:
        os.kill(running.child.pid, signal.SIGTSTP)
    # What was drawn last, before the shell's screen came back, is the question.
    running.child.expect_exact("is locked")
    running.child.expect_exact("\x1b[?1049l")
    wait_until(lambda: running.state == "T", "stopping")
    assert running.locked
    assert running.clipboard == ""
    os.kill(running.child.pid, signal.SIGCONT)
    running.child.expect_exact("\x1b[?1049h")
    running.child.expect_exact("is locked")
    running.child.send(PASSPHRASE + "\r")
    running.child.expect_exact("locks in")
    leave(running)
    rest_of(running.child)
    assert running.child.exitstatus == 0


def test_a_second_signal_ends_a_wallet_that_hangs(tmp_path: Path) -> None:
    script = (
        START
        + """
import time
class Hanging(WalletApp):
    def key_f9(self):
        print("\\x1b]0;hanging\\x07", file=sys.__stderr__, flush=True)
        time.sleep(600)
Hanging(Path("none.nkw")).run()
"""
    )
    with in_pty(script, directory=tmp_path) as child:
        child.expect_exact("Make your wallet")
        child.send("\x1b[20~")
        child.expect_exact("hanging")
        os.kill(child.pid, signal.SIGTERM)
        wait_until(lambda: caught(child.pid, signal.SIGTERM) is False, "the first signal")
        os.kill(child.pid, signal.SIGTERM)
        rest_of(child)
        assert child.signalstatus == signal.SIGTERM


def test_a_wallet_that_hangs_is_ended_after_some_seconds_by_one_signal(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    script = (
        START
        + """
import time
from wallet.system import signals
signals.on_hangup.__kwdefaults__["patience"] = 0.5
class Hanging(WalletApp):
    def key_f9(self):
        print("\\x1b]0;hanging\\x07", file=sys.__stderr__, flush=True)
        while True:
            time.sleep(600)
Hanging(Path("none.nkw")).run()
"""
    )
    with in_pty(script, directory=tmp_path) as child:
        child.expect_exact("Make your wallet")
        child.send("\x1b[20~")
        child.expect_exact("hanging")
        os.kill(child.pid, signal.SIGHUP)
        rest_of(child)
        assert child.signalstatus == signal.SIGALRM


def caught(pid: int, number: signal.Signals) -> bool | None:
    """Whether a process has a handler of its own for a signal; None when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt"))
    return bool(mask >> (number - 1) & 1)
