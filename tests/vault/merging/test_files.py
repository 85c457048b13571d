"""Joining files: which prove to be versions of the vault, what both came from, what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.support import CHEAP, flip, make, names_in, passphrase
from wallet.errors import AlteredError, ContentsDamagedError, UsageError
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets.passphrase import Passphrase
from wallet.vault.copies.common_ancestor import common_ancestor
from wallet.vault.copies.vault_copy import VaultCopy, restore
from wallet.vault.copies.vault_merge import VaultMerge
from wallet.vault.db.journal.kinds import What
from wallet.vault.file import slots
from wallet.vault.file.container import SeedBox, VaultKeys, identity, seal_body
from wallet.vault.records import Records
from wallet.vault.vault import Vault

OTHER = "quite another passphrase"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with make(tmp_path / "vault.nkw", "first", "second", "third") as vault:
        yield vault


@pytest.fixture
def copy(vault: Vault, tmp_path: Path) -> Path:
    """A copy of it on another machine."""
    (tmp_path / "there").mkdir()
    return Path(shutil.copy(vault.path, tmp_path / "there"))


def changed_there(copy: Path, *, delete: str = "", add: str = "") -> None:
    with Vault.unlock(copy, passphrase(), read_only=False) as there, there.change() as records:
        if delete:
            records.delete(records.find(delete).id)
        if add:
            with Seed.generate(Kind.USER) as seed:
                records.add(seed, name=add)


def joined(vault: Vault, file: VaultCopy) -> VaultMerge:
    merge = VaultMerge.of(vault, file)
    merge.carry_out()
    merge.close()
    return merge


def test_what_both_came_from_is_found_among_the_backups(vault: Vault, copy: Path) -> None:
    changed_there(copy, delete="second", add="theirs")
    for number in range(3):
        with vault.change() as records, Seed.generate(Kind.USER) as seed:
            records.add(seed, name=f"ours {number}")
    with VaultCopy.of(vault, copy) as file:
        base = common_ancestor(vault, file)
        assert base is not None
        assert {record.name for record in base.records.all()} == {"first", "second", "third"}
        base.close()
        joined(vault, file)
    assert names_in(vault) == {"first", "third", "theirs", "ours 0", "ours 1", "ours 2"}
    assert any(event.what == What.MERGED.value for event in vault.records.history.events())


def test_without_the_backups_nothing_counts_as_deleted(vault: Vault, copy: Path) -> None:
    changed_there(copy, delete="second", add="theirs")
    with vault.change() as records, Seed.generate(Kind.USER) as seed:
        records.add(seed, name="ours")
    for backup in (*(one.path for one in vault.backups()), *copy.parent.glob("*.bak")):
        backup.unlink()
    with VaultCopy.of(vault, copy) as file:
        merge = joined(vault, file)
        assert merge.base is None
    assert names_in(vault) == {"first", "second", "third", "theirs", "ours"}


def test_a_file_that_follows_the_vault_needs_no_backup_to_delete(vault: Vault, copy: Path) -> None:
    changed_there(copy, delete="second")
    for backup in vault.backups():
        backup.path.unlink()
    with VaultCopy.of(vault, copy) as file:
        joined(vault, file)
    assert names_in(vault) == {"first", "third"}


def test_a_version_with_another_passphrase_is_one_of_the_vault(vault: Vault, copy: Path) -> None:
    changed_there(copy, delete="second")
    with Vault.unlock(copy, passphrase()) as there, Passphrase(OTHER) as new:
        there.change_passphrase(passphrase(), new, CHEAP)
        with there.change() as records, Seed.generate(Kind.USER) as seed:
            records.add(seed, name="theirs")
    with Passphrase(OTHER) as own, VaultCopy.open(copy, own) as file:
        merge = joined(vault, file)
        assert merge.are_kin
    assert names_in(vault) == {"first", "third", "theirs"}
    with vault.open_seed(vault.records.find("theirs").public) as seed:
        assert seed.public.text == vault.records.find("theirs").public


def forged(vault: Vault, to: Path) -> None:
    """A file of a stranger who has seen the vault's, and gives theirs its number and its past."""
    keys = VaultKeys.generate()
    box = SeedBox(vault.vault_id, keys.seeds)
    records = Records.empty(box)
    kept = vault.records.find("first")
    with Seed.generate(Kind.USER) as seed:
        records.add(seed, name="theirs")
    records.add_public(decode_public(kept.public), name="first")
    records.ancestors.add(vault.save.generation, vault.save.header)
    with Passphrase(OTHER) as words:
        way_in = slots.wrap(keys, words.raw, CHEAP, identity(vault.vault_id))
    ways = (way_in, *[slots.EMPTY] * (slots.SLOTS - 1))
    image = records.database.serialize()
    header, body = seal_body(image, keys.body, vault.vault_id, vault.generation + 1, ways)
    to.write_bytes(header.pack() + bytes(body))


