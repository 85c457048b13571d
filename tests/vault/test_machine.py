"""A machine that cannot hold a vault, told before any vault is blamed. SQLite's age is simulated:
`sqlite3` says that it is older than it is.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from wallet.errors import MachineCannotError
from wallet.secrets.passphrase import Passphrase
from wallet.vault.db import engine
from wallet.vault.file import machine, newest_save, slots
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault

PASSPHRASE = "seven llamas paint quiet bridges"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Passphrase(PASSPHRASE) as passphrase:
        Vault.create(tmp_path / "vault.nkw", passphrase, KdfCost.MINIMUM).lock()
    return tmp_path / "vault.nkw"


@pytest.fixture
def old_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")


@pytest.mark.parametrize("what", ["open", "make"])
def test_a_machine_with_an_old_sqlite_is_told_so_and_no_restore_is_advised(
    path: Path, what: str, old_sqlite: None
) -> None:
    before = path.read_bytes()
    new = path.with_name("new.nkw")
    with Passphrase(PASSPHRASE) as passphrase, pytest.raises(MachineCannotError) as told:
        _ = (
            Vault.unlock(path, passphrase)
            if what == "open"
            else Vault.create(new, passphrase, KdfCost.MINIMUM)
        )
    said = str(told.value)
    assert "3.34.1" in said
    assert "3.37" in said
    assert "estore" not in said
    assert "nothing is wrong" in said
    assert path.read_bytes() == before
    assert not new.exists()


def test_the_oldest_sqlite_that_will_do_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 0))
    engine.require()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 9))
    with pytest.raises(MachineCannotError):
        engine.require()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_the_file_is_not_held_open_while_the_passphrase_is_stretched(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows lets nobody replace a file that is open: another window's save would fail."""
    held: list[bool] = []
    really = slots.unwrap_any

    def unwrap(*arguments: Any) -> Any:
        open_now = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
        held.append(os.path.realpath(path) in open_now)
        return really(*arguments)

    monkeypatch.setattr(slots, "unwrap_any", unwrap)
    with Passphrase(PASSPHRASE) as passphrase:
        Vault.unlock(path, passphrase).lock()
    assert held == [False]


@pytest.mark.parametrize("what", ["directory", "pipe", "link", "longer"])
def test_what_stands_in_the_place_of_its_number_is_neither_followed_nor_waited_for(
    tmp_path: Path, what: str
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    file, elsewhere = tmp_path / "machine", tmp_path / "elsewhere"
    elsewhere.write_text("ab" * machine.LENGTH)
    if what == "directory":
        file.mkdir()
    elif what == "pipe":
        os.mkfifo(file)
    elif what == "link":
        file.symlink_to(elsewhere)
    else:
        file.write_text("ab" * machine.LENGTH + "cd")
    with newest_save.kept_in(tmp_path):
        number = machine.identity("ada at work")
        assert number == machine.identity("ada at work")
    assert len(number) == machine.LENGTH
    assert number != bytes.fromhex(elsewhere.read_text())
