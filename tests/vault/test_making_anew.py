"""Making a vault where one was: its last copy is said to be there, and is never lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.vault.support import CHEAP, add, make, names_in, passphrase, unlock
from wallet.errors import BackupThereError, DiskFullError, VaultExistsError
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Why
from wallet.vault.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


@pytest.fixture
def lost(path: Path) -> Path:
    """Where a vault with the keys a, b and c was, of which the last backup has a and b."""
    make(path, "a", "b", "c").lock()
    path.unlink()
    return path


def _create(path: Path, *, keep_aside: bool = False) -> Vault:
    with passphrase() as new:
        return Vault.create(path, new, CHEAP, keep_aside=keep_aside)


def test_no_vault_is_made_unasked_where_a_backup_is(lost: Path) -> None:
    before = {entry.name: entry.read_bytes() for entry in lost.parent.iterdir()}
    with pytest.raises(BackupThereError) as caught:
        _create(lost)
    assert caught.value.exit_code == 3
    assert str(files.backup_path(lost)) in str(caught.value)
    assert {entry.name: entry.read_bytes() for entry in lost.parent.iterdir()} == before


def test_an_older_backup_alone_is_told_too(lost: Path) -> None:
    files.backup_path(lost).unlink()
    with pytest.raises(BackupThereError):
        _create(lost)


@pytest.mark.parametrize("content", [b"", b"half of a vault", None])
def test_a_backup_that_nobody_can_read_is_one_all_the_same(
    path: Path, content: bytes | None
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    backup = files.backup_path(path)
    if content is None:
        os.mkfifo(backup)
    else:
        backup.write_bytes(content)
    with pytest.raises(BackupThereError):
        _create(path)


def test_the_lost_vaults_backups_outlive_a_new_vault_in_its_place(lost: Path) -> None:
    content = files.backup_path(lost).read_bytes()
    vault = _create(lost, keep_aside=True)
    (aside,) = [each for each in older_saves.every_backup(lost) if each.why is Why.ASIDE]
    assert aside.path.read_bytes() == content
    for number in range(25):
        add(vault, f"new-{number}")
    assert aside.path.read_bytes() == content
    older = [each for each in older_saves.every_backup(lost) if each.vault_id == aside.vault_id]
    assert len(older) == 3
    with unlock(aside.path, accept_older=True) as before:
        assert names_in(before) == {"a", "b"}


def test_a_backup_that_was_put_aside_is_no_question_any_more(lost: Path) -> None:
    _create(lost, keep_aside=True).lock()
    for backup in older_saves.every_backup(lost):
        if backup.why is not Why.ASIDE:
            backup.path.unlink()
    lost.unlink()
    _create(lost).lock()


def test_a_backup_takes_the_place_of_the_vault_that_is_gone(lost: Path) -> None:
    newest, *_ = older_saves.every_backup(lost)
    older_saves.bring_back(newest.path, lost)
    with unlock(lost, accept_older=True) as vault:
        assert names_in(vault) == {"a", "b"}
        add(vault, "d")
    assert lost.stat().st_mode & 0o777 == 0o600
    with unlock(lost) as vault:
        assert names_in(vault) == {"a", "b", "d"}


def test_a_backup_never_takes_the_place_of_a_vault(path: Path) -> None:
    make(path, "a", "b").lock()
    before = path.read_bytes()
    with pytest.raises(VaultExistsError):
        older_saves.bring_back(files.backup_path(path), path)
    assert path.read_bytes() == before
    assert not [name for name in os.listdir(path.parent) if ".new-" in name]


def test_a_backup_is_put_aside_only_once_the_new_vault_stands(
    lost: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put aside, it is no question any more: where no vault came to be it was the last copy."""
    for backup in older_saves.every_backup(lost):
        if backup.why is not Why.NEWEST:
            backup.path.unlink()

    class Full(files.System):
        def write(self, descriptor: int, data: memoryview) -> int:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(files, "system", Full())
        with pytest.raises(DiskFullError):
            _create(lost, keep_aside=True)
    assert [backup.path for backup in older_saves.left_behind(lost)] == [files.backup_path(lost)]


def test_a_backup_that_was_not_put_aside_any_more_is_by_the_next_save(
    lost: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the making was killed between the two."""
    last = files.backup_path(lost).read_bytes()
    monkeypatch.setattr(older_saves, "put_aside", lambda real: None)
    with _create(lost, keep_aside=True) as vault:
        assert files.backup_path(lost).read_bytes() == last
        add(vault, "new")
    kept = [backup for backup in older_saves.every_backup(lost) if backup.why is Why.ASIDE]
    assert [backup.path.read_bytes() for backup in kept] == [last]
