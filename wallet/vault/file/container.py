"""The bytes of a vault file, format 1: the header, the ways in, and the encrypted body.

Pure: it reads no file and knows no path. Nothing is parsed before it is checked, and no
check costs more than the 1,344 bytes of the header. Integers are big-endian.

       0    8  magic 89 4E 4B 57 0D 0A 1A 0A
       8    2  format: 1
      10    2  flags: 0
      12    4  header length: 1344
      16   16  vault id, random
      32    8  generation: grows with every save
      40    8  length of the body
      48   24  body nonce
      72    8  zero
      80 1216  8 slots of 152 bytes (see `slots.py`)
    1296   16  zero
    1312   32  BLAKE2b-256 of bytes 0..1311
    1344       body: XChaCha20-Poly1305, additional data = bytes 0..1311

The body, decrypted, is a u64 length, a SQLite image of that length, and zeros up to the next
Padmé size (at least 128 KiB), so that the exact number of keys does not show.

A sealed seed is a nonce and XChaCha20-Poly1305 of the 32 raw bytes under the seed key, with
the vault id and the 56 characters of the public key as additional data: 72 bytes.
"""

from __future__ import annotations

import struct
from threading import Lock
from typing import NamedTuple

from wallet.errors import (
    AlteredError,
    ContentsInvalidError,
    HeaderDamagedError,
    LockedError,
    NewerFormatError,
    NotAVaultError,
    TrailingDataError,
    TruncatedError,
    VaultTooLargeError,
)
from wallet.nats.nkeys import PublicKey, Seed
from wallet.secrets import sodium
from wallet.secrets.sodium import Bytes
from wallet.vault.file import slots as ways_in
from wallet.vault.file.kdf import KdfCost
from wallet.vault.file.slots import SLOT, SLOTS, VaultKeys

__all__ = [
    "HEADER",
    "MAX_FILE",
    "MAX_GENERATION",
    "Header",
    "KdfCost",
    "SeedBox",
    "VaultKeys",
    "identity",
    "open_body",
    "padded_size",
    "seal_body",
]

MAGIC = b"\x89NKW\r\n\x1a\n"
FORMAT = 1
HEADER = 1344
MAX_FILE = 1 << 30
MIN_PADDED = 128 * 1024
VAULT_ID = 16
CELL = sodium.NONCE + sodium.KEY + sodium.TAG

_FIELDS = struct.Struct(f">8sHHI16sQQ24s8s{SLOTS * SLOT}s16s")
_CHECKSUM_AT = _FIELDS.size
_LENGTH = struct.Struct(">Q")
MAX_GENERATION = 1 << 62

_RESTORE = "Restore it from a backup: the file of its name and .bak is the save before."


class Header(NamedTuple):
    """The first 1,344 bytes. `slots` are eight of 152 bytes, empty ones all zero."""

    vault_id: bytes
    generation: int
    body_length: int
    body_nonce: bytes
    slots: tuple[bytes, ...]

    def signed(self) -> bytes:
        """Bytes 0 to 1311, which the body is bound to."""
        return _FIELDS.pack(
            MAGIC,
            FORMAT,
            0,
            HEADER,
            self.vault_id,
            self.generation,
            self.body_length,
            self.body_nonce,
            bytes(8),
            b"".join(self.slots),
            bytes(16),
        )

    def pack(self) -> bytes:
        """Lay the header out as the 1,344 bytes that a file begins with."""
        signed = self.signed()
        return signed + bytes(sodium.blake2b(signed))

    def digest(self) -> bytes:
        """BLAKE2b-256 of all 1,344 bytes: what the saves after this one call it by."""
        return bytes(sodium.blake2b(self.pack()))

    @classmethod
    def parse(cls, start: bytes, file_size: int) -> Header:
        """Check and read the header from a file's `start` (up to 1,344 bytes) and its size.

        Raises, in the order of the checks, `VaultTooLargeError`, `NotAVaultError`,
        `TruncatedError`, `NewerFormatError`, `HeaderDamagedError`, `ParametersRefusedError`,
        and `TruncatedError` or `TrailingDataError` when the body's length is another than
        the header says. No key is derived and nothing but the header is read for it.
        """
        _check_start(start, file_size)
        magic_to_length, checksum = start[:_CHECKSUM_AT], start[_CHECKSUM_AT:HEADER]
        if not sodium.same(sodium.blake2b(magic_to_length), checksum):
            raise HeaderDamagedError(f"The start of the vault file is damaged. {_RESTORE}")
        _, written, flags, length, vault_id, generation, body, nonce, zero, packed, more_zero = (
            _FIELDS.unpack(magic_to_length)
        )
        slots = tuple(packed[at : at + SLOT] for at in range(0, len(packed), SLOT))
        header = cls(vault_id, generation, body, nonce, slots)
        if written != FORMAT or flags or length != HEADER or any(zero) or any(more_zero):
            raise _no_writer("a reserved field is in use")
        if not 1 <= generation <= MAX_GENERATION:
            raise _no_writer("its generation is out of range")
        if body > MAX_FILE - HEADER:
            raise VaultTooLargeError(
                "The vault file says that it is larger than any vault may be (1 GiB)."
            )
        if body - sodium.TAG < MIN_PADDED or padded_size(body - sodium.TAG) != body - sodium.TAG:
            raise _no_writer("its length is not one that a body can have")
        ways_in.check(slots)
        _check_length(HEADER + body, file_size)
        return header


