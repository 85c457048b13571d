"""A machine that cannot hold a vault, told before any vault is blamed. SQLite's age is simulated:
`sqlite3` says that it is older than it is.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from wallet.errors import MachineCannotError
from wallet.passphrase import Passphrase
from wallet.vault import engine
from wallet.vault.container import KdfCost
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
