"""NATS keys: their text form, kinds, signatures and sealed messages. Pure.

A key's text is unpadded upper-case base32 of a kind byte, the key, and a CRC-16. This module
is strict where other readers are lax: what it accepts is exactly what encoding would give
again. Seeds live in bytearrays that their owner wipes, and never in a repr or an error.

Source: nats-io/nkeys, strkey.go and xkeys.go.
"""

from __future__ import annotations

from base64 import b32encode
from binascii import crc_hqx
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, NoReturn

from wallet.errors import KeyFormatError, UsageError
from wallet.nats import base32
from wallet.secrets import sodium

PUBLIC_LENGTH = 56
SEED_LENGTH = 58
PRIVATE_LENGTH = 108
CURVE_PRIVATE_LENGTH = 56

_SEED_PREFIX = 0x90  # "S"
_PRIVATE_PREFIX = 0x78  # "P"
_SEALED_VERSION = b"xkv1"


class Kind(StrEnum):
    """The kinds of keys. The value is the kind's name; the letter begins its public keys."""

    OPERATOR = "operator"
    ACCOUNT = "account"
    USER = "user"
    SERVER = "server"
    CLUSTER = "cluster"
    CURVE = "curve"

    @property
    def letter(self) -> str:
        """O, A, U, N, C or X."""
        return _LETTERS[self]

    @property
    def prefix(self) -> int:
        """The kind byte: the letter's place in base32's alphabet, shifted left by three."""
        return base32.ALPHABET.index(_LETTERS[self]) << 3


_LETTERS = {
    Kind.OPERATOR: "O",
    Kind.ACCOUNT: "A",
    Kind.USER: "U",
    Kind.SERVER: "N",
    Kind.CLUSTER: "C",
    Kind.CURVE: "X",
}
# 58 characters hold two bits more than 36 bytes need; an encoder leaves them 0.
_LAST_OF_SEED = base32.ALPHABET[::4].encode("ascii")
_KIND_OF_PREFIX = {kind.prefix: kind for kind in Kind}


class PublicKey(NamedTuple):
    """A public key: its 56 characters, its kind, and its 32 bytes."""

    text: str
    kind: Kind
    raw: bytes

    def __str__(self) -> str:
        return self.text

    @property
    def short(self) -> str:
        """Enough to recognise it: the first eight characters and the last four."""
        return f"{self.text[:8]}…{self.text[-4:]}"

    @classmethod
    def from_raw(cls, kind: Kind, raw: bytes) -> PublicKey:
        """The public key of `kind` with these 32 bytes."""
        if len(raw) != sodium.KEY:
            raise ValueError(f"a public key is 32 bytes, not {len(raw)}")
        body = bytes([kind.prefix]) + raw
        return cls(b32encode(body + _crc_bytes(body)).decode("ascii"), kind, bytes(raw))


def decode_public(text: str) -> PublicKey:
    """Read a public key from its text form: 56 base32 characters, white space around allowed.

    Raises `KeyFormatError`; its `problem` is the first thing a person would fix: `empty`,
    `seed-for-public`, `case`, `alphabet`, `length`, `kind` or `checksum`.

    Source: the NKey text form, nats-io/nkeys strkey.go.
    """
    return _decoded(text.strip())


@lru_cache(maxsize=512)  # one key is asked about again and again: a JWT's signer, then its subject
def _decoded(stripped: str) -> PublicKey:
    if looks_like_seed(stripped):
        raise KeyFormatError(
            "seed-for-public",
            "This is a seed, the secret half, where a public key belongs. Keep it out of "
            "configurations; `nkey-wallet inspect` tells its public key.",
        )
    data = base32.decode(stripped, PUBLIC_LENGTH, "A public key")
    kind = _KIND_OF_PREFIX.get(data[0])
    if kind is None:
        raise (
            _unknown_kind(stripped[0])
            if data[0] & 7 == 0
            else _impossible("second", "one of A to D")
        )
    _check_crc(data, "public key")
    return PublicKey(stripped, kind, data[1:33])


def is_public_key(text: str) -> bool:
    """Whether the text is a public key, white space around it allowed."""
    try:
        decode_public(text)
    except KeyFormatError:
        return False
    return True


def looks_like_seed(text: str) -> bool:
    """Whether the text begins as a seed does and is about as long: not to be shown to anyone."""
    head = text[:2].upper()
    return len(text) >= 40 and head[:1] == "S" and head[1:] in set(_LETTERS.values())