def test_a_strangers_file_with_the_vaults_number_and_past_deletes_nothing(
    vault: Vault, tmp_path: Path
) -> None:
    forged(vault, tmp_path / "forged.nkw")
    with Passphrase(OTHER) as words, VaultCopy.open(tmp_path / "forged.nkw", words) as file:
        assert file.header.vault_id == vault.vault_id
        merge = joined(vault, file)
        assert not merge.are_kin
        assert merge.plan.deleted == []
    assert names_in(vault) == {"first", "second", "third", "theirs"}
    for name in ("first", "second", "third"):
        with vault.open_seed(vault.records.find(name).public):
            pass


def test_an_altered_file_is_not_joined(vault: Vault, copy: Path) -> None:
    changed_there(copy, add="theirs")
    copy.write_bytes(flip(copy.read_bytes(), 5000))
    with pytest.raises(AlteredError):
        VaultCopy.of(vault, copy)


def test_a_damaged_file_is_not_joined(vault: Vault, copy: Path) -> None:
    with Vault.unlock(copy, passphrase()) as there, there.change() as records:
        cell = records.sealed(records.find("first").public)
        assert cell is not None
        with records.database.change() as sql:
            wrong = (cell, records.find("second").id)
            sql.execute("UPDATE seeds SET cell = ? WHERE key = ?", wrong)
    with VaultCopy.of(vault, copy) as file, pytest.raises(ContentsDamagedError, match="not joined"):
        VaultMerge.of(vault, file)
    assert names_in(vault) == {"first", "second", "third"}


def test_a_plan_that_is_another_by_now_is_not_carried_out(vault: Vault, copy: Path) -> None:
    changed_there(copy, delete="second")
    before = vault.path.read_bytes()
    with VaultCopy.of(vault, copy) as file:
        merge = VaultMerge.of(vault, file)
        assert merge.plan.deleted
        with vault.change() as records:
            records.set_notes(records.find("second").id, "in use")
        with pytest.raises(UsageError, match="look at it again"):
            merge.carry_out()
        merge.close()
    assert vault.path.read_bytes() != before
    assert "second" in names_in(vault)


def test_names_from_elsewhere_are_text_that_a_name_can_be(vault: Vault, copy: Path) -> None:
    with Vault.unlock(copy, passphrase()) as there, there.change() as records:
        with Seed.generate(Kind.USER) as seed:
            key = records.add(seed, name="theirs")
        with records.database.change() as sql:
            sql.execute(
                "UPDATE keys SET name = ?, notes = ?, tags = ? WHERE id = ?",
                ("\x1b[2Jevil\u202e", "\x1b]0;x\x07", "ok \u202e", key.id),
            )
        public = key.public
    with VaultCopy.of(vault, copy) as file:
        joined(vault, file)
    record = vault.records.by_public(public)
    assert record is not None
    assert (record.name, record.tags) == ("_[2Jevil_", ("ok",))
    assert record.notes.isprintable()


def test_a_restore_forgets_no_save_that_was_joined(vault: Vault, copy: Path) -> None:
    """Who saw the other file would else be told of a fork."""
    backup = vault.backups()[0].path
    changed_there(copy, add="theirs")
    with VaultCopy.of(vault, copy) as file:
        joined(vault, file)
        seen = file.save
    with VaultCopy.of(vault, backup) as older:
        restore(vault, older)
    assert seen.header is not None
    assert vault.records.ancestors.has_joined(seen.header)
