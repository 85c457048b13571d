"""The seed of a deleted key stands in older saves: they are found, and made anew without it."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.vault.support import add, make, passphrase
from wallet.errors import LockedError, NoSeedError, SaveFailedError
from wallet.nats.nkeys import decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.system.disk import files
from wallet.vault.backups.older_saves import Backup
from wallet.vault.copies import seed_copies
from wallet.vault.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


def delete(vault: Vault, name: str) -> frozenset[str]:
    key = vault.records.find(name).id
    publics = vault.records.with_seeds(key)
    with vault.change() as records:
        records.delete(key)
    return publics


def test_backups_with_a_seed_are_found_and_those_without_are_not(path: Path) -> None:
    with make(path, "first", "second", "third") as vault:
        gone = delete(vault, "second")
        found = seed_copies.find(vault, gone)
        # Saves 1 (empty) and 2 (first alone) hold nothing of it; 3 and 4 do.
        assert [backup.generation for backup in found.holding] == [4, 3]
        assert found.closed == 0
        assert seed_copies.find(vault, frozenset()).holding == ()


def test_a_backup_made_anew_lacks_the_seed_and_keeps_all_else(path: Path) -> None:
    with make(path, "first", "second") as vault:
        kept = vault.records.find("first").public
        (gone,) = delete(vault, "second")
        for backup in seed_copies.find(vault, {gone}).holding:
            before = os.stat(backup.path)
            seed_copies.remake_without(vault, backup, {gone})
            after = os.stat(backup.path)
            assert (after.st_mtime_ns, after.st_mode) == (before.st_mtime_ns, before.st_mode)
            with closing(vault.read_copy(backup.path)) as records:
                assert {record.name for record in records.all()} == {"first", "second"}
                with pytest.raises(NoSeedError):
                    records.open_seed(decode_public(gone))
                records.open_seed(decode_public(kept)).wipe()
        assert seed_copies.find(vault, {gone}).holding == ()
        assert [b.generation for b in vault.backups()] == [3, 2, 1]
        assert not list(path.parent.glob("*.new-*"))
        add(vault, "third")  # and saving goes on


def test_a_backup_with_other_keys_is_counted_and_not_touched(path: Path) -> None:
    with make(path, "first") as vault, passphrase() as old:
        with Passphrase("quite another passphrase") as new:
            vault.change_passphrase(old, new)
        gone = delete(vault, "first")
        found = seed_copies.find(vault, gone)
        assert found.closed > 0
        assert [backup.generation for backup in found.holding] == [3]


def test_what_cannot_be_looked_into_is_no_more_than_from_before_other_keys(path: Path) -> None:
    with make(path, "first") as vault, passphrase() as own, RecoveryCode.generate() as code:
        vault.change_recovery(own, code)
        gone = delete(vault, "first")
        sentence = seed_copies.find(vault, gone).sentence
        assert "from before the vault got new keys" in sentence
        assert "recovery code" in sentence


def test_a_vault_that_was_locked_meanwhile_tells_that_and_counts_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make(path, "first") as vault:
        gone = delete(vault, "first")
        backups = vault.backups()

        def then_locked() -> list[Backup]:
            vault.lock()
            return backups

        monkeypatch.setattr(vault, "backups", then_locked)
        with pytest.raises(LockedError):
            seed_copies.find(vault, gone)


def test_a_failure_leaves_the_backup_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with make(path, "first") as vault:
        gone = delete(vault, "first")
        (backup,) = seed_copies.find(vault, gone).holding
        content = backup.path.read_bytes()
        write = files.system.write

        def spoiled(descriptor: int, data: memoryview) -> int:
            data = memoryview(bytes([data[0] ^ 1]) + bytes(data[1:]))
            return write(descriptor, data)

        monkeypatch.setattr(files.system, "write", spoiled)
        with pytest.raises(SaveFailedError):
            seed_copies.remake_without(vault, backup, gone)
        assert backup.path.read_bytes() == content
        assert not list(path.parent.glob("*.new-*"))