class Seed:
    """The secret half of a key: its kind and 32 bytes, in a buffer that `wipe` overwrites.

    Use it as a context manager. It refuses to be shown, formatted, copied and pickled.
    """

    __slots__ = ("_public", "kind", "raw")

    def __init__(self, kind: Kind, raw: bytearray, public: PublicKey | None = None) -> None:
        """Takes `raw` over, not a copy of it. `public` saves deriving it where it is known."""
        if len(raw) != sodium.KEY:
            raise ValueError(f"a seed is 32 bytes, not {len(raw)}")
        self.kind = kind
        self.raw = raw
        self._public = public

    @classmethod
    def generate(cls, kind: Kind) -> Seed:
        """A new one, from the system's generator."""
        return cls(kind, sodium.random_secret(sodium.KEY))

    @classmethod
    def from_raw(cls, kind: Kind, raw: bytes | bytearray) -> Seed:
        """Make a seed of its 32 bytes, copied into a buffer of its own."""
        return cls(kind, bytearray(raw))

    @classmethod
    def decode(cls, text: str | bytes | bytearray) -> Seed:
        """Read a seed from its text form: 58 base32 characters, white space around allowed.

        Raises `KeyFormatError`, which never repeats the text; its `problem` is `empty`,
        `public-for-seed`, `case`, `alphabet`, `length`, `kind`, `checksum` or `spare-bits`.

        Source: the NKey text form, nats-io/nkeys strkey.go.
        """
        stripped = _ascii(text)
        try:
            return cls._decode(stripped)
        finally:
            sodium.wipe(stripped)

    @classmethod
    def _decode(cls, text: bytearray) -> Seed:
        if len(text) == PUBLIC_LENGTH and chr(text[0]) in _LETTERS.values():
            raise KeyFormatError(
                "public-for-seed",
                "This is a public key, where a seed belongs. A seed begins with S and has 58 "
                "characters.",
            )
        data = base32.decode_secret(text, SEED_LENGTH, "A seed")
        try:
            if data[0] & 0xF8 != _SEED_PREFIX:
                raise KeyFormatError(
                    "kind", "This is not a seed: a seed begins with S, then the letter of its kind."
                )
            kind = _KIND_OF_PREFIX.get((data[0] & 7) << 5 | (data[1] & 0xC0) >> 3)
            if kind is None:
                raise _unknown_kind("the second character", of_seed=True)
            if data[1] & 0x3F:
                raise _impossible("third", "A, and the fourth one of A to P")
            _check_crc(data, "seed")
            if text[-1] not in _LAST_OF_SEED:
                raise KeyFormatError(
                    "spare-bits",
                    "The last character of this seed is not the one that encoding gives: "
                    "the seed was changed after it was made. Paste it again from its source.",
                )
            return cls(kind, data[2:34])
        finally:
            sodium.wipe(data)

    @classmethod
    def decode_private(cls, text: str | bytes | bytearray, kind: Kind) -> Seed:
        """Read the private form, P…: 108 characters, or 56 for a curve key.

        The form does not say the kind, so the caller does. Raises `KeyFormatError`, also when
        the public half in it is not the seed's own (`checksum`).
        """
        curve = kind is Kind.CURVE
        stripped = _ascii(text)
        try:
            data = base32.decode_secret(
                stripped, CURVE_PRIVATE_LENGTH if curve else PRIVATE_LENGTH, "A private key"
            )
        finally:
            sodium.wipe(stripped)
        try:
            if data[0] != _PRIVATE_PREFIX:
                raise KeyFormatError("kind", "This is not a private key: one begins with P.")
            _check_crc(data, "private key")
            seed = cls(kind, data[1:33])
            if not curve and seed.public.raw != data[33:65]:
                seed.wipe()
                raise KeyFormatError(
                    "checksum",
                    "The two halves of this private key do not belong together: it was damaged. "
                    "Paste it again from its source.",
                )
        finally:
            sodium.wipe(data)
        return seed

    @property
    def public(self) -> PublicKey:
        """The public half: Ed25519, or X25519 for a curve key."""
        if self._public is None:
            self._public = PublicKey.from_raw(self.kind, self._derived())
        return self._public

    def is_of(self, public: PublicKey) -> bool:
        """Whether this is the seed of a public key. The text of its own is not made for that."""
        if self._public is None and self.kind is public.kind and self._derived() == public.raw:
            self._public = public
        return self._public == public

    def _derived(self) -> bytes:
        derive = sodium.x25519_public if self.kind is Kind.CURVE else sodium.ed25519_public
        return derive(self.raw)

    def encode(self) -> bytearray:
        """The text form, 58 ASCII characters, for the caller to wipe."""
        prefix = self.kind.prefix
        data = bytearray(36)
        data[0] = _SEED_PREFIX | prefix >> 5
        data[1] = (prefix & 31) << 3
        data[2:34] = self.raw
        data[34:] = _crc_bytes(memoryview(data)[:34])
        try:
            return base32.encode_secret(data)
        finally:
            sodium.wipe(data)

    def sign(self, data: bytes) -> bytes:
        """The Ed25519 signature, 64 bytes. Raises `UsageError` for a curve key."""
        if self.kind is Kind.CURVE:
            raise UsageError("A curve key seals and opens messages; it cannot sign.")
        return sodium.ed25519_sign(data, self.raw, self.public.raw)

    def seal(self, data: bytes, to: PublicKey) -> bytes:
        """Encrypt `data` to a curve key: `xkv1`, 24 random bytes, and a NaCl box.

        Raises `UsageError` unless both are curve keys, and for one that nobody has: everybody could
        open what is sealed for it. Source: nats-io/nkeys xkeys.go.
        """
        _need_curves(self.kind, to.kind)
        nonce = sodium.random(sodium.NONCE)
        try:
            box = sodium.box(data, nonce=nonce, public=to.raw, secret=self.raw)
        except sodium.SodiumError:
            raise UsageError(
                f"{to.text} is nobody's key: everybody could open what is sealed for it."
            ) from None
        return _SEALED_VERSION + nonce + bytes(box)

    def open(self, sealed: bytes, sender: PublicKey) -> bytearray:
        """The message of `seal`. Raises `UsageError` for other keys, `KeyFormatError` when the
        message is not for this key, not from `sender`, or was changed (`checksum`).
        """
        _need_curves(self.kind, sender.kind)
        nonce, box = sealed[4:28], sealed[28:]
        if sealed[:4] != _SEALED_VERSION or len(nonce) != sodium.NONCE:
            raise KeyFormatError("kind", "This is not a sealed message: one begins with xkv1.")
        try:
            return sodium.box_open(box, nonce=nonce, public=sender.raw, secret=self.raw)
        except sodium.SodiumError:
            raise KeyFormatError(
                "checksum",
                "The message does not open: it is for another key, from another sender, or was "
                "changed.",
            ) from None

    def wipe(self) -> None:
        """Overwrite the secret. The public half stays known if it was asked for before."""
        sodium.wipe(self.raw)

    def __enter__(self) -> Seed:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return f"Seed({self.kind.letter}…)"

    def __str__(self) -> NoReturn:
        raise TypeError("a seed is not to be shown")

    def __format__(self, _spec: str) -> NoReturn:
        raise TypeError("a seed is not to be shown")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a seed is not to be stored")

    def __copy__(self) -> NoReturn:
        raise TypeError("a seed is not to be copied")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError("a seed is not to be copied")


