"""Fixtures of the vault's tests."""

from __future__ import annotations

import pytest

from tests.vault.support import sound_file
from wallet.vault.file import kdf
from wallet.vault.file.kdf import KdfCost


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a vault with two keys."""
    return sound_file(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[KdfCost]:
    """The cost of each passphrase that was really tried."""
    tried: list[KdfCost] = []
    derive = kdf.derive

    def counted(secret: bytearray, salt: bytes, cost: KdfCost) -> bytearray:
        tried.append(cost)
        return derive(secret, salt, cost)

    monkeypatch.setattr(kdf, "derive", counted)
    return tried
