"""A terminal that goes away without a signal: end of file and errors there are a hang-up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.app.inpty import ROOT, START
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

if sys.platform == "win32":
    pytest.skip("POSIX terminals", allow_module_level=True)

PASSPHRASE = "my dog likes to eat cheese"
SCRIPT = (
    START
    + """
from wallet.vault.vault import Vault
really_lock = Vault.lock

def lock(vault):
    really_lock(vault)
    Path("locked").write_text(str(vault.locked))

Vault.lock = lock
app = WalletApp(Path("vault.nkw"), passphrase=Passphrase(sys.argv[1]))
app.run()
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
Path("ended").write_text(f"{app.return_code} {used.ru_utime + used.ru_stime}")
sys.exit(app.return_code or 0)
"""
)


class Session:
    """The wallet in a session of its own, whose terminals are no controlling ones."""

    def __init__(self, directory: Path) -> None:
        script = directory / "wallet_in_test.py"
        script.write_text(SCRIPT, encoding="utf-8")
        self.directory = directory
        self.keyboard, typed = os.openpty()
        self.screen, shown = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, str(script), PASSPHRASE],
            stdin=typed,
            stdout=shown,
            stderr=shown,
            cwd=directory,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
            },
            start_new_session=True,
        )
        os.close(typed)
        os.close(shown)

    def read_until(self, text: str) -> None:
        seen = b""
        deadline = time.monotonic() + 60
        while text.encode() not in seen:
            assert time.monotonic() < deadline, seen[-2000:]
            seen += os.read(self.screen, 65536)

    def drain(self) -> None:
        with suppress(OSError):
            while os.read(self.screen, 65536):
                pass


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Passphrase(PASSPHRASE) as passphrase:
        Vault.create(tmp_path / "vault.nkw", passphrase, KdfCost.MINIMUM).lock()
    made = Session(tmp_path)
    try:
        made.read_until("locks in")
        yield made
    finally:
        made.process.kill()
        made.process.wait()
        for descriptor in (made.keyboard, made.screen):
            with suppress(OSError):
                os.close(descriptor)


@pytest.mark.parametrize("gone", ["keyboard", "screen", "both"])
def test_a_terminal_that_goes_without_a_signal_locks_and_ends_the_wallet(
    session: Session, gone: str
) -> None:
    if gone in {"screen", "both"}:
        os.close(session.screen)
    if gone in {"keyboard", "both"}:
        os.close(session.keyboard)
    if gone == "keyboard":
        session.drain()
    if gone == "screen":
        os.write(session.keyboard, b"j")  # so that something is drawn
    status = session.process.wait(60)
    assert (session.directory / "locked").read_text() == "True"
    assert status == 129
    code, seconds = (session.directory / "ended").read_text().split()
    assert code == "129"
    assert float(seconds) < 20, "it ran at full load"
