"""The vault as its callers meet it: create, unlock, change, refresh, lock, open a seed."""

from __future__ import annotations

import copy
import os
import pickle
import stat
import threading
from contextlib import nullcontext
from pathlib import Path

import platformdirs
import pytest

from tests.vault.support import CHEAP, TEXT, add, make, names_in, passphrase, unlock
from wallet.errors import (
    AlteredError,
    BusyError,
    ForkedError,
    LockedError,
    NoSeedError,
    NoSuchKeyError,
    OlderThanSeenError,
    ParametersRefusedError,
    VaultExistsError,
    VaultMissingError,
    WrongPassphraseError,
)
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk import files
from wallet.system.disk.filelock import lock_file
from wallet.system.disk.paths import default_vault
from wallet.vault import vault as vault_module
from wallet.vault.file import kdf
from wallet.vault.file.container import HEADER, Header, KdfCost
from wallet.vault.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


def test_what_was_added_is_there_after_unlocking_again(path: Path) -> None:
    vault = make(path)
    with Seed.generate(Kind.ACCOUNT) as seed:
        with vault.change() as records:
            records.add(seed, name="orders")
        vault.lock()
        with unlock(path) as again, again.open_seed(seed.public) as opened:
            assert names_in(again) == {"orders"}
            assert opened.raw == seed.raw


def test_a_seed_is_opened_by_the_text_of_its_public_key_too(path: Path) -> None:
    vault = make(path)
    public = add(vault, "billing")
    with vault.open_seed(public.text) as seed:
        assert seed.public == public


