"""What of a half-typed text the process still holds while it is locked: no object does, no seed."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.app.inpty import in_pty, wait_until
from tests.app.test_memory import COLLECTING, after_collecting, copies, drain, type_slowly
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PASSPHRASE = "quiet zebra lamp 47 orbit fig"
HALF = "quartz lantern 93 vow"
LOCKED_BY_SIGNAL = (
    COLLECTING
    + """
from wallet.app.app import WalletApp

def hold(text):
    referents = (each for one in gc.get_objects() for each in gc.get_referents(one))
    return any(type(each) is str and text in each and each is not text for each in referents)

def look(*_):
    gc.collect()
    text = Path("looked-for").read_text()
    Path("held").write_text("yes" if hold(text) else "no")

signal.signal(signal.SIGALRM, look)
app = WalletApp(Path("keys/vault.nkw"))
signal.signal(signal.SIGUSR2, lambda *_: app.call_later(app.lock))
app.run()
"""
)


def held(child: Any, directory: Path, text: str) -> bool:
    """Whether any object of the process holds a text, after it threw away what it can."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    answer = directory / "held"
    answer.unlink(missing_ok=True)
    (directory / "looked-for").write_text(text)
    os.kill(child.pid, signal.SIGALRM)
    wait_until(lambda: answer.exists() and answer.read_text(), "looking")
    return answer.read_text() == "yes"


def start(child: Any) -> None:
    child.delaybeforesend = None
    child.expect_exact("is locked")
    drain(child)
    type_slowly(child, PASSPHRASE)
    child.send("\r")
    child.expect_exact("locks in")
    drain(child)


def make_vault(directory: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Seed.generate(Kind.USER) as seed:
        vault = Vault.create(directory / "keys" / "vault.nkw", passphrase, KdfCost.MINIMUM)
        with vault, vault.change() as records:
            records.add(seed, name="billing")


def lock(child: Any) -> None:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    os.kill(child.pid, signal.SIGUSR2)
    child.expect_exact("is locked")
    drain(child)
    time.sleep(1)  # what gave way to the lock is gone then
    drain(child)


def test_no_object_holds_half_written_notes_while_it_is_locked(tmp_path: Path) -> None:
    make_vault(tmp_path)
    with in_pty(LOCKED_BY_SIGNAL, directory=tmp_path) as child:
        start(child)
        child.send("ja\t")
        child.expect_exact("Notes")
        drain(child)
        for character in HALF:
            child.send(character)
            drain(child)
        assert held(child, tmp_path, HALF), "where it is while it is typed"
        lock(child)
        assert not held(child, tmp_path, HALF)
        type_slowly(child, PASSPHRASE)
        child.send("\r")
        child.expect_exact("locks in")
        child.expect_exact("lantern")


def test_a_half_typed_seed_leaves_no_copy_in_memory_and_does_not_come_back(tmp_path: Path) -> None:
    make_vault(tmp_path)
    with Seed.generate(Kind.SERVER) as seed:
        secret = seed.encode().decode()[:-3]
    with in_pty(LOCKED_BY_SIGNAL, directory=tmp_path) as child:
        start(child)
        child.send("n")
        child.expect_exact("How many")
        drain(child)
        child.send("my-own\t\t\t")
        drain(child)
        type_slowly(child, secret)
        assert copies(child.pid, secret) > 0, "where it is while it is typed"
        lock(child)
        assert after_collecting(child, tmp_path, secret) == 0
        type_slowly(child, PASSPHRASE)
        child.send("\r")
        child.expect_exact("my-own")  # the form, without it
        drain(child)
        assert after_collecting(child, tmp_path, secret) == 0