def _check_start(start: bytes, file_size: int) -> None:
    if file_size > MAX_FILE:
        raise VaultTooLargeError(
            f"The file is {file_size:,} bytes; a vault is never larger than 1 GiB."
        )
    if not start:
        raise TruncatedError(f"The vault file is empty. {_RESTORE}")
    if start[: len(MAGIC)] != MAGIC[: len(start)]:
        if start.startswith((MAGIC[:4] + b"\n\x1a\n", MAGIC[:4] + b"\r\r\n\x1a")):
            raise HeaderDamagedError(
                "The vault file was copied as if it were text, which damaged it. Copy it again, "
                "in binary mode."
            )
        raise NotAVaultError("The file is not a wallet's vault: it begins differently.")
    if len(start) < HEADER:
        raise TruncatedError(
            f"The vault file ends after {file_size} bytes, inside its header. {_RESTORE}"
        )
    written = int.from_bytes(start[8:10], "big")
    if written > FORMAT and not _is_flipped_format(start):
        raise NewerFormatError(
            f"The vault is in format {written}, and this wallet knows format {FORMAT}. A newer "
            "nkey-wallet wrote it: update, and open it again."
        )


def _is_flipped_format(start: bytes) -> bool:
    """Whether only the format number is damaged: with a 1 in its place the checksum fits."""
    mended = start[:8] + FORMAT.to_bytes(2, "big") + start[10:_CHECKSUM_AT]
    return sodium.same(sodium.blake2b(mended), start[_CHECKSUM_AT:HEADER])


def _check_length(expected: int, file_size: int) -> None:
    if file_size < expected:
        raise TruncatedError(
            f"The vault file ends too early: {expected - file_size:,} of {expected:,} bytes are "
            f"missing. {_RESTORE}"
        )
    if file_size > expected:
        raise TrailingDataError(
            f"The vault file goes on for {file_size - expected:,} bytes after its end. Something "
            f"wrote into it. {_RESTORE}"
        )


def _no_writer(what: str) -> HeaderDamagedError:
    return HeaderDamagedError(
        f"The start of the vault file holds a value that no wallet writes: {what}. {_RESTORE}"
    )


def identity(vault_id: bytes) -> bytes:
    """Bytes 8 to 31 of the header, which every slot is bound to: format, flags, length, id."""
    return struct.pack(">HHI16s", FORMAT, 0, HEADER, vault_id)


def padded_size(length: int) -> int:
    """The Padmé size of `length` bytes, at least 128 KiB: at most 12% more, in few steps.

    Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", 2019.
    """
    if length <= MIN_PADDED:
        return MIN_PADDED
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (length + mask) & ~mask


def seal_body(
    image: Bytes,
    body_key: bytearray,
    vault_id: bytes,
    generation: int,
    slots: tuple[bytes, ...],
) -> tuple[Header, bytearray]:
    """Pad and encrypt a SQLite image under a fresh nonce: the header, and the body after it.

    Raises `VaultTooLargeError` when the file would be larger than it may be.
    """
    size = padded_size(_LENGTH.size + len(image))
    if HEADER + size + sodium.TAG > MAX_FILE:
        raise VaultTooLargeError(
            "The vault would grow beyond 1 GiB, which is the most it may be. The change was "
            "not made."
        )
    header = Header(vault_id, generation, size + sodium.TAG, sodium.random(sodium.NONCE), slots)
    body = bytearray(size + sodium.TAG)
    try:
        _LENGTH.pack_into(body, 0, len(image))
        with memoryview(body) as view:  # a slice of the bytearray itself would copy twice
            view[_LENGTH.size : _LENGTH.size + len(image)] = image
        nonce, signed = header.body_nonce, header.signed()
        sodium.encrypt_in_place(body, key=body_key, nonce=nonce, data=signed)
    except BaseException:
        sodium.wipe(body)
        raise
    return header, body


