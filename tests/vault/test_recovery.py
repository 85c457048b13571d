"""Recovery codes and key files: what opens a vault with them, what no longer does, and attacks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nacl.signing
import pytest

from tests.vault import read_vault
from tests.vault.golden import ways_in as golden
from tests.vault.support import (
    CHEAP,
    add,
    flip,
    make,
    names_in,
    noted_of,
    passphrase,
    public_keys_in,
    put,
    rehashed,
    unlock,
)
from wallet.errors import (
    AlteredError,
    HeaderDamagedError,
    KeyFileNeededError,
    LockedError,
    ReadOnlyError,
    UsageError,
    WrongKeyFileError,
    WrongPassphraseError,
    WrongRecoveryCodeError,
)
from wallet.secrets import sodium
from wallet.secrets.key_file import KeyFile
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.vault.copies.vault_copy import Standing, VaultCopy, restore, restore_alone
from wallet.vault.file import slots
from wallet.vault.file.container import HEADER, KdfCost
from wallet.vault.file.ways_in import Opener, WaysIn
from wallet.vault.vault import Vault

NEW = "a different horse altogether"
RECOVERY_AT = 80 + slots.SLOT
"""Where the second slot of a header begins, in which the code's is."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


@pytest.fixture
def code() -> RecoveryCode:
    return RecoveryCode.generate()


def key_file(content: bytes = b"k" * 64) -> KeyFile:
    return KeyFile.of(bytearray(content))


def with_file(text: str, content: bytes = b"k" * 64) -> Passphrase:
    return passphrase(text).with_key_file(key_file(content))


def with_code(path: Path, code: RecoveryCode, *names: str) -> Vault:
    vault = make(path, *names)
    vault.change_recovery(passphrase(), code)
    return vault


def read_all(path: Path, text: str = "", **more: object) -> set[str]:
    """The keys whose seeds the independent reader opens."""
    database, seeds = read_vault.read(path.read_bytes(), text, **more)  # type: ignore[arg-type]
    database.close()
    for public, seed in seeds.items():
        assert public.startswith("U")
        assert len(nacl.signing.SigningKey(seed).verify_key.encode()) == 32
    return set(seeds)


# The code


def test_a_vault_opens_with_its_code_alone(path: Path, code: RecoveryCode) -> None:
    vault = with_code(path, code, "first")
    assert vault.ways_in == WaysIn(passphrase=True, key_file=False, recovery=True)
    publics = public_keys_in(vault)
    with Vault.unlock(path, code) as again:
        assert names_in(again) == {"first"}
        with again.open_seed(next(iter(publics))) as seed:
            assert seed.public.text in publics
    with unlock(path) as by_passphrase:
        assert names_in(by_passphrase) == {"first"}
    text = code.text().decode()
    assert read_all(path, code=text) == read_all(path, "correct horse battery staple") == publics


def test_a_new_passphrase_by_the_code_keeps_the_code_and_ends_the_old_one(
    path: Path, code: RecoveryCode
) -> None:
    with_code(path, code, "first").lock()
    before = path.read_bytes()
    with Vault.unlock(path, code) as vault:
        vault.change_passphrase(code, passphrase(NEW))
        assert vault.records.history.events()[-1].detail == "by the recovery code"
        publics = public_keys_in(vault)
    with pytest.raises(WrongPassphraseError):
        unlock(path)
    for opener in (passphrase(NEW), code):
        with Vault.unlock(path, opener) as again:
            assert public_keys_in(again) == publics
    assert read_all(path, NEW) == read_all(path, code=code.text().decode()) == publics
    old_keys = read_vault.recovered_keys(before[RECOVERY_AT : RECOVERY_AT + 152], bytes(code.raw))
    new_keys = read_vault.recovered_keys(
        path.read_bytes()[RECOVERY_AT : RECOVERY_AT + 152], bytes(code.raw)
    )
    assert not set(old_keys) & set(new_keys)


def test_a_passphrase_is_changed_without_the_code_which_still_opens(
    path: Path, code: RecoveryCode
) -> None:
    vault = with_code(path, code, "first")
    vault.change_passphrase(passphrase(), passphrase(NEW))
    add(vault, "second")
    with Vault.unlock(path, code) as again:
        assert names_in(again) == {"first", "second"}


