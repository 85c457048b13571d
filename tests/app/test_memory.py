"""What a passphrase leaves in the memory of the process, read from outside it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.app.inpty import in_pty, wait_until
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.vault.file import slots
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

PASSPHRASE = "quiet zebra lamp 47 orbit fig"
COLLECTING = """
import gc, signal, sys
from pathlib import Path

def collect(*_):
    gc.collect()
    Path("collected").write_text("yes")

signal.signal(signal.SIGUSR1, collect)
"""
WALLET = (
    COLLECTING
    + """
from wallet.app.app import WalletApp
WalletApp(Path("keys/vault.nkw")).run()
"""
)
# The control: what one would write without thinking of it.
PLAIN = (
    COLLECTING
    + """
from textual.app import App
from textual.widgets import Input, Static

class Plain(App):
    def compose(self):
        yield Input(password=True)
        yield Static("is locked")

    def on_input_submitted(self, event):
        event.input.value = ""
        self.query_one(Static).update("locks in 5:00 ●")

Plain().run()
"""
)


def copies(pid: int, secret: str | bytes = PASSPHRASE) -> int:
    """How many copies of a secret are in a process' writable memory, a text in any width."""
    found = 0
    if isinstance(secret, str):
        forms = [secret.encode(form) for form in ("utf-8", "utf-16-le", "utf-32-le")]
    else:
        forms = [secret]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            start, end, mode, name = re.match(  # type: ignore[union-attr]
                r"(\w+)-(\w+) (\S+) \S+ \S+ \S+ *(.*)", line
            ).groups()
            if "w" not in mode or name.startswith(("[v", "/dev")):
                continue
            try:
                memory.seek(int(start, 16))
                content = memory.read(int(end, 16) - int(start, 16))
            except OSError:
                continue
            found += sum(content.count(form) for form in forms)
    return found