def open_body(
    header: Header,
    body: bytearray,
    body_key: bytearray,
    what_is_right: str = "what opens it is right",
) -> memoryview:
    """Decrypt a body in its own buffer, for the caller to wipe: the SQLite image inside.

    `what_is_right` says so of what gave the key, for the error of contents that were changed.

    Raises `AlteredError` when it or the header was changed since it was written, and
    `ContentsInvalidError` when its length or padding is not what a wallet writes.
    """
    try:
        sodium.decrypt_in_place(body, key=body_key, nonce=header.body_nonce, data=header.signed())
    except sodium.SodiumError:
        raise AlteredError(
            f"The vault was changed after the wallet wrote it: {what_is_right}, but the "
            f"contents are not what was saved. Nothing of it was used. {_RESTORE}"
        ) from None
    (length,) = _LENGTH.unpack_from(body)
    size, end = len(body) - sodium.TAG, _LENGTH.size + length
    if end > size or padded_size(end) != size or any_set(body, end):
        sodium.wipe(body)
        raise ContentsInvalidError(
            "The vault decrypts, but its contents are not laid out as a wallet does it. "
            "Nothing of it was used."
        )
    return memoryview(body)[_LENGTH.size : end]


def any_set(data: bytearray, start: int) -> bool:
    """Whether a byte from `start` on is not zero; quick for megabytes of padding."""
    return data.count(0, start) != len(data) - start


class SeedBox:
    """Seals seeds under the vault's seed key, each bound to its vault and public key.

    It holds the key, and no seed. After `wipe` both `seal` and `open` raise `LockedError`.
    """

    __slots__ = ("_key", "_lock", "_proved", "_vault_id")

    def __init__(self, vault_id: bytes, seed_key: bytearray) -> None:
        """`vault_id` is 16 bytes. `seed_key`, 32, is kept, not copied, and wiped by `wipe`."""
        if len(vault_id) != VAULT_ID or len(seed_key) != sodium.KEY:
            raise ValueError("a vault id is 16 bytes, a seed key 32")
        self._vault_id = bytes(vault_id)
        self._key: bytearray | None = seed_key
        self._lock = Lock()
        # The cell that was found last to be its key's: an export makes two files of each seed, and
        # a cell opens for no other key.
        self._proved = b""

    def __repr__(self) -> str:
        return "SeedBox(wiped)" if self._key is None else "SeedBox()"

    def __reduce__(self) -> str:
        raise TypeError("a seed box is never copied or stored")

    def seal(self, seed: Seed) -> bytes:
        """The cell (72 bytes) that holds `seed` in the vault."""
        return self._seal(seed.raw, seed.public.text)

    def open(self, cell: bytes, public: PublicKey) -> Seed:
        """The seed of `public` from its cell, for the caller to wipe.

        Raises `AlteredError` when the cell is another key's, or was changed.
        """
        if cell == self._proved:
            return self.open_own(cell, public)
        seed = Seed(public.kind, self._open(cell, public.text))
        if not seed.is_of(public):
            seed.wipe()
            raise _not_its_seed(public.text)
        self._proved = cell
        return seed

    def open_own(self, cell: bytes, public: PublicKey) -> Seed:
        """Open a cell that this box sealed as `open` does, but derive no public key again."""
        return Seed(public.kind, self._open(cell, public.text), public)

    def reseal(self, cell: bytes, public: str, new: SeedBox) -> bytes:
        """The cell that holds the same seed under another box's key.

        The public key is not derived again: that the cell is bound to it is proof enough.
        Raises `AlteredError` as `open` does.
        """
        raw = self._open(cell, public)
        try:
            return new._seal(raw, public)
        finally:
            sodium.wipe(raw)

    def _seal(self, raw: bytearray, public: str) -> bytes:
        nonce = sodium.random(sodium.NONCE)
        with self._lock:
            box = sodium.encrypt(raw, key=self._opened(), nonce=nonce, data=self._bound_to(public))
        return nonce + box

    def _open(self, cell: bytes, public: str) -> bytearray:
        if len(cell) != CELL:
            raise _not_its_seed(public)
        nonce, box = cell[: sodium.NONCE], cell[sodium.NONCE :]
        with self._lock:
            try:
                return sodium.decrypt(
                    box, key=self._opened(), nonce=nonce, data=self._bound_to(public)
                )
            except sodium.SodiumError:
                raise _not_its_seed(public) from None

    def wipe(self) -> None:
        """Forget the key."""
        with self._lock:
            if self._key is not None:
                sodium.wipe(self._key)
            self._key = None

    def _opened(self) -> bytearray:
        if self._key is None:
            raise LockedError("The vault is locked. Unlock it to use its keys.")
        return self._key

    def _bound_to(self, public: str) -> bytes:
        return self._vault_id + public.encode("ascii")


def _not_its_seed(public: str) -> AlteredError:
    return AlteredError(
        f"The sealed seed of {public} does not open as that key's own. The vault's contents "
        "were changed by something else than a wallet. The seed was not used."
    )
