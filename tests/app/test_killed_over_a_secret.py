"""A seed does not stay on the terminal where the app is killed while it is shown."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.app.inpty import in_pty
from tests.app.test_memory import PASSPHRASE, WALLET, drain
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

if sys.platform == "win32":
    pytest.skip("POSIX terminals", allow_module_level=True)
pexpect = pytest.importorskip("pexpect")

LEFT = "\x1b[2J\x1b[?1049l"  # the screen that it was on, cleared before it is left


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "ended by its key"])
def test_a_seed_goes_from_the_screen_also_where_the_app_is_killed(
    tmp_path: Path, killed: bool
) -> None:
    with Passphrase(PASSPHRASE) as passphrase, Seed.generate(Kind.USER) as seed:
        vault = Vault.create(tmp_path / "keys" / "vault.nkw", passphrase, KdfCost.MINIMUM)
        with vault, vault.change() as records:
            records.add(seed, name="billing")
    with in_pty(WALLET, directory=tmp_path) as child:
        child.delaybeforesend = None
        child.expect_exact("is locked")
        child.send(f"{PASSPHRASE}\r")
        child.expect_exact("locks in")
        drain(child)
        child.send("jv")
        child.expect_exact("Is nobody looking")
        drain(child)
        child.send("\x1b[Z\r")  # Shift+Tab from Close to the button, and press it
        child.expect_exact("Hidden again")
        drain(child)
        if killed:
            os.kill(child.pid, signal.SIGKILL)
            child.expect_exact(LEFT)
            return
        child.send("\t\r")
        drain(child)
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        if children.exists():
            deadline = time.monotonic() + 20
            while children.read_text().strip() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not children.read_text().strip()
        child.send("q")
        with pytest.raises(pexpect.EOF):
            child.expect_exact(LEFT)
