"""Vaults that decrypt, and whose contents are no wallet's: hostile databases, moved seeds."""

from __future__ import annotations

import random
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.vault.support import TEXT, names_in, passphrase, put, refused, unlock
from wallet.errors import AlteredError, ContentsInvalidError, NewerContentsError
from wallet.secrets import sodium
from wallet.vault.db import migrations
from wallet.vault.file import slots
from wallet.vault.file.container import HEADER, Header, seal_body


def _database(*statements: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
        return database.serialize()


def _marked(*statements: str) -> bytes:
    return _database("PRAGMA application_id = 0x6E6B7731", "PRAGMA user_version = 1", *statements)


INVALID: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda image: b"",
    "chance": lambda image: random.Random(2).randbytes(8192),
    "text": lambda image: b"SELECT 1;" * 1000,
    "half of an image": lambda image: image[: len(image) // 2],
    "an image without its first page": lambda image: image[4096:],
    "a header and nothing else": lambda image: image[:100],
    "an empty database": lambda image: _database("CREATE TABLE x (y)", "DROP TABLE x"),
    "another program's database": lambda image: _database("CREATE TABLE keys (public TEXT)"),
    "our mark on another database": lambda image: _marked("CREATE TABLE keys (public TEXT)"),
    "a view in a table's place": lambda image: _marked(
        "CREATE VIEW keys AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
        "SELECT i AS id, 'x' AS public FROM n"
    ),
    "version 0": lambda image: put(image, 60, bytes(4)),
    "an older version than its tables": lambda image: put(image, 60, (1).to_bytes(4, "big")),
    "another application": lambda image: put(image, 68, b"abcd"),
    "a page size of zero": lambda image: put(image, 16, b"\0\0"),
    "a damaged schema": lambda image: put(image, 100, b"\xff" * 64),
    "a damaged second page": lambda image: put(image, 4096, b"\xff" * 4096),
    "write-ahead mode": lambda image: put(image, 18, b"\2\2"),
}


def resealed(sound: bytes, image: bytes, path: Path, text: str = TEXT) -> None:
    """Write a vault that differs from a sound one by its contents only."""
    header = Header.parse(sound[:HEADER], len(sound))
    found = slots.unwrap_any(header.slots, passphrase(text).raw, sound[8:32])
    assert found is not None
    new, body = seal_body(image, found[1].body, header.vault_id, header.generation, header.slots)
    path.write_bytes(new.pack() + body)


def image_of(sound: bytes, tmp_path: Path) -> bytes:
    path = tmp_path / "sound.nkw"
    path.write_bytes(sound)
    with unlock(path) as vault:
        return bytes(vault.records.database.serialize())


@pytest.mark.parametrize("make_image", INVALID.values(), ids=INVALID)
def test_a_hostile_database_in_a_rightly_encrypted_vault_is_refused(
    sound: bytes, tmp_path: Path, make_image: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "vault.nkw"
    resealed(sound, make_image(image_of(sound, tmp_path)), path)
    refused(path, ContentsInvalidError)


def test_a_newer_arrangement_is_refused_in_words_of_its_own_and_nothing_written(
    sound: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "vault.nkw"
    image = put(image_of(sound, tmp_path), 60, (migrations.VERSION + 1).to_bytes(4, "big"))
    resealed(sound, image, path)
    before = path.read_bytes()
    assert "Update nkey-wallet" in refused(path, NewerContentsError)
    assert path.read_bytes() == before


def test_the_control_with_its_own_image_is_taken(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vault.nkw"
    resealed(sound, image_of(sound, tmp_path), path)
    with unlock(path) as vault:
        assert names_in(vault) == {"first", "second"}


LAYOUTS: dict[str, Callable[[bytes], bytes]] = {
    "a length beyond the body": lambda plain: put(plain, 0, struct.pack(">Q", len(plain) - 7)),
    "an endless length": lambda plain: put(plain, 0, b"\xff" * 8),
    "something in the padding": lambda plain: plain[:-1] + b"\1",
    "more padding than there should be": lambda plain: plain + bytes(4096),
}


@pytest.mark.parametrize("change", LAYOUTS.values(), ids=LAYOUTS)
def test_contents_that_are_laid_out_otherwise_are_refused(
    sound: bytes, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    header = Header.parse(sound[:HEADER], len(sound))
    found = slots.unwrap_any(header.slots, passphrase().raw, sound[8:32])
    assert found is not None
    plain = sodium.decrypt(
        sound[HEADER:], key=found[1].body, nonce=header.body_nonce, data=sound[:1312]
    )
    changed = change(bytes(plain))
    start = Header(
        header.vault_id, header.generation, len(changed) + 16, header.body_nonce, header.slots
    )
    body = sodium.encrypt(changed, key=found[1].body, nonce=header.body_nonce, data=start.signed())
    path = tmp_path / "vault.nkw"
    path.write_bytes(start.pack() + body)
    refused(path, ContentsInvalidError)


def test_seeds_that_changed_places_are_told(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vault.nkw"
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(image_of(sound, tmp_path))
        (one, first), (two, second) = database.execute("SELECT key, cell FROM seeds").fetchall()
        database.execute("UPDATE seeds SET cell = ? WHERE key = ?", (second, one))
        database.execute("UPDATE seeds SET cell = ? WHERE key = ?", (first, two))
        database.commit()
        resealed(sound, database.serialize(), path)
        with unlock(path) as vault:
            for record in vault.records.all():
                with pytest.raises(AlteredError, match="was not used"):
                    vault.open_seed(record.public)
