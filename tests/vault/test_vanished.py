"""The vault's file vanishes while it is open: nothing is lost, and nothing is guessed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.vault.support import add, make, names_in, passphrase, unlock
from wallet.errors import VaultExistsError, VaultMissingError, WrongPassphraseError
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "disk" / "vault.nkw"


def test_a_vanished_file_is_written_anew_with_all_that_was_in_it(path: Path) -> None:
    with make(path, "first", "second") as vault:
        seed = {name: vault.records.find(name).public for name in ("first", "second")}
        path.unlink()
        assert vault.vanished
        with pytest.raises(VaultMissingError):
            add(vault, "third")
        vault.write_anew()
        assert not vault.vanished
        add(vault, "third")
    with unlock(path) as again:
        assert names_in(again) == {"first", "second", "third"}
        for public in seed.values():
            again.open_seed(public).wipe()


def test_nothing_is_written_unasked(path: Path) -> None:
    with make(path, "first") as vault:
        path.unlink()
        with pytest.raises(VaultMissingError):
            vault.refresh()
        with pytest.raises(VaultMissingError):
            add(vault, "second")
    assert not path.exists()


def test_a_file_that_is_back_is_left_as_it_is(path: Path) -> None:
    with make(path, "first") as vault:
        kept = path.read_bytes()
        with pytest.raises(VaultExistsError):
            vault.write_anew()
        assert path.read_bytes() == kept
        path.write_bytes(b"something else")
        with pytest.raises(VaultExistsError):
            vault.write_anew()
        assert path.read_bytes() == b"something else"


@pytest.mark.parametrize("instead", ["nothing", "an empty directory"])
def test_an_unplugged_disk_is_not_written_into(path: Path, instead: str) -> None:
    with make(path, "first") as vault:
        away = path.parent.rename(path.parent.with_name("away"))
        if instead != "nothing":
            path.parent.mkdir()
        with pytest.raises(VaultMissingError, match="not the directory"):
            vault.write_anew()
        assert not path.exists()
        if instead != "nothing":
            assert list(path.parent.iterdir()) == []
            path.parent.rmdir()
        away.rename(path.parent)
        os.unlink(path)
        vault.write_anew()  # the disk is back
    with unlock(path) as again:
        assert names_in(again) == {"first"}


def test_what_was_sealed_at_a_lock_opens_and_can_still_be_written(path: Path) -> None:
    vault = make(path, "first")
    public = vault.records.find("first").public
    path.unlink()
    sealed = vault.sealed()
    vault.lock()
    assert public.encode() not in sealed.start + sealed.body
    with Passphrase("another passphrase") as wrong, pytest.raises(WrongPassphraseError):
        Vault.unlock_sealed(path, sealed, wrong)
    with passphrase() as right, Vault.unlock_sealed(path, sealed, right) as again:
        assert names_in(again) == {"first"}
        assert again.vanished
        again.write_anew()
    with unlock(path) as written:
        written.open_seed(public).wipe()


def test_what_was_sealed_keeps_to_the_directory_of_before(path: Path) -> None:
    vault = make(path, "first")
    path.parent.rename(path.parent.with_name("away"))
    sealed = vault.sealed()
    vault.lock()
    path.parent.mkdir()
    with (
        passphrase() as right,
        Vault.unlock_sealed(path, sealed, right) as again,
        pytest.raises(VaultMissingError),
    ):
        again.write_anew()
    assert list(path.parent.iterdir()) == []
