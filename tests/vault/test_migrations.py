"""From one version of the tables to the next: in memory at once, on the disk with a change."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.vault.support import add, make, names_in, unlock
from tests.vault.test_golden import Golden
from wallet.errors import ContentsInvalidError, NewerContentsError, VaultError
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Why
from wallet.vault.db import image, migrations
from wallet.vault.vault import Vault


@pytest.fixture
def first(tmp_path: Path) -> Golden:
    """A vault of version 1."""
    return Golden("v1", tmp_path)


def version_of(path: Path, passphrase: str) -> int:
    """The version of the tables in a file."""
    with Passphrase(passphrase) as given, Vault.unlock(path, given, read_only=True) as vault:
        return vault.records.database.tables_version


def kept_beside(path: Path) -> list[Path]:
    return [each.path for each in older_saves.every_backup(path) if each.why is Why.MIGRATION]


@pytest.mark.parametrize("version", range(1, migrations.VERSION))
def test_each_step_leads_to_the_tables_that_a_new_vault_has(version: int) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.executescript(image._script())
        migrations.bring_up(database, 1, version)
        migrations.bring_up(database, version, migrations.VERSION)
        found = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
        assert frozenset(found) == image.schema()
        assert database.execute("PRAGMA user_version").fetchone() == (migrations.VERSION,)


def test_a_vault_of_before_knows_servers_by_its_tests_and_proofs(tmp_path: Path) -> None:
    with Golden("v4", tmp_path).unlock() as vault:
        known = vault.records.deliveries.known_servers
        orders, acme = (vault.records.find(name).public for name in ("acme/orders", "acme"))
        assert known.of(orders) == known.of(acme) == ["nats://localhost:4222", "tls://away"]
        assert known.at("tls://away") == sorted([orders, acme])


def test_a_step_that_fails_leaves_the_tables_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(sql: sqlite3.Connection) -> None:
        sql.execute("DROP TABLE tests")
        raise sqlite3.DatabaseError("on purpose")

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.executescript(image._script())
        before = database.serialize()
        monkeypatch.setattr(migrations, "STEPS", (half,))
        with pytest.raises(sqlite3.DatabaseError, match="on purpose"):
            migrations.bring_up(database, 1, 2)
        assert database.serialize() == before


def test_looking_at_an_older_vault_changes_no_byte_on_the_disk(first: Golden) -> None:
    before, listed = first.path.read_bytes(), sorted(os.listdir(first.path.parent))
    with first.unlock() as vault:
        assert vault.records.history.events() == []
        assert not vault.refresh()
        vault.records.database.check()
    assert first.path.read_bytes() == before
    assert sorted(os.listdir(first.path.parent)) == listed


def test_the_first_change_writes_the_new_version_and_keeps_the_old_file_for_good(
    first: Golden,
) -> None:
    before = first.path.read_bytes()
    assert version_of(first.path, first.passphrase) == 1
    with first.unlock() as vault:
        for number in range(3):
            add(vault, f"key {number}")
    assert version_of(first.path, first.passphrase) == migrations.VERSION
    (kept,) = kept_beside(first.path)
    assert kept.read_bytes() == before
    assert version_of(kept, first.passphrase) == 1


def test_a_change_that_fails_leaves_the_older_version(
    first: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(files.System):
        def write(self, descriptor: int, data: memoryview) -> int:
            raise OSError(28, "No space left on device")

    before = first.path.read_bytes()
    with first.unlock() as vault:
        with monkeypatch.context() as patch:
            patch.setattr(files, "system", Full())
            with pytest.raises(VaultError):
                add(vault, "more")
        assert first.path.read_bytes() == before
        add(vault, "more")
    assert version_of(first.path, first.passphrase) == migrations.VERSION
    assert len(kept_beside(first.path)) == 1


def test_where_the_old_file_cannot_be_kept_nothing_is_saved(
    first: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "no links here")

    class Full(files.System):
        def write(self, descriptor: int, data: memoryview) -> int:
            raise OSError(28, "No space left on device")

    before = first.path.read_bytes()
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(files, "system", Full())
    with first.unlock() as vault, pytest.raises(VaultError):
        add(vault, "more")
    assert first.path.read_bytes() == before
    assert kept_beside(first.path) == []


def test_where_links_fail_the_old_file_is_copied(
    first: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "no links here")

    before = first.path.read_bytes()
    monkeypatch.setattr(os, "link", refuse)
    with first.unlock() as vault:
        add(vault, "more")
    (kept,) = kept_beside(first.path)
    assert kept.read_bytes() == before
    assert kept.stat().st_mode & 0o777 == 0o600


def test_the_open_window_of_an_older_program_says_so_and_saves_nothing(
    first: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older program is simulated: today's, without the steps that it does not know."""
    with monkeypatch.context() as older:
        older.setattr(migrations, "VERSION", 1)
        window = first.unlock()
    with first.unlock() as vault:
        add(vault, "made by the newer program")
        names = names_in(vault)
    saved = first.path.read_bytes()
    with monkeypatch.context() as older:
        older.setattr(migrations, "VERSION", 1)
        for use in (window.refresh, lambda: add(window, "made by the older one"), first.unlock):
            with pytest.raises(NewerContentsError, match="Update nkey-wallet"):
                use()
    window.lock()
    assert first.path.read_bytes() == saved
    with first.unlock() as vault:
        assert names_in(vault) == names


def test_tables_of_another_version_than_their_number_says_are_refused(tmp_path: Path) -> None:
    with make(tmp_path / "new.nkw") as vault:
        new = bytearray(vault.records.database.serialize())
    new[60:64] = (1).to_bytes(4, "big")
    with pytest.raises(ContentsInvalidError):
        image.load(new)


def test_a_new_vault_has_the_tables_of_today(tmp_path: Path) -> None:
    with make(tmp_path / "vault.nkw") as vault:
        assert vault.records.database.tables_version == migrations.VERSION
    with unlock(tmp_path / "vault.nkw") as vault:
        assert vault.records.database.tables_version == migrations.VERSION
    assert kept_beside(tmp_path / "vault.nkw") == []