@pytest.mark.parametrize("replace", [True, False])
def test_a_code_that_was_replaced_or_removed_opens_only_what_was_saved_before(
    path: Path, code: RecoveryCode, replace: bool
) -> None:
    vault = with_code(path, code, "first")
    before = vault._unlocked()
    old_body_key = bytes(before.keys.body)
    other = RecoveryCode.generate() if replace else None
    vault.change_recovery(passphrase(), other)
    assert vault._unlocked().keys.body != old_body_key
    assert vault.ways_in.recovery is replace
    add(vault, "second")
    with pytest.raises(WrongRecoveryCodeError, match="replaced" if replace else "no recovery"):
        Vault.unlock(path, code)
    (kept,) = (each for each in vault.backups() if each.generation == before.header.generation)
    with Vault.unlock(kept.path, code, read_only=True) as backup:
        assert names_in(backup) == {"first"}
    if other is not None:
        with Vault.unlock(path, other) as again:
            assert names_in(again) == {"first", "second"}
    assert [detail for _, detail in noted_of(vault)] == [
        "made",
        "replaced" if replace else "removed",
    ]


def test_a_code_is_made_or_removed_only_by_who_knows_the_passphrase(
    path: Path, code: RecoveryCode
) -> None:
    vault = with_code(path, code, "first")
    content = path.read_bytes()
    for other in (RecoveryCode.generate(), None):
        with pytest.raises(WrongPassphraseError):
            vault.change_recovery(passphrase("a guess that is wrong"), other)
    with pytest.raises(WrongRecoveryCodeError):
        vault.change_passphrase(RecoveryCode.generate(), passphrase(NEW))
    assert path.read_bytes() == content


def test_another_vaults_code_opens_nothing(path: Path, code: RecoveryCode) -> None:
    with_code(path, code).lock()
    with pytest.raises(WrongRecoveryCodeError, match="another vault"):
        Vault.unlock(path, RecoveryCode.generate())
    make(path.with_name("plain.nkw")).lock()
    with pytest.raises(WrongRecoveryCodeError, match="no recovery code"):
        Vault.unlock(path.with_name("plain.nkw"), code)


def test_a_look_by_the_code_changes_nothing(path: Path, code: RecoveryCode) -> None:
    with_code(path, code, "first").lock()
    content = path.read_bytes()
    with (
        Vault.unlock(path, code, read_only=True) as vault,
        pytest.raises(ReadOnlyError),
    ):
        vault.change_passphrase(code, passphrase(NEW))
    assert path.read_bytes() == content


def test_a_backup_is_restored_by_the_code(path: Path, code: RecoveryCode) -> None:
    vault = with_code(path, code, "first")
    add(vault, "second")
    vault.change_passphrase(passphrase(), passphrase(NEW))
    old = next(each for each in vault.backups() if each.path == vault.backup_path)
    with VaultCopy.open(old.path, code) as copy:
        restore(vault, copy)
    assert names_in(vault) == {"first", "second"}
    vault.lock()
    there = old.path.with_name("saved.nkw")
    there.write_bytes(path.read_bytes())
    path.unlink()
    with VaultCopy.open(there, code) as copy:
        restore_alone(Standing.at(path), copy)
    with Vault.unlock(path, code) as again:
        assert again.ways_in.recovery


# The key file


def test_with_a_key_file_set_the_passphrase_alone_opens_nothing(
    path: Path, derivations: list[KdfCost]
) -> None:
    vault = make(path, "first")
    vault.change_passphrase(passphrase(), passphrase(), key_file=key_file())
    assert vault.ways_in == WaysIn(passphrase=False, key_file=True, recovery=False)
    publics = public_keys_in(vault)
    with Vault.unlock(path, with_file("correct horse battery staple")) as again:
        assert public_keys_in(again) == publics
    assert read_all(path, "correct horse battery staple", key_file=b"k" * 64) == publics
    derivations.clear()
    with pytest.raises(KeyFileNeededError):
        unlock(path)
    assert derivations == [], "the passphrase was tried, which can tell nothing"


def test_nothing_tells_whether_passphrase_or_key_file_is_wrong(path: Path) -> None:
    vault = make(path)
    vault.change_passphrase(passphrase(), passphrase(), key_file=key_file())
    texts = []
    for opener in (
        with_file("correct horse battery staple", b"x" * 64),
        with_file("a guess that is wrong"),
        with_file("a guess that is wrong", b"x" * 64),
    ):
        with pytest.raises(WrongKeyFileError) as refused:
            Vault.unlock(path, opener)
        texts.append(str(refused.value))
    assert len(set(texts)) == 1