def generate_many(kind: Kind, count: int) -> Iterator[Seed]:
    """`count` new seeds, each wiped when the next is asked for."""
    for _ in range(count):
        with Seed.generate(kind) as seed:
            yield seed


def verify(public: PublicKey, data: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) over `data` is this key's. False for curve keys."""
    return public.kind is not Kind.CURVE and sodium.ed25519_verify(data, signature, public.raw)


def crc16(data: bytes | bytearray | memoryview) -> int:
    """CRC-16/XMODEM: polynomial 0x1021, start 0. "123456789" gives 0x31C3."""
    return crc_hqx(data, 0)


def _crc_bytes(data: bytes | bytearray | memoryview) -> bytes:
    return crc16(data).to_bytes(2, "little")


def _check_crc(data: bytes | bytearray, what: str) -> None:
    with memoryview(data) as view:
        right = crc_hqx(view[:-2], 0)
    if right != data[-2] | data[-1] << 8:
        raise KeyFormatError(
            "checksum",
            f"The checksum of this {what} is wrong: a character was mistyped or left out. Copy it "
            "again from its source.",
        )


def _ascii(text: str | bytes | bytearray) -> bytearray:
    """The text without white space around it, in a buffer of its own."""
    if isinstance(text, str):
        return bytearray(text.strip().encode("latin-1", "replace"))
    return bytearray(text).strip()


def _unknown_kind(letter: str, *, of_seed: bool = False) -> KeyFormatError:
    where = letter if of_seed else f"its first letter, {letter},"
    return KeyFormatError(
        "kind",
        f"This is no key of a kind that NATS has: {where} is none of O (operator), A (account), "
        "U (user), N (server), C (cluster) and X (curve).",
    )


def _impossible(place: str, right: str) -> KeyFormatError:
    """The kind byte's low bits are set, which no encoder does."""
    return KeyFormatError(
        "kind",
        f"This was mistyped near its beginning: the {place} character of such a key is always "
        f"{right}.",
    )


def _need_curves(*kinds: Kind) -> None:
    if any(kind is not Kind.CURVE for kind in kinds):
        raise UsageError("Messages are sealed between two curve keys, X…, and by no others.")
