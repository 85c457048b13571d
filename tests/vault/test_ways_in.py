"""The ways in to a vault: changing the passphrase, recovery codes, other ways beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vault.support import CHEAP, add, make, names_in, passphrase, public_keys_in, unlock
from wallet.errors import LockedError, UsageError, WrongPassphraseError
from wallet.secrets import sodium
from wallet.vault.file import slots
from wallet.vault.file.container import HEADER, Header
from wallet.vault.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


def test_a_new_passphrase_opens_what_the_old_one_no_longer_does(path: Path) -> None:
    vault = make(path, "first", "second")
    publics = public_keys_in(vault)
    old_cells = {public: vault.records.sealed(public) for public in publics}
    old_opened = vault._opened
    assert old_opened is not None
    old_body_key = bytes(old_opened.keys.body)
    new = passphrase("a different horse altogether")
    vault.change_passphrase(passphrase(), new)
    with pytest.raises(WrongPassphraseError):
        unlock(path)
    with Vault.unlock(path, new) as again:
        assert again._opened is not None
        assert again._opened.keys.body != old_body_key
        assert public_keys_in(again) == publics
        for public in publics:
            assert again.records.sealed(public) != old_cells[public]
            with again.open_seed(public) as seed:
                assert seed.public.text == public
    assert not any(old_opened.keys.body + old_opened.keys.seeds)
    with vault.open_seed(publics.pop()) as seed:  # the vault that changed it goes on
        assert seed.raw
    add(vault, "third")
    with Vault.unlock(path, new) as last:
        assert names_in(last) == {"first", "second", "third"}


def test_a_backup_from_before_still_opens_with_the_old_passphrase(path: Path) -> None:
    vault = make(path, "first")
    vault.change_passphrase(passphrase(), passphrase("a different horse altogether"))
    with unlock(vault.backup_path, accept_older=True) as backup:
        assert names_in(backup) == {"first"}


def test_a_passphrase_is_not_changed_by_who_does_not_know_the_old_one(path: Path) -> None:
    vault = make(path, "first")
    content = path.read_bytes()
    with pytest.raises(WrongPassphraseError):
        vault.change_passphrase(passphrase("a guess that is wrong"), passphrase("whatever it is"))
    assert path.read_bytes() == content
    add(vault, "second")


def test_another_window_locks_when_the_passphrase_was_changed(path: Path) -> None:
    vault = make(path, "first")
    for use in (Vault.refresh, lambda other: add(other, "lost?")):
        other = Vault.unlock(path, passphrase())
        vault.change_passphrase(passphrase(), passphrase("a different horse altogether"))
        content = path.read_bytes()
        with pytest.raises(LockedError, match="passphrase was changed"):
            use(other)
        assert other.locked
        assert path.read_bytes() == content
        vault.change_passphrase(passphrase("a different horse altogether"), passphrase())


def test_a_recovery_code_opens_the_vault_after_a_change_of_passphrase(path: Path) -> None:
    vault = make(path, "first")
    code = bytearray(b"sixteen bytes and some more")
    opened = vault._opened
    assert opened is not None
    public = sodium.x25519_public(slots.recovery_secret(code))
    recovery = slots.recovery_slot(opened.keys, public)
    ways_in = (opened.header.slots[0], recovery, *opened.header.slots[2:])
    with vault.change():
        pass
    vault._commit(vault._unlocked(), ways_in)
    vault.change_passphrase(passphrase(), passphrase("a different horse altogether"))
    after = Header.parse(path.read_bytes()[:HEADER], path.stat().st_size)
    keys = slots.open_recovery(after.slots[1], code)
    assert keys is not None
    assert vault._opened is not None
    assert (keys.body, keys.seeds) == (vault._opened.keys.body, vault._opened.keys.seeds)
    assert slots.open_recovery(after.slots[1], bytearray(b"another code altogether")) is None


def test_a_passphrase_is_not_changed_when_that_would_close_another_way_in(path: Path) -> None:
    vault = make(path, "first")
    opened = vault._unlocked()
    second = slots.wrap(
        opened.keys, passphrase("the second one").raw, CHEAP, opened.header.signed()[8:32]
    )
    vault._commit(opened, (opened.header.slots[0], second, *opened.header.slots[2:]))
    with Vault.unlock(path, passphrase("the second one")) as by_second:
        assert names_in(by_second) == {"first"}
    with pytest.raises(UsageError):
        vault.change_passphrase(passphrase(), passphrase("a different horse altogether"))
    add(vault, "second")