def test_the_code_opens_without_the_key_file(path: Path, code: RecoveryCode) -> None:
    vault = with_code(path, code, "first")
    vault.change_passphrase(passphrase(), passphrase(), key_file=key_file())
    assert vault.ways_in == WaysIn(passphrase=False, key_file=True, recovery=True)
    with pytest.raises(KeyFileNeededError, match="recovery code opens it without"):
        unlock(path)
    with Vault.unlock(path, code) as again:
        again.change_passphrase(code, passphrase(NEW))
        assert again.ways_in == WaysIn(passphrase=True, key_file=False, recovery=True)
    with Vault.unlock(path, passphrase(NEW)) as last:
        assert names_in(last) == {"first"}


def test_a_changed_passphrase_or_code_keeps_the_key_file(path: Path, code: RecoveryCode) -> None:
    vault = make(path, "first")
    vault.change_passphrase(passphrase(), passphrase(), key_file=key_file())
    vault.change_passphrase(with_file("correct horse battery staple"), passphrase(NEW))
    with pytest.raises(KeyFileNeededError):
        Vault.unlock(path, passphrase(NEW))
    vault.change_recovery(with_file(NEW), code)
    with pytest.raises(KeyFileNeededError):
        Vault.unlock(path, passphrase(NEW))
    with Vault.unlock(path, with_file(NEW)) as again:
        assert names_in(again) == {"first"}


def test_a_key_file_that_was_replaced_or_removed_is_not_needed_any_more(path: Path) -> None:
    vault = make(path, "first")
    vault.change_passphrase(passphrase(), passphrase(), key_file=key_file())
    now = with_file("correct horse battery staple")
    vault.change_passphrase(now, passphrase(), key_file=key_file(b"z" * 64))
    with pytest.raises(WrongKeyFileError):
        Vault.unlock(path, with_file("correct horse battery staple"))
    now = with_file("correct horse battery staple", b"z" * 64)
    vault.change_passphrase(now, passphrase(), key_file=None)
    with unlock(path) as again:
        assert names_in(again) == {"first"}
    details = [(each.what, each.detail) for each in vault.records.history.events()]
    assert [detail for what, detail in details if what == "key-file-changed"] == [
        *("set", "set"),
        "removed",
    ]


def test_a_key_file_named_for_a_vault_without_one_is_no_hindrance_and_is_not_set(
    path: Path,
) -> None:
    vault = make(path, "first")
    given = with_file("correct horse battery staple")
    Vault.unlock(path, given).lock()
    vault.change_passphrase(given, passphrase(NEW))
    with Vault.unlock(path, passphrase(NEW)) as again:
        assert names_in(again) == {"first"}


def test_a_vault_is_made_with_a_key_file_from_the_beginning(path: Path) -> None:
    Vault.create(path, with_file(NEW), CHEAP).lock()
    with pytest.raises(KeyFileNeededError):
        Vault.unlock(path, passphrase(NEW))
    Vault.unlock(path, with_file(NEW)).lock()


def test_another_window_locks_when_a_way_in_was_changed(path: Path, code: RecoveryCode) -> None:
    vault = make(path, "first")
    with unlock(path) as other:
        vault.change_recovery(passphrase(), code)
        with pytest.raises(LockedError):
            other.refresh()
        assert other.locked


# For ever


