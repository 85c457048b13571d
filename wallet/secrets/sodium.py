"""libsodium's primitives, with every secret in a `bytearray` that its owner can overwrite.

PyNaCl's public functions take and give `bytes`, which Python copies and never clears. This
module calls the same library underneath them, in place, so that a key or a seed leaves no
copy behind. It is the only module that reaches below PyNaCl's public surface.

Lengths are in bytes. `ValueError` means a caller passed a wrong length: a mistake in the
wallet, never in a file. `SodiumError` means the data did not authenticate.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from nacl._sodium import ffi, lib  # type: ignore[import-not-found, import-untyped, unused-ignore]

if lib.sodium_init() == -1:  # `nacl.bindings` would do it too, and load all of PyNaCl
    raise RuntimeError("libsodium cannot be initialised on this machine")

KEY = 32
NONCE = 24
TAG = 16
SIGNATURE = 64
SEALED_BOX_OVERHEAD = 48

Bytes = bytes | bytearray | memoryview


class SodiumError(Exception):
    """The ciphertext, box or signature did not authenticate."""


def random(length: int) -> bytes:
    """`length` bytes from the system's generator, for values that are not secret."""
    return os.urandom(length)


def random_secret(length: int) -> bytearray:
    """`length` random bytes, written straight into a buffer that can be wiped."""
    secret = bytearray(length)
    lib.randombytes(ffi.from_buffer(secret), length)
    return secret


def wipe(*secrets: bytearray) -> None:
    """Overwrite each buffer with zeros."""
    for secret in secrets:
        if secret:
            lib.sodium_memzero(ffi.from_buffer(secret), len(secret))


def same(a: Bytes, b: Bytes) -> bool:
    """Compare two secrets in a time that depends on their length only."""
    return (
        len(a) == len(b) and lib.sodium_memcmp(ffi.from_buffer(a), ffi.from_buffer(b), len(a)) == 0
    )


def blake2b(data: Bytes, *, key: Bytes = b"", person: bytes = b"", length: int = 32) -> bytearray:
    """BLAKE2b of `data`, keyed (0 or 16 to 64) and personalised (up to 16)."""
    if len(person) > 16 or (key and not 16 <= len(key) <= 64):
        raise ValueError("person is at most 16 bytes, a key 16 to 64")
    digest = bytearray(length)
    _check(
        lib.crypto_generichash_blake2b_salt_personal(
            ffi.from_buffer(digest),
            length,
            _in(data),
            len(data),
            _in(key) if key else ffi.NULL,
            len(key),
            ffi.new("unsigned char[16]"),
            ffi.new("unsigned char[16]", person.ljust(16, b"\0")),
        )
    )
    return digest


def encrypt(message: Bytes, *, key: Bytes, nonce: bytes, data: bytes) -> bytearray:
    """XChaCha20-Poly1305: ciphertext and tag, `len(message) + 16`. Key 32, nonce 24."""
    box = bytearray(len(message) + TAG)
    _encrypt(message, box, len(message), key, nonce, data)
    return box


def encrypt_in_place(buffer: bytearray, *, key: Bytes, nonce: bytes, data: bytes) -> None:
    """Turn a message, with 16 bytes to spare behind it, into what `encrypt` gives of it."""
    _encrypt(buffer, buffer, len(buffer) - TAG, key, nonce, data)


def _encrypt(
    message: Bytes, box: bytearray, length: int, key: Bytes, nonce: bytes, data: bytes
) -> None:
    _lengths((key, KEY), (nonce, NONCE))
    _check(
        lib.crypto_aead_xchacha20poly1305_ietf_encrypt(
            ffi.from_buffer(box),
            ffi.NULL,
            _in(message),
            length,
            _in(data),
            len(data),
            ffi.NULL,
            _in(nonce),
            _in(key),
        )
    )


def decrypt(box: Bytes, *, key: Bytes, nonce: bytes, data: bytes) -> bytearray:
    """The message of `encrypt`. Raises `SodiumError` when anything was changed."""
    message = bytearray(max(0, len(box) - TAG))
    _decrypt(box, message, key, nonce, data)
    return message


def decrypt_in_place(buffer: bytearray, *, key: Bytes, nonce: bytes, data: bytes) -> None:
    """Turn what `encrypt_in_place` gives into the message, and zero the 16 bytes behind it.

    Raises `SodiumError` when anything was changed; the buffer then holds nothing of use.
    """
    _decrypt(buffer, buffer, key, nonce, data)
    buffer[-TAG:] = bytes(TAG)


def _decrypt(box: Bytes, message: bytearray, key: Bytes, nonce: bytes, data: bytes) -> None:
    _lengths((key, KEY), (nonce, NONCE))
    if len(box) < TAG:
        raise SodiumError("shorter than its tag")
    _check(
        lib.crypto_aead_xchacha20poly1305_ietf_decrypt(
            ffi.from_buffer(message) if message else ffi.NULL,
            ffi.NULL,
            ffi.NULL,
            _in(box),
            len(box),
            _in(data),
            len(data),
            _in(nonce),
            _in(key),
        )
    )


def ed25519_public(seed: Bytes) -> bytes:
    """The Ed25519 public key (32) of a raw seed (32)."""
    public, secret = _ed25519(seed)
    wipe(secret)
    return public