def test_the_file_and_a_directory_made_for_it_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "vault.nkw"
    before = os.umask(0)
    try:
        make(path, "billing")
    finally:
        os.umask(before)
    for file in (path, path.with_name("vault.nkw.bak"), path.with_name("vault.nkw.lock")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    for directory in (path.parent, path.parent.parent):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700, directory


def test_a_vault_is_never_made_over_a_file(path: Path) -> None:
    path.write_bytes(b"something of mine")
    with pytest.raises(VaultExistsError):
        Vault.create(path, passphrase(), CHEAP)
    assert path.read_bytes() == b"something of mine"


def test_a_cost_outside_the_limits_makes_no_vault(path: Path) -> None:
    with pytest.raises(ParametersRefusedError):
        Vault.create(path, passphrase(), KdfCost(1024, 1, 1))
    assert not path.exists()


@pytest.mark.parametrize("cost", [KdfCost.LIGHT, KdfCost.STANDARD, KdfCost.HEAVY])
def test_every_cost_on_offer_lies_inside_the_limits(cost: KdfCost) -> None:
    cost.check()
    assert cost.lanes == 4


def test_a_wiped_passphrase_makes_no_vault(path: Path) -> None:
    wiped = passphrase()
    wiped.wipe()
    with pytest.raises(ValueError, match="wiped"):
        Vault.create(path, wiped, CHEAP)
    assert not path.exists()


def test_another_passphrase_opens_nothing(path: Path) -> None:
    make(path)
    with pytest.raises(WrongPassphraseError):
        Vault.unlock(path, passphrase(TEXT + " "))


def test_a_passphrase_opens_the_vault_however_its_letters_are_composed(path: Path) -> None:
    Vault.create(path, Passphrase("gr\u00fc\u00dfe aus k\u00f6ln"), CHEAP).lock()
    with Vault.unlock(path, Passphrase("gru\u0308\u00dfe aus ko\u0308ln")) as vault:
        assert not vault.locked


def test_a_missing_vault_is_told_before_a_passphrase_is_asked(path: Path) -> None:
    with pytest.raises(VaultMissingError):
        Vault.require(path)


def test_an_error_inside_a_change_changes_nothing(path: Path) -> None:
    vault = make(path, "first")
    content, generation, records = path.read_bytes(), vault.generation, vault.records

    def fail() -> None:
        with Seed.generate(Kind.USER) as seed, vault.change() as fresh:
            fresh.add(seed, name="second")
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail()
    assert vault.records is records
    assert (vault.generation, path.read_bytes()) == (generation, content)
    assert names_in(vault) == {"first"}
    add(vault, "third")
    assert names_in(vault) == {"first", "third"}


def test_nothing_of_a_change_is_seen_before_it_ends(path: Path) -> None:
    vault = make(path, "first")
    with Seed.generate(Kind.USER) as seed, vault.change() as fresh:
        fresh.add(seed, name="second")
        assert names_in(vault) == {"first"}
        assert vault.records is not fresh
    assert names_in(vault) == {"first", "second"}


def test_records_taken_before_a_change_stay_readable_until_the_lock(path: Path) -> None:
    vault = make(path, "first")
    before = vault.records
    add(vault, "second")
    assert {record.name for record in before.all()} == {"first"}
    assert vault.records is not before
    vault.lock()
    with pytest.raises(Exception, match=r"(?i)clos|lock"):
        list(before.all())


def test_a_change_starts_from_what_another_window_saved(path: Path) -> None:
    one = make(path, "first")
    with unlock(path) as other:
        add(other, "second")
        add(one, "third")
        assert names_in(one) == {"first", "second", "third"}
        assert other.refresh()
        assert names_in(other) == names_in(one)
        assert other.generation == one.generation
        assert not other.refresh()


def test_two_windows_in_two_threads_lose_nothing(path: Path) -> None:
    vaults = [make(path), unlock(path)]
    finished: list[str] = []

    def work(vault: Vault, stem: str) -> None:
        for number in range(15):
            add(vault, f"{stem}{number}")
        finished.append(stem)

    # Two threads on each vault: changes of one object wait for each other too.
    threads = [threading.Thread(target=work, args=(vaults[n % 2], f"t{n}-")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(finished) == 4
    with unlock(path) as fresh:
        assert len(names_in(fresh)) == 60


def test_the_control_without_the_lock_loses_a_change(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = make(path)
    two = unlock(path)
    monkeypatch.setattr(files, "locked", lambda path, wait: nullcontext())
    with Seed.generate(Kind.USER) as seed, one.change() as records:
        records.add(seed, name="kept")
        add(two, "lost")
    with pytest.raises(ForkedError):
        unlock(path)
    with unlock(path, accept_older=True) as fresh:
        assert names_in(fresh) == {"kept"}


def test_a_change_inside_a_change_is_refused_and_the_outer_one_saved(path: Path) -> None:
    vault = make(path)
    with Seed.generate(Kind.USER) as seed, vault.change() as records:
        records.add(seed, name="outer")
        with pytest.raises(RuntimeError), vault.change():
            pass
    assert names_in(vault) == {"outer"}


def test_a_vault_that_another_program_holds_is_busy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = make(path, "first")
    monkeypatch.setattr(vault_module, "LOCK_WAIT", 0.05)
    with lock_file(path.with_name("vault.nkw.lock"), 1), pytest.raises(BusyError):
        add(vault, "second")
    assert names_in(vault) == {"first"}
    add(vault, "third")


def test_a_locked_vault_gives_nothing(path: Path) -> None:
    vault = make(path)
    public = add(vault, "billing")
    vault.lock()
    vault.lock()
    assert vault.locked
    for use in (
        lambda: vault.records,
        lambda: vault.generation,
        lambda: vault.open_seed(public),
        vault.refresh,
        lambda: add(vault, "more"),
        lambda: vault.change_passphrase(passphrase(), passphrase("another one entirely")),
    ):
        with pytest.raises(LockedError):
            use()


def test_a_lock_during_a_change_lets_that_be_saved_first(path: Path) -> None:
    vault = make(path)
    opened = vault._opened
    assert opened is not None
    with Seed.generate(Kind.USER) as seed, vault.change() as records:
        records.add(seed, name="kept")
        vault.lock()
        assert vault.locked
        with pytest.raises(LockedError):
            _ = vault.records
    assert vault.locked
    assert not any(opened.keys.body)
    with unlock(path) as again:
        assert names_in(again) == {"kept"}


def test_a_seed_that_is_not_there_is_told_from_a_key_that_is_not(path: Path) -> None:
    vault = make(path)
    with Seed.generate(Kind.USER) as stranger, Seed.generate(Kind.USER) as known:
        with vault.change() as records:
            records.add_public(known.public, name="public only")
        with pytest.raises(NoSeedError):
            vault.open_seed(known.public)
        with pytest.raises(NoSuchKeyError):
            vault.open_seed(stranger.public)


def test_a_symlinked_vault_stays_a_symlink(tmp_path: Path) -> None:
    real = tmp_path / "synced" / "mine.nkw"
    make(real).lock()
    link = tmp_path / "vault.nkw"
    link.symlink_to(real)
    with unlock(link) as vault:
        add(vault, "billing")
    assert link.is_symlink()
    assert real.is_file()
    assert not real.is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["synced", "vault.nkw"]
    with unlock(real) as vault:
        assert names_in(vault) == {"billing"}


def test_the_save_before_is_kept_as_a_vault_of_its_own(path: Path) -> None:
    vault = make(path, "first", "second")
    with unlock(vault.backup_path, accept_older=True) as backup:
        assert names_in(backup) == {"first"}


def test_an_older_copy_in_the_vaults_place_is_told_with_a_choice(path: Path) -> None:
    vault = make(path, "first")
    old = path.read_bytes()
    add(vault, "second")
    newest = vault.generation
    vault.lock()
    path.write_bytes(old)
    with pytest.raises(OlderThanSeenError) as caught:
        unlock(path)
    assert (caught.value.generation, caught.value.seen) == (newest - 1, newest)
    with unlock(path, accept_older=True) as accepted:
        add(accepted, "third")
        assert accepted.generation == newest + 1
    with unlock(path) as again:
        assert names_in(again) == {"first", "third"}


def test_an_open_vault_never_saves_over_an_older_copy(path: Path) -> None:
    vault = make(path, "first")
    old = path.read_bytes()
    add(vault, "second")
    path.write_bytes(old)
    for use in (vault.refresh, lambda: add(vault, "third")):
        with pytest.raises(OlderThanSeenError):
            use()
    assert path.read_bytes() == old
    assert names_in(vault) == {"first", "second"}


def test_a_save_by_another_program_while_the_passphrase_is_tried_is_no_older_copy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = make(path, "first")
    derive = kdf.derive

    def slowly(secret: bytearray, salt: bytes, cost: KdfCost) -> bytearray:
        add(vault, "second")
        return derive(secret, salt, cost)

    monkeypatch.setattr(kdf, "derive", slowly)
    with unlock(path) as again:
        assert names_in(again) == {"first", "second"}
        assert not again.refresh()


def test_a_lost_memory_of_generations_only_loses_the_warning(path: Path) -> None:
    vault = make(path, "first")
    old = path.read_bytes()
    add(vault, "second")
    state = platformdirs.user_state_path("nkey-wallet", appauthor=False) / "seen"
    (file,) = (entry for entry in state.iterdir() if entry.suffix == "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(b"\xff\x00 not a number")
    path.write_bytes(old)
    with unlock(path) as again:
        assert names_in(again) == {"first"}
    assert int(file.read_bytes()[:20]) == generation_of(old)


def generation_of(content: bytes) -> int:
    return Header.parse(content[:HEADER], len(content)).generation


def test_a_state_directory_that_cannot_be_used_stops_nothing(
    path: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_home / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(empty_home / "file"))
    vault = make(path, "first")
    with unlock(path) as again:
        assert names_in(again) == names_in(vault)


def test_a_vault_can_be_neither_pickled_nor_copied_nor_shown(path: Path) -> None:
    vault = make(path)
    opened = vault._unlocked()
    for secret in (vault, opened.keys, opened.seed_box):
        with pytest.raises(TypeError):
            pickle.dumps(secret)
        with pytest.raises(TypeError):
            copy.copy(secret)
    shown = f"{vault!r} {opened!r} {opened.keys!r} {opened.seed_box!r}"
    assert repr(bytes(opened.keys.body))[2:-1] not in shown
    assert "bytearray" not in shown


def test_what_stands_at_the_path_may_be_another_vault_now(path: Path, tmp_path: Path) -> None:
    vault = make(path, "mine")
    make(tmp_path / "other.nkw").lock()
    os.replace(tmp_path / "other.nkw", path)
    content = path.read_bytes()
    with pytest.raises(AlteredError, match="Another vault"):
        add(vault, "more")
    assert path.read_bytes() == content


def test_a_vault_that_was_removed_while_open_is_told(path: Path) -> None:
    vault = make(path, "mine")
    path.unlink()
    with pytest.raises(VaultMissingError):
        add(vault, "more")
    assert names_in(vault) == {"mine"}


def test_the_vault_is_where_the_environment_says_or_the_platform_keeps_data(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_vault().name == "vault.nkw"
    assert default_vault().is_relative_to(empty_home)
    monkeypatch.setenv("NKEY_WALLET_VAULT", "/somewhere/else.nkw")
    assert default_vault() == Path("/somewhere/else.nkw")