def after_collecting(child: Any, directory: Path, text: str | bytes = PASSPHRASE) -> int:
    """The copies that are left when Python has thrown away what it can."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    told = directory / "collected"
    told.unlink(missing_ok=True)
    os.kill(child.pid, signal.SIGUSR1)
    wait_until(told.exists, "collecting")
    return copies(child.pid, text)


def type_slowly(child: Any, text: str) -> None:
    """As a person types: one key, one read by the app, one dot on the screen."""
    for character in text:
        child.send(character)
        child.expect_exact("•")
        drain(child)


def drain(child: Any) -> str:
    """Take what the app draws, until it draws no more; a full terminal would make it wait."""
    pexpect = pytest.importorskip("pexpect")
    drawn = ""
    with contextlib.suppress(pexpect.TIMEOUT):
        while True:
            drawn += child.read_nonblocking(65536, 0.03)
    return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", drawn)


def until_drawn(child: Any, text: str) -> None:
    """Take what the app draws until a text is in it, in whichever colours."""
    drawn = io.StringIO()
    wait_until(lambda: drawn.write(drain(child)) >= 0 and text in drawn.getvalue(), "drawing it")


@pytest.mark.parametrize("program", ["wallet", "plain"])
def test_a_typed_passphrase_leaves_no_copy_in_memory(tmp_path: Path, program: str) -> None:
    with Passphrase(PASSPHRASE) as passphrase:
        Vault.create(tmp_path / "keys" / "vault.nkw", passphrase, KdfCost.MINIMUM).lock()
    with in_pty(WALLET if program == "wallet" else PLAIN, directory=tmp_path) as child:
        child.delaybeforesend = None
        child.expect_exact("is locked")
        drain(child)
        type_slowly(child, PASSPHRASE)
        wait_until(lambda: copies(child.pid) > 0, "where it is while it is typed")
        child.send("\r")
        child.expect_exact("locks in")
        left = after_collecting(child, tmp_path)
        if program == "plain":
            assert left > 0, "the control: Textual's own field keeps it"
            return
        assert left == 0
        child.send("L")
        child.expect_exact("is locked")
        assert after_collecting(child, tmp_path) == 0


def test_a_seed_that_was_shown_leaves_no_copy_in_memory(tmp_path: Path) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Seed.generate(Kind.USER) as seed:
        vault = Vault.create(tmp_path / "keys" / "vault.nkw", passphrase, KdfCost.MINIMUM)
        with vault, vault.change() as records:
            records.add(seed, name="billing")
        text = seed.encode().decode()
    with in_pty(WALLET, directory=tmp_path) as child:
        child.delaybeforesend = None
        child.expect_exact("is locked")
        drain(child)
        type_slowly(child, PASSPHRASE)
        child.send("\r")
        child.expect_exact("locks in")
        drain(child)
        assert after_collecting(child, tmp_path, text) == 0
        child.send("jv")
        child.expect_exact("Show for")
        drain(child)
        child.send("\x1b[Z\r")  # Shift+Tab from Close to the button, and press it
        child.expect_exact("Hidden again")
        drain(child)
        wait_until(lambda: copies(child.pid, text) > 0, "where it is while it is shown")
        child.send("\t\r")  # Close: Escape and a key after it would be one key
        child.send("L")
        child.expect_exact("is locked")
        drain(child)
        assert after_collecting(child, tmp_path, text) == 0


def test_a_typed_recovery_code_leaves_no_copy_in_memory(tmp_path: Path) -> None:
    code = RecoveryCode.generate()
    with Passphrase(PASSPHRASE) as passphrase:
        vault = Vault.create(tmp_path / "keys" / "vault.nkw", passphrase, KdfCost.MINIMUM)
        with vault:
            vault.change_recovery(passphrase, code)
    text, secret = code.text().decode(), slots.recovery_secret(code.raw)
    with in_pty(WALLET, directory=tmp_path) as child:
        child.delaybeforesend = None
        child.expect_exact("is locked")
        drain(child)
        child.send("\x12")  # Ctrl+R
        child.expect_exact("Recovery code")
        drain(child)
        type_slowly(child, text)
        wait_until(lambda: copies(child.pid, text) > 0, "where it is while it is typed")
        child.send("\x1bOQ")  # F2: it is shown, then no more
        until_drawn(child, text)
        child.send("\x1bOQ")
        until_drawn(child, "•••••")
        child.send("\r")
        child.expect_exact("A new passphrase")
        drain(child)
        assert after_collecting(child, tmp_path, text) == 0
        wait_until(
            lambda: copies(child.pid, bytes(code.raw)) > 0, "where it is until the new passphrase"
        )
        child.send("\x1b")
        child.expect_exact("is locked")
        drain(child)
        for form in (text, bytes(code.raw), bytes(secret)):
            assert after_collecting(child, tmp_path, form) == 0


def test_a_recovery_code_that_was_shown_and_typed_back_leaves_no_copy_in_memory(
    tmp_path: Path,
) -> None:
    with Passphrase(PASSPHRASE) as passphrase:
        Vault.create(tmp_path / "keys" / "vault.nkw", passphrase, KdfCost.MINIMUM).lock()
    # The code is known beforehand: masked, so that it stands nowhere else in the process.
    code = bytes(byte ^ 0x5A for byte in MASKED)
    text = RecoveryCode(bytearray(code)).text().decode()
    with in_pty(WITH_A_KNOWN_CODE, directory=tmp_path) as child:
        child.delaybeforesend = None
        child.expect_exact("is locked")
        drain(child)
        type_slowly(child, PASSPHRASE)
        child.send("\r")
        child.expect_exact("locks in")
        drain(child)
        child.send("V")
        child.expect_exact("Recovery…")
        drain(child)
        child.send("\t\t\r")  # from Close round to the second button, and press it
        child.expect_exact("Current passphrase")
        drain(child)
        type_slowly(child, PASSPHRASE)
        child.send("\r")
        child.expect_exact("Write it down now")
        drain(child)
        wait_until(lambda: copies(child.pid, code) > 0, "where it is while it is shown")
        child.send("\r")
        child.expect_exact("Type it back")
        drain(child)
        type_slowly(child, text)
        child.send("\r")
        child.expect_exact("from now on")
        drain(child)
        for form in (text, code):
            assert after_collecting(child, tmp_path, form) == 0
    with RecoveryCode(bytearray(code)) as opener:
        Vault.unlock(tmp_path / "keys" / "vault.nkw", opener, read_only=True).lock()


MASKED = bytes(range(0x61, 0x71))
WITH_A_KNOWN_CODE = (
    COLLECTING
    + f"""
from wallet.app.app import WalletApp
from wallet.secrets.recovery_code import RecoveryCode

def generate(cls):
    code = bytearray({MASKED!r})
    for at in range(16):
        code[at] ^= 0x5A
    return cls(code)

RecoveryCode.generate = classmethod(generate)
WalletApp(Path("keys/vault.nkw")).run()
"""
)