def ed25519_sign(message: Bytes, seed: Bytes, public: bytes) -> bytes:
    """The detached signature (64) of `message` by a raw seed (32).

    `public` (32) must have been derived from this seed: with that of another, the signature
    would give the seed away.
    """
    _lengths((seed, KEY), (public, KEY))
    secret = bytearray(64)  # libsodium's form: the seed, then the public key
    secret[:KEY] = seed
    secret[KEY:] = public
    try:
        signed = ffi.new("unsigned char[]", SIGNATURE + len(message))
        _check(
            lib.crypto_sign(signed, ffi.NULL, _in(message), len(message), ffi.from_buffer(secret))
        )
        return bytes(ffi.buffer(signed, SIGNATURE))
    finally:
        wipe(secret)


def ed25519_verify(message: Bytes, signature: bytes, public: bytes) -> bool:
    """Whether `signature` (64) is `public`'s (32) over `message`."""
    if len(signature) != SIGNATURE or len(public) != KEY:
        return False
    signed = bytes(signature) + bytes(message)
    opened = ffi.new("unsigned char[]", len(signed))
    length = ffi.new("unsigned long long *")
    result: int = lib.crypto_sign_open(opened, length, signed, len(signed), public)
    return result == 0


def x25519_public(secret: Bytes) -> bytes:
    """The X25519 public key (32) of a raw secret (32)."""
    _lengths((secret, KEY))
    public = ffi.new("unsigned char[32]")
    _check(lib.crypto_scalarmult_base(public, _in(secret)))
    return bytes(ffi.buffer(public))


def try_seeds(count: int, fits: Callable[[bytearray], bool], *, curve: bool) -> bytearray | None:
    """Make `count` random seeds (32) and give the first whose public key (32) `fits`, or None.

    For a search over millions: one call for all the randomness, the same buffers for each key.
    """
    derive = lib.crypto_scalarmult_base if curve else lib.crypto_sign_seed_keypair
    seeds, public, secret = random_secret(KEY * count), bytearray(KEY), bytearray(2 * KEY)
    seed = ffi.cast("unsigned char *", ffi.from_buffer(seeds))
    to_public, to_secret = ffi.from_buffer(public), ffi.from_buffer(secret)
    try:
        for number in range(count):
            if curve:
                derive(to_public, seed)
            else:
                derive(to_public, to_secret, seed)
            if fits(public):
                return seeds[KEY * number : KEY * (number + 1)]
            seed += KEY
        return None
    finally:
        wipe(seeds, secret)


def box(message: Bytes, *, nonce: bytes, public: bytes, secret: Bytes) -> bytearray:
    """NaCl `box` from `secret` to `public`: tag and ciphertext, `len(message) + 16`."""
    _lengths((nonce, NONCE), (public, KEY), (secret, KEY))
    out = bytearray(len(message) + TAG)
    _check(
        lib.crypto_box_easy(
            ffi.from_buffer(out), _in(message), len(message), _in(nonce), _in(public), _in(secret)
        )
    )
    return out


def box_open(sealed: Bytes, *, nonce: bytes, public: bytes, secret: Bytes) -> bytearray:
    """The message of `box`. Raises `SodiumError` when anything was changed."""
    _lengths((nonce, NONCE), (public, KEY), (secret, KEY))
    if len(sealed) < TAG:
        raise SodiumError("shorter than its tag")
    out = bytearray(len(sealed) - TAG)
    _check(
        lib.crypto_box_open_easy(
            ffi.from_buffer(out) if out else ffi.NULL,
            _in(sealed),
            len(sealed),
            _in(nonce),
            _in(public),
            _in(secret),
        )
    )
    return out


def seal_to(message: Bytes, public: bytes) -> bytearray:
    """A sealed box that only the owner of `public` (32) can open: `len(message) + 48`."""
    _lengths((public, KEY))
    out = bytearray(len(message) + SEALED_BOX_OVERHEAD)
    _check(lib.crypto_box_seal(ffi.from_buffer(out), _in(message), len(message), _in(public)))
    return out


def seal_open(sealed: Bytes, *, public: bytes, secret: Bytes) -> bytearray:
    """The message of `seal_to`. Raises `SodiumError` when anything was changed."""
    _lengths((public, KEY), (secret, KEY))
    if len(sealed) < SEALED_BOX_OVERHEAD:
        raise SodiumError("shorter than a sealed box")
    out = bytearray(len(sealed) - SEALED_BOX_OVERHEAD)
    _check(
        lib.crypto_box_seal_open(
            ffi.from_buffer(out) if out else ffi.NULL,
            _in(sealed),
            len(sealed),
            _in(public),
            _in(secret),
        )
    )
    return out


def _ed25519(seed: Bytes) -> tuple[bytes, bytearray]:
    _lengths((seed, KEY))
    public = ffi.new("unsigned char[32]")
    secret = bytearray(64)
    _check(lib.crypto_sign_seed_keypair(public, ffi.from_buffer(secret), _in(seed)))
    return bytes(ffi.buffer(public)), secret


def _in(data: Bytes) -> object:
    return ffi.from_buffer("unsigned char[]", data)


def _lengths(*pairs: tuple[Bytes, int]) -> None:
    for value, length in pairs:
        if len(value) != length:
            raise ValueError(f"{length} bytes expected, not {len(value)}")


def _check(result: int) -> None:
    if result != 0:
        raise SodiumError("libsodium refused")
