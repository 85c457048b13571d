"""What a start loads before its first field is painted: nothing that only an opening needs.

It is held by the names of modules, looked at in the very write that paints the field, for a
machine's seconds tell nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.app.inpty import in_pty, rest_of
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

PROGRAM = """
import os, sys, time
from textual.drivers._writer_thread import WriterThread
from wallet.cli import main

told, label, seconds, *words = sys.argv[1:]
write = WriterThread.write

def watched(thread, text):
    if label in text:
        with open(told, "w") as file:
            file.write(" ".join(sys.modules))
        os._exit(0)
    write(thread, text)

WriterThread.write = watched
if float(seconds):
    from textual.widgets import Static
    render = Static.render

    def late(widget):
        time.sleep(float(seconds))
        return render(widget)

    Static.render = late
sys.exit(main(words))
"""
LABELS = {"there": "Passphrase", "absent": "New passphrase"}
# These alone of the vault's, the keys' and the clipboard's rooms, and what is beneath them.
ALLOWED = {"wallet.vault", "wallet.vault.db", "wallet.vault.db.engine"}
LATER = tuple(
    f"wallet.{room}"
    for room in (
        *("nats", "chain", "vault", "exchange", "tasks", "connection", "codes"),
        *("system.clipboard", "app.key_repairs", "app.screens.main", "app.widgets.forms"),
    )
)
OUTSIDE = {"_argon2_cffi_bindings", "shlex"}
MOST = 75
"""Modules of the wallet; an empty Textual app has 380 in all."""

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal"),
    pytest.mark.parametrize("vault", LABELS),
]


def loaded_when_painted(place: Path, vault: str, seconds: float = 0) -> set[str]:
    """The modules that are there when the first field is painted, each text of it this late."""
    told, path = place / "modules", place / "vault" / "vault.nkw"
    if vault == "there":
        path.parent.mkdir()
        with Passphrase("a passphrase for these tests") as passphrase:
            Vault.create(path, passphrase, KdfCost.MINIMUM).lock()
    # A long word is looked at for a seed, which loads what reads one.
    words = [str(told), LABELS[vault], str(seconds), "--vault", "vault/vault.nkw"]
    with in_pty(["-c", PROGRAM, *words], directory=place) as child:
        rest_of(child)
    return set(told.read_text().split())


def test_the_first_field_is_painted_before_the_vault_is_loaded(tmp_path: Path, vault: str) -> None:
    modules = loaded_when_painted(tmp_path, vault)
    early = {name for name in modules if name.startswith(LATER)} - ALLOWED
    assert early | (modules & OUTSIDE) == set()
    assert len([name for name in modules if name.partition(".")[0] == "wallet"]) <= MOST


def test_a_slow_machine_too_loads_the_vault_after_it_painted(tmp_path: Path, vault: str) -> None:
    modules = loaded_when_painted(tmp_path, vault, seconds=0.1)
    assert {name for name in modules if name.startswith(LATER)} - ALLOWED == set()
