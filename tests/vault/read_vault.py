"""Reads a vault by nothing but FORMAT.md: no line of the wallet's own code, other libraries' calls.

`python read_vault.py FILE < PASSPHRASE` prints the public keys, and whether each seed opens.
"""

import hashlib
import sqlite3
import struct
import sys
import unicodedata

import nacl.public
import nacl.signing
from argon2.low_level import Type, hash_secret_raw
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt

QUERY = "SELECT keys.public, seeds.cell FROM keys JOIN seeds ON seeds.key = keys.id"


def header_of(file: bytes) -> tuple[bytes, bytes, list[bytes]]:
    """Vault id, body nonce and slots, after every check that the format asks for."""
    magic, version, flags, length = struct.unpack_from(">8sHHI", file)
    assert (magic, version, flags, length) == (bytes.fromhex("894e4b570d0a1a0a"), 1, 0, 1344)
    (body_length,) = struct.unpack_from(">Q", file, 40)
    assert len(file) == 1344 + body_length
    assert not any(file[72:80] + file[1296:1312])
    assert hashlib.blake2b(file[:1312], digest_size=32).digest() == file[1312:1344]
    return file[16:32], file[48:72], [file[at : at + 152] for at in range(80, 1296, 152)]


def blake(data: bytes, person: bytes, key: bytes = b"") -> bytes:
    return hashlib.blake2b(data, digest_size=32, key=key, person=person).digest()


def keys_of(
    file: bytes, slot: bytes, passphrase: str, key_file: bytes | None = None
) -> tuple[bytes, bytes]:
    """Body key and seed key, from a passphrase slot."""
    kind, derivation, lanes, passes, memory, zero = struct.unpack_from(">BBHIII", slot)
    assert (kind, derivation, zero) == (1 if key_file is None else 3, 1, 0)
    secret = unicodedata.normalize("NFKC", passphrase).encode()
    derived = hash_secret_raw(secret, slot[16:32], passes, memory, lanes, 32, Type.ID)
    if key_file is not None:
        derived = blake(blake(key_file, b"nkw1 key file"), b"nkw1 combined", derived)
    check = hashlib.blake2b(b"", digest_size=16, key=derived, person=b"nkw1 check").digest()
    assert check == slot[56:72], "another passphrase"
    wrapping = hashlib.blake2b(b"", digest_size=32, key=derived, person=b"nkw1 wrap").digest()
    both = decrypt(slot[72:], file[8:32] + slot[:72], slot[32:56], wrapping)
    return both[:32], both[32:]


def code_of(text: str) -> bytes:
    """The 16 bytes of a recovery code, after every check."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = ""
    for number, group in enumerate(text.split("-"), 1):
        *data, check = (alphabet.index(character) for character in group)
        products = [value << power for power, value in enumerate(data, 1)]
        for product in products:
            for degree in range(9, 4, -1):
                product ^= (product >> degree & 1) * (0b100101 << degree - 5)
            check ^= product
        assert check == number, "a mistyped group"
        bits += "".join(f"{value:05b}" for value in data)
    assert len(bits) == 140
    code = int(bits[:128], 2).to_bytes(16, "big")
    assert bits[128:] == f"{int.from_bytes(blake(code, b'nkw1 code'), 'big'):0256b}"[:12]
    return code


def recovered_keys(slot: bytes, code: bytes) -> tuple[bytes, bytes]:
    """Body key and seed key, from a recovery slot."""
    assert slot[0] == 2
    assert not any(slot[1:8])
    secret = nacl.public.PrivateKey(blake(code, b"nkw1 recovery"))
    assert secret.public_key.encode() == slot[8:40], "another code"
    both = nacl.public.SealedBox(secret).decrypt(slot[40:])
    return both[:32], both[32:]


def read(
    file: bytes, passphrase: str = "", *, key_file: bytes | None = None, code: str = ""
) -> tuple[sqlite3.Connection, dict[str, bytes]]:
    """The database, and the raw seed of each Ed25519 key by its public key."""
    vault_id, nonce, slots = header_of(file)
    if code:
        (slot,) = (slot for slot in slots if slot[0] == 2)
        body_key, seed_key = recovered_keys(slot, code_of(code))
    else:
        body_key, seed_key = keys_of(file, slots[0], passphrase, key_file)
    body = decrypt(file[1344:], file[:1312], nonce, body_key)
    (length,) = struct.unpack_from(">Q", body)
    assert len(body) >= 131072
    assert not any(body[8 + length :])
    database = sqlite3.connect(":memory:")
    database.deserialize(body[8 : 8 + length])
    seeds = {}
    for public, cell in database.execute(QUERY):
        seeds[public] = decrypt(cell[24:], vault_id + public.encode(), cell[:24], seed_key)
    return database, seeds


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as opened:
        _, found = read(opened.read(), sys.stdin.readline().rstrip("\n"))
    for public, seed in found.items():
        derived_public = nacl.signing.SigningKey(seed).verify_key.encode()
        print(public, "opens" if len(derived_public) == 32 else "is broken")
