"""The file's bytes, against a reader that knows only the format's description."""

from __future__ import annotations

import hashlib
import math
import os
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import nacl.bindings
import nacl.signing
import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given
from hypothesis import strategies as st

from tests.vault import read_vault
from tests.vault.support import CHEAP, TEXT, add, make, names_in, passphrase, put, rehashed, unlock
from wallet.errors import VaultError, VaultTooLargeError
from wallet.nats.nkeys import Kind, Seed
from wallet.secrets import sodium
from wallet.vault.db import migrations
from wallet.vault.file import container
from wallet.vault.file.container import HEADER, Header, padded_size, seal_body
from wallet.vault.file.slots import EMPTY
from wallet.vault.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


def test_an_independent_reader_finds_every_key_and_seed(path: Path) -> None:
    vault = make(path)
    made: dict[str, bytes] = {}
    for kind in Kind:
        with Seed.generate(kind) as seed, vault.change() as records:
            records.add(seed, name=f"a {kind.value}")
            made[seed.public.text] = bytes(seed.raw)
    database, seeds = read_vault.read(path.read_bytes(), TEXT)
    assert seeds == made
    with closing(database):
        names = {name for (name,) in database.execute("SELECT name FROM keys")}
    assert names == names_in(vault)


def test_the_independent_reader_is_a_program_without_a_line_of_the_wallet(path: Path) -> None:
    vault = make(path)
    public = add(vault, "billing")
    script = Path(read_vault.__file__)
    assert "import wallet" not in script.read_text()
    assert "from wallet" not in script.read_text()
    result = subprocess.run(
        [sys.executable, str(script), str(path)],
        input=TEXT + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"{public} opens\n"


def test_the_independent_reader_follows_a_change_of_passphrase(path: Path) -> None:
    vault = make(path)
    public = add(vault, "billing")
    new = "ein anderes pferd, grün"
    vault.change_passphrase(passphrase(), passphrase(new))
    database, seeds = read_vault.read(path.read_bytes(), new)
    database.close()
    signing = nacl.signing.SigningKey(seeds[public.text])
    assert signing.verify_key.encode() == public.raw
    with pytest.raises(AssertionError, match="another passphrase"):
        read_vault.read(path.read_bytes(), TEXT)


def test_the_independent_reader_finds_each_save_among_the_ancestors_of_the_next(
    path: Path,
) -> None:
    vault = make(path)
    before = {}
    for name in ("first", "second", "third"):
        header = path.read_bytes()[:HEADER]
        before[int.from_bytes(header[32:40], "big")] = hashlib.blake2b(
            header, digest_size=32
        ).digest()
        add(vault, name)
    vault.change_passphrase(passphrase(), passphrase("another, for the same past"))
    database, _ = read_vault.read(path.read_bytes(), "another, for the same past")
    with closing(database):
        ancestors = dict(database.execute("SELECT generation, header FROM ancestors").fetchall())
        assert before.items() < ancestors.items()
        assert len(ancestors) == 4
        assert database.execute("PRAGMA user_version").fetchone() == (migrations.VERSION,)


def test_a_vault_written_by_other_means_is_opened(path: Path) -> None:
    """The format again, from the writer's side, with other libraries' public calls."""
    source = make(path.with_name("source.nkw"))
    with Seed.generate(Kind.USER) as seed:
        with source.change() as records:
            records.add_public(seed.public, name="billing")
        image, raw, public = source.records.database.serialize(), bytes(seed.raw), seed.public.text
    encrypt = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt
    vault_id, body_key, seed_key = os.urandom(16), os.urandom(32), os.urandom(32)
    with_seed = _with_cell(image, public, raw, vault_id, seed_key)

    derived = hash_secret_raw(TEXT.encode(), b"s" * 16, 1, 19456, 1, 32, Type.ID)
    check = hashlib.blake2b(digest_size=16, key=derived, person=b"nkw1 check").digest()
    wrapping = hashlib.blake2b(digest_size=32, key=derived, person=b"nkw1 wrap").digest()
    identity = struct.pack(">HHI16s", 1, 0, 1344, vault_id)
    head = struct.pack(">BBHIII", 1, 1, 1, 1, 19456, 0) + b"s" * 16 + b"n" * 24 + check
    slot = head + encrypt(body_key + seed_key, identity + head, b"n" * 24, wrapping)

    plain = (struct.pack(">Q", len(with_seed)) + with_seed).ljust(_padme(len(with_seed) + 8), b"\0")
    start = b"\x89NKW\r\n\x1a\n" + identity + struct.pack(">QQ", 41, len(plain) + 16)
    start += b"N" * 24 + bytes(8) + bytes(152 * 2) + slot + bytes(152 * 5) + bytes(16)
    checksum = hashlib.blake2b(start, digest_size=32).digest()
    path.write_bytes(start + checksum + encrypt(plain, start, b"N" * 24, body_key))

    with unlock(path) as vault:
        assert vault.generation == 41
        with vault.open_seed(public) as opened:
            assert opened.raw == raw
        add(vault, "another")
        assert vault.generation == 42


def _with_cell(image: bytes, public: str, raw: bytes, vault_id: bytes, seed_key: bytes) -> bytes:
    cell = b"c" * 24 + nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
        raw, vault_id + public.encode(), b"c" * 24, seed_key
    )
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(image)
        database.execute(
            "INSERT INTO seeds SELECT id, ? FROM keys WHERE public = ?", (cell, public)
        )
        database.commit()
        return database.serialize()