def test_the_golden_vault_opens_with_key_file_and_passphrase_and_with_its_code(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "vault.nkw"
    shutil.copyfile(golden.VAULT, copy)
    text, typed = golden.SECRETS.read_text(encoding="utf-8").splitlines()
    content = golden.KEY_FILE.read_bytes()
    assert read_all(copy, text, key_file=content) == read_all(copy, code=typed)
    for opener in (with_file(text, content), RecoveryCode.read(typed.encode())):
        with Vault.unlock(copy, opener) as vault:
            assert names_in(vault) == {"billing"}
    with pytest.raises(KeyFileNeededError):
        Vault.unlock(copy, passphrase(text))


# Attacks


def test_a_swapped_recovery_key_is_refused_and_nothing_is_sealed_to_it(
    path: Path, code: RecoveryCode
) -> None:
    vault = with_code(path, code, "first")
    attacker = RecoveryCode.generate()
    theirs = sodium.x25519_public(slots.recovery_secret(attacker.raw))
    swapped = rehashed(put(path.read_bytes(), RECOVERY_AT + 8, theirs))
    path.write_bytes(swapped)
    with pytest.raises(AlteredError):
        unlock(path)
    with pytest.raises(AlteredError):
        Vault.unlock(path, attacker)
    with pytest.raises(WrongRecoveryCodeError):
        Vault.unlock(path, code)
    # Nor by a window that was open when it was swapped, which would seal the new keys.
    with pytest.raises(LockedError):
        vault.change_passphrase(passphrase(), passphrase(NEW))
    assert path.read_bytes() == swapped


def test_a_recovery_slot_put_beside_the_passphrase_is_refused(path: Path) -> None:
    """An attacker seals keys of his own: they open no body, and the body is bound to the slots."""
    vault = make(path, "first")
    attacker = RecoveryCode.generate()
    own = slots.VaultKeys.generate()
    slot = slots.recovery_slot(own, sodium.x25519_public(slots.recovery_secret(attacker.raw)))
    changed = rehashed(put(path.read_bytes(), RECOVERY_AT, slot))
    path.write_bytes(changed)
    for opener in (passphrase(), attacker):
        with pytest.raises(AlteredError):
            Vault.unlock(path, opener)
    with pytest.raises(LockedError):
        vault.change_recovery(passphrase(), RecoveryCode.generate())
    assert path.read_bytes() == changed


@pytest.mark.parametrize("at", [0, 1, 7, 8, 39, 40, 71, 151])
def test_an_altered_recovery_slot_is_refused(path: Path, code: RecoveryCode, at: int) -> None:
    with_code(path, code, "first").lock()
    altered = rehashed(flip(path.read_bytes(), RECOVERY_AT + at))
    path.write_bytes(altered)
    refusals = (HeaderDamagedError, AlteredError, WrongRecoveryCodeError)
    for opener in (code, passphrase()):
        with pytest.raises(refusals):
            Vault.unlock(path, opener)
    assert path.read_bytes() == altered


def test_a_slot_cannot_be_passed_off_as_one_of_another_kind(path: Path) -> None:
    vault = make(path)
    vault.change_passphrase(passphrase(), passphrase(), key_file=key_file())
    vault.lock()
    path.write_bytes(rehashed(put(path.read_bytes(), 80, b"\1")))
    for opener in (passphrase(), with_file("correct horse battery staple")):
        with pytest.raises(WrongPassphraseError):
            Vault.unlock(path, opener)


def test_nine_ways_in_are_never_written(path: Path, code: RecoveryCode) -> None:
    vault = make(path, "first")
    opened = vault._unlocked()
    seven = [
        slots.recovery_slot(opened.keys, sodium.x25519_public(os.urandom(32))) for _ in range(7)
    ]
    public = sodium.x25519_public(slots.recovery_secret(code.raw))
    vault._commit(opened, (*seven, slots.recovery_slot(opened.keys, public)))
    content = path.read_bytes()
    with Vault.unlock(path, code) as again:
        assert again.cost == KdfCost.STANDARD
        with pytest.raises(UsageError, match="eight ways in"):
            again.change_passphrase(code, passphrase(NEW), CHEAP)
    assert path.read_bytes() == content
    assert len(content) > HEADER


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("passphrase", "he passphrase is right"),
        ("code", "he recovery code is right"),
        ("key file", "he passphrase and the key file are right"),
    ],
)
@pytest.mark.parametrize("where", ["the contents", "the way in"])
def test_an_altered_vault_says_that_what_was_given_is_right(
    path: Path, code: RecoveryCode, given: str, told: str, where: str
) -> None:
    with_code(path, code, "first").lock()
    if given == "key file":
        vault = unlock(path)
        vault.change_passphrase(passphrase(), passphrase(), key_file=key_file())
        vault.lock()
    slot = 80 if given != "code" else RECOVERY_AT
    at = path.stat().st_size - 1 if where == "the contents" else slot + slots.SLOT - 1
    path.write_bytes(rehashed(flip(path.read_bytes(), at)))
    both = with_file("correct horse battery staple")
    openers: dict[str, Opener] = {"passphrase": passphrase(), "code": code, "key file": both}
    with pytest.raises(AlteredError, match=told) as refused:
        Vault.unlock(path, openers[given])
    assert ("the contents" in str(refused.value)) == (where == "the contents")
