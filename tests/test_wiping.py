"""Buffers with secrets in them are overwritten by whoever made them, also where something failed.

The process's whole memory is searched in tests/vault/test_memory.py; here each place is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from tests.vault.support import CHEAP, TEXT, make, passphrase, unlock
from wallet.errors import ForkedError, PassphraseRefusedError, SaveFailedError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets import sodium
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file import ancestry, durable_save, kdf
from wallet.vault.file.container import VaultKeys
from wallet.vault.session import storage
from wallet.vault.vault import Vault


class Wiped(list[bytes]):
    """What buffers held that were overwritten, and that they were."""

    def __init__(self) -> None:
        super().__init__()
        self._really = sodium.wipe

    def wipe(self, *secrets: bytearray) -> None:
        self.extend(map(bytes, secrets))
        self._really(*secrets)
        assert not any(map(any, secrets))

    def held(self, secret: bytes) -> bool:
        return any(secret in content for content in self)


@pytest.fixture
def wiped(monkeypatch: pytest.MonkeyPatch) -> Wiped:
    wiped = Wiped()
    monkeypatch.setattr(sodium, "wipe", wiped.wipe)
    return wiped


def test_a_signature_leaves_no_copy_of_the_seed(wiped: Wiped) -> None:
    with Seed.generate(Kind.USER) as seed:
        raw, _ = bytes(seed.raw), seed.public
        wiped.clear()
        seed.sign(b"nonce")
        assert wiped.held(raw)


@pytest.mark.parametrize("curve", [False, True])
def test_a_search_for_a_seed_leaves_none_of_those_it_tried(
    wiped: Wiped, monkeypatch: pytest.MonkeyPatch, curve: bool
) -> None:
    tried = bytes(range(1, 97))
    monkeypatch.setattr(sodium, "random_secret", lambda length: bytearray(tried[:length]))
    publics = list[bytes]()

    def fits_none(public: bytearray) -> bool:
        publics.append(bytes(public))
        return False

    assert sodium.try_seeds(3, fits_none, curve=curve) is None
    assert len(set(publics)) == 3
    assert wiped.held(tried)
    kept = sodium.try_seeds(3, lambda public: bytes(public) == publics[1], curve=curve)
    assert kept == bytearray(tried[32:64])  # for its finder to wipe


@pytest.mark.parametrize("text", ["one\x00two three four", "one\u2028two three four"])
def test_a_passphrase_that_is_refused_is_not_kept(wiped: Wiped, text: str) -> None:
    with pytest.raises(PassphraseRefusedError):
        Passphrase(text)
    assert wiped.held(text.encode())


def test_a_derivation_keeps_no_passphrase(wiped: Wiped) -> None:
    with Passphrase(TEXT) as typed:
        work = kdf._waited_for(kdf._Derivation(typed.raw, b"salt" * 4, CHEAP, 1))
        assert not any(work._secret)
        assert any(work.derived)


class GivenUp(kdf._Derivation):
    """A derivation whose caller goes while Argon2 runs, which nothing can interrupt."""

    def __init__(self, passphrase: bytearray) -> None:
        super().__init__(passphrase, b"salt" * 4, CHEAP, 1)
        self._really, self._work = self._work, cast("Any", self._while_running)

    def _while_running(self) -> int:
        self.give_up()
        return self._really()


def test_a_derivation_that_is_given_up_keeps_nothing() -> None:
    with Passphrase(TEXT) as typed:
        early, late = kdf._Derivation(typed.raw, b"salt" * 4, CHEAP, 1), GivenUp(typed.raw)
        early.give_up()
        for work in (early, late):
            work.run()
            assert not any(work._secret)
            assert not any(work.derived)
        assert any(typed.raw)


def keys_given(wiped: Wiped, monkeypatch: pytest.MonkeyPatch, name: str) -> list[bytes]:
    """The keys of vaults that a function of `storage` is given, before it does its work."""
    keys = list[bytes]()
    really: Callable[..., object] = getattr(storage, name)

    def noting(*given: object, **named: object) -> object:
        for one in given:
            if isinstance(one, VaultKeys):
                keys.extend((bytes(one.body), bytes(one.seeds)))
        wiped.clear()  # what held them on the way here
        return really(*given, **named)

    monkeypatch.setattr(storage, name, noting)
    return keys


def test_a_vault_that_could_not_be_made_leaves_no_keys(
    tmp_path: Path, wiped: Wiped, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise SaveFailedError("It was not saved.")

    monkeypatch.setattr(durable_save, "save", fail)
    keys = keys_given(wiped, monkeypatch, "save")
    with pytest.raises(SaveFailedError), passphrase() as typed:
        Vault.create(tmp_path / "vault.nkw", typed, CHEAP)
    assert len(keys) == 2
    assert all(map(wiped.held, keys))


def test_a_vault_that_is_not_opened_leaves_no_keys(
    tmp_path: Path, wiped: Wiped, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "vault.nkw"
    make(path, "first").lock()
    monkeypatch.setattr(ancestry, "relation", lambda *_: ancestry.Relation.FORK)
    keys = keys_given(wiped, monkeypatch, "read")
    wiped.clear()
    with pytest.raises(ForkedError):
        unlock(path)
    assert len(keys) == 2
    assert all(map(wiped.held, keys))


def test_the_body_that_was_read_is_overwritten(tmp_path: Path, wiped: Wiped) -> None:
    path = tmp_path / "vault.nkw"
    make(path, "first").lock()
    wiped.clear()
    unlock(path).lock()
    assert wiped.held(b"SQLite format 3\0")