def _padme(length: int) -> int:
    """Padmé as the paper's authors give it (lbarman.ch/blog/padme)."""
    exponent = math.floor(math.log2(length))
    bits = exponent - (math.floor(math.log2(exponent)) + 1)
    mask = (1 << bits) - 1
    return max(131072, (length + mask) & ~mask)


@given(st.integers(min_value=9, max_value=1 << 30))
def test_padding_is_padme_and_grows_with_the_length(length: int) -> None:
    padded = padded_size(length)
    assert padded == _padme(length)
    assert length <= padded <= max(131072, length * 1.12)
    assert padded_size(padded) == padded
    assert padded_size(length + 1) >= padded


def test_the_number_of_keys_does_not_show_in_the_files_size(path: Path) -> None:
    vault = make(path)
    empty = path.stat().st_size
    for name in ("first", "second", "third"):
        add(vault, name)
    assert path.stat().st_size == empty == HEADER + 131072 + 16


def test_no_two_saves_share_a_nonce_and_no_two_vaults_a_key(path: Path) -> None:
    vault = make(path)
    nonces = set()
    for name in ("first", "second", "third"):
        add(vault, name)
        nonces.add(path.read_bytes()[48:72])
    assert len(nonces) == 3
    other = make(path.with_name("other.nkw"))
    one, two = vault._unlocked(), other._unlocked()
    keys = {bytes(key) for key in (one.keys.body, one.keys.seeds, two.keys.body, two.keys.seeds)}
    assert len(keys) == 4
    assert one.header.vault_id != two.header.vault_id
    assert one.header.slots[0][16:56] != two.header.slots[0][16:56]


def test_a_save_keeps_the_ways_in_and_the_vaults_id(path: Path) -> None:
    vault = make(path)
    before = path.read_bytes()[:HEADER]
    add(vault, "first")
    after = path.read_bytes()[:HEADER]
    assert after[8:32] == before[8:32]
    assert after[80:1296] == before[80:1296]
    assert int.from_bytes(after[32:40], "big") == int.from_bytes(before[32:40], "big") + 1


@given(
    st.lists(st.tuples(st.integers(8, 1311), st.binary(min_size=1, max_size=40)), max_size=6),
    st.integers(0, 1 << 31),
)
def test_no_header_whatever_it_holds_is_met_with_anything_but_a_refusal(
    changes: list[tuple[int, bytes]], size: int
) -> None:
    start = b"\x89NKW\r\n\x1a\n" + struct.pack(">HHI", 1, 0, 1344) + bytes(1328)
    for at, value in changes:
        start = put(start, at, value)[:HEADER]
    with pytest.raises(VaultError):
        Header.parse(rehashed(start), size)


def test_a_vault_that_would_be_too_large_is_not_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = make(path, "first")
    before = path.read_bytes()
    monkeypatch.setattr(container, "MAX_FILE", HEADER + 131072)
    with pytest.raises(VaultTooLargeError, match="not made"):
        seal_body(b"image", bytearray(32), bytes(16), 1, (EMPTY,) * 8)
    monkeypatch.setattr(Vault, "_newest", lambda self, opened: opened)
    with pytest.raises(VaultTooLargeError):
        add(vault, "second")
    assert path.read_bytes() == before
    assert names_in(vault) == {"first"}
    assert CHEAP.memory_kib == 19456


def test_encrypting_in_place_gives_what_encrypting_gives() -> None:
    key, nonce = os.urandom(32), os.urandom(24)
    for length in (0, 1, 15, 16, 63, 64, 65, 1 << 20):
        message = os.urandom(length)
        buffer = bytearray(message) + bytes(sodium.TAG)
        sodium.encrypt_in_place(buffer, key=key, nonce=nonce, data=b"beside")
        assert buffer == sodium.encrypt(message, key=key, nonce=nonce, data=b"beside")
