"""Damaged and hostile vault files: each is refused as what it is, in one sentence or two.

The file is checked in an order in which no check costs more than what was checked before
allows: nothing is derived for a header that is wrong, and no body read for a wrong passphrase.
"""

from __future__ import annotations

import gzip
import random
import sqlite3
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.vault.support import (
    flip,
    names_in,
    passphrase,
    put,
    refused,
    rehashed,
    unlock,
)
from wallet.errors import (
    AlteredError,
    HeaderDamagedError,
    NewerFormatError,
    NotAVaultError,
    ParametersRefusedError,
    TrailingDataError,
    TruncatedError,
    VaultError,
    VaultTooLargeError,
    WrongPassphraseError,
)
from wallet.vault.file.container import HEADER, padded_size
from wallet.vault.file.kdf import KdfCost
from wallet.vault.file.slots import EMPTY
from wallet.vault.vault import Vault

Change = Callable[[bytes], bytes]
Case = tuple[type[VaultError], Change]

SLOT = 80
BODY = 131072 + 16
MIB = 1024


def cut(length: int) -> Change:
    return lambda content: content[:length]


def flipped(at: int, bit: int = 1) -> Change:
    return lambda content: flip(content, at, bit)


def written(at: int, value: bytes) -> Change:
    """A change by someone who knows to make the header's checksum right again."""
    return lambda content: rehashed(put(content, at, value))


def number(at: int, length: int, value: int) -> Change:
    return written(at, value.to_bytes(length, "big"))


def cost(*, lanes: int = 1, passes: int = 1, memory: int = 19 * MIB) -> Change:
    return written(SLOT + 2, struct.pack(">HII", lanes, passes, memory))


def slot_moved(to: int, *, keep: bool = False) -> Change:
    def change(content: bytes) -> bytes:
        slot = content[SLOT : SLOT + 152]
        emptied = content if keep else put(content, SLOT, EMPTY)
        return rehashed(put(emptied, SLOT + 152 * to, slot))

    return change


BOUNDARIES = (8, 10, 12, 16, 32, 40, 48, 72, 80, 232, 1144, 1296, 1312, 1344, 1360)
TRUNCATED: dict[str, Case] = {
    f"cut to {length} bytes": (TruncatedError, cut(length))
    for length in sorted(
        {0, 1, HEADER + BODY // 2, HEADER + BODY - 1}
        | {edge + step for edge in BOUNDARIES for step in (-1, 0, 1)}
    )
}
TRAILING: dict[str, Case] = {
    f"{len(more)} bytes more": (TrailingDataError, lambda content, more=more: content + more)
    for more in (b"\0", b"\n", b"more" * 4, bytes(4096), bytes(1 << 20))
} | {"written twice": (TrailingDataError, lambda content: content + content)}
DAMAGED: dict[str, Case] = {
    f"a bit of {what} flipped": (HeaderDamagedError, flipped(at, bit))
    for what, at, bit in (
        ("the format", 9, 2),
        ("the format's high byte", 8, 128),
        ("the flags", 11, 1),
        ("the header's length", 14, 4),
        ("the vault id", 16, 1),
        ("the vault id's end", 31, 1),
        ("the generation", 39, 1),
        ("the body's length", 44, 1),
        ("the body's nonce", 48, 128),
        ("the zeros after it", 72, 1),
        ("the slot's kind", SLOT, 1),
        ("the slot's memory", SLOT + 8, 128),
        ("the salt", SLOT + 16, 1),
        ("the check", SLOT + 56, 1),
        ("the wrapped keys", SLOT + 72, 1),
        ("an empty slot", SLOT + 152, 1),
        ("the last slot", SLOT + 152 * 8 - 1, 1),
        ("the last zeros", 1311, 1),
        ("the checksum", 1312, 1),
        ("the checksum's end", 1343, 128),
    )
} | {
    "copied as text, to Unix": (HeaderDamagedError, lambda c: c.replace(b"\r\n", b"\n")),
    "copied as text, to Windows": (HeaderDamagedError, lambda c: c.replace(b"\n", b"\r\n")),
    "zeros from the second block on": (HeaderDamagedError, lambda c: c[:512].ljust(len(c), b"\0")),
    "a header of zeros after the magic": (
        HeaderDamagedError,
        lambda c: c[:8] + bytes(HEADER - 8) + c[HEADER:],
    ),
}
NO_WRITER: dict[str, Case] = {
    "format 0": (HeaderDamagedError, number(8, 2, 0)),
    "flags": (HeaderDamagedError, number(10, 2, 1)),
    "a shorter header": (HeaderDamagedError, number(12, 4, 1343)),
    "a longer header": (HeaderDamagedError, number(12, 4, 1345)),
    "an endless header": (HeaderDamagedError, number(12, 4, 2**32 - 1)),
    "generation 0": (HeaderDamagedError, number(32, 8, 0)),
    "the last generation": (HeaderDamagedError, number(32, 8, 2**64 - 1)),
    "no body": (HeaderDamagedError, number(40, 8, 0)),
    "a body shorter than its tag": (HeaderDamagedError, number(40, 8, 15)),
    "a body without its padding": (HeaderDamagedError, number(40, 8, BODY - 1)),
    "a body of no Padmé size": (HeaderDamagedError, number(40, 8, BODY + 1)),
    "reserved bytes before the slots": (HeaderDamagedError, written(75, b"\1")),
    "reserved bytes after the slots": (HeaderDamagedError, written(1300, b"\1")),
    "slot kind 4": (HeaderDamagedError, written(SLOT, b"\4")),
    "slot kind 255": (HeaderDamagedError, written(SLOT, b"\xff")),
    "another derivation": (HeaderDamagedError, written(SLOT + 1, b"\2")),
    "no derivation": (HeaderDamagedError, written(SLOT + 1, b"\0")),
    "reserved bytes in a slot": (HeaderDamagedError, written(SLOT + 15, b"\1")),
    "something in an empty slot": (HeaderDamagedError, written(SLOT + 152 + 151, b"\1")),
    "a recovery slot with reserved bytes": (
        HeaderDamagedError,
        written(SLOT + 152, b"\2" + bytes(6) + b"\1"),
    ),
    "no way in": (HeaderDamagedError, written(SLOT, EMPTY)),
}
NEWER: dict[str, Case] = {
    f"format {version}": (NewerFormatError, number(8, 2, version)) for version in (2, 3, 65535)
} | {
    # What a newer format looks like beyond its number is not ours to judge.
    "format 2 with everything else different": (
        NewerFormatError,
        lambda c: put(c, 8, b"\0\2" + bytes(range(256))) + b"and more",
    ),
}
TOO_LARGE: dict[str, Case] = {
    f"a body of {length} bytes": (VaultTooLargeError, number(40, 8, length))
    for length in (2**30, 2**31, 2**63 - 1, 2**64 - 1)
}
REFUSED: dict[str, Case] = {
    "no lanes": (ParametersRefusedError, cost(lanes=0)),
    "17 lanes": (ParametersRefusedError, cost(lanes=17)),
    "65,535 lanes": (ParametersRefusedError, cost(lanes=65535)),
    "no passes": (ParametersRefusedError, cost(passes=0)),
    "33 passes": (ParametersRefusedError, cost(passes=33)),
    "4 billion passes": (ParametersRefusedError, cost(passes=2**32 - 1)),
    "no memory": (ParametersRefusedError, cost(memory=0)),
    "a KiB too little memory": (ParametersRefusedError, cost(memory=19 * MIB - 1)),
    "a KiB too much memory": (ParametersRefusedError, cost(memory=2 * MIB * MIB + 1)),
    "4 TiB of memory": (ParametersRefusedError, cost(memory=2**32 - 1)),
    "too much memory times passes": (ParametersRefusedError, cost(memory=2 * MIB * MIB, passes=9)),
    "too much in a slot with a key file": (
        ParametersRefusedError,
        written(SLOT + 152, struct.pack(">BBHII", 3, 1, 1, 33, 19 * MIB)),
    ),
}
BEFORE_ANY_WORK = TRUNCATED | TRAILING | DAMAGED | NO_WRITER | NEWER | TOO_LARGE | REFUSED

AFTER_THE_PASSPHRASE: dict[str, Case] = {
    "another salt": (WrongPassphraseError, lambda c: rehashed(flip(c, SLOT + 16))),
    "another check": (WrongPassphraseError, lambda c: rehashed(flip(c, SLOT + 56))),
    "another cost": (WrongPassphraseError, cost(passes=2)),
    "only a recovery slot": (
        WrongPassphraseError,
        written(SLOT, b"\2" + bytes(7) + bytes(range(144))),
    ),
    "another nonce of the wrapped keys": (
        AlteredError,
        lambda c: rehashed(flip(c, SLOT + 32)),
    ),
    "other wrapped keys": (AlteredError, lambda c: rehashed(flip(c, SLOT + 72))),
    "another tag of the wrapped keys": (AlteredError, lambda c: rehashed(flip(c, SLOT + 151))),
    "another vault's id": (AlteredError, lambda c: rehashed(flip(c, 20))),
    "a newer generation": (AlteredError, number(32, 8, 1000)),
    "another body nonce": (AlteredError, lambda c: rehashed(flip(c, 60))),
    "its slot in the second place": (AlteredError, slot_moved(1)),
    "its slot in the last place": (AlteredError, slot_moved(7)),
    "its slot twice": (AlteredError, slot_moved(3, keep=True)),
    "a recovery slot put in": (
        AlteredError,
        written(SLOT + 152, b"\2" + bytes(7) + bytes(range(144))),
    ),
    "a shorter body that fits its length": (AlteredError, lambda c: _longer(c, 0)[:-1] + b"\0"),
    "a longer body that fits its length": (AlteredError, lambda c: _longer(c, 4096)),
} | {
    f"byte {at} of the body flipped": (AlteredError, flipped(at))
    for at in (HEADER, HEADER + 8, HEADER + 100, HEADER + BODY // 2, -17, -16, -1)
}


def _longer(content: bytes, more: int) -> bytes:
    size = padded_size(BODY - 16 + more) + 16
    lengthened = put(content, 40, size.to_bytes(8, "big")).ljust(HEADER + size, b"\0")
    return rehashed(lengthened)


def test_the_file_that_all_of_this_is_done_to_is_sound(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vault.nkw"
    path.write_bytes(sound)
    with unlock(path) as vault:
        assert names_in(vault) == {"first", "second"}
    assert rehashed(sound) == sound
    cases = len(BEFORE_ANY_WORK) + len(AFTER_THE_PASSPHRASE) + len(STRANGERS)
    assert cases > 150


@pytest.mark.parametrize(("expected", "change"), BEFORE_ANY_WORK.values(), ids=BEFORE_ANY_WORK)
def test_what_the_header_shows_is_refused_before_any_work(
    sound: bytes,
    tmp_path: Path,
    derivations: list[KdfCost],
    expected: type[VaultError],
    change: Change,
) -> None:
    path = tmp_path / "vault.nkw"
    path.write_bytes(change(sound))
    tracemalloc.start()
    try:
        refused(path, expected)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert derivations == []
    assert most < 256 * 1024


@pytest.mark.parametrize(
    ("expected", "change"), AFTER_THE_PASSPHRASE.values(), ids=AFTER_THE_PASSPHRASE
)
def test_an_alteration_that_the_header_hides_shows_with_the_passphrase(
    sound: bytes,
    tmp_path: Path,
    derivations: list[KdfCost],
    expected: type[VaultError],
    change: Change,
) -> None:
    path = tmp_path / "vault.nkw"
    path.write_bytes(change(sound))
    refused(path, expected)
    assert len(derivations) <= 2


def _png() -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(2000)


def _sqlite() -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE keys (public TEXT)")
        return database.serialize()


STRANGERS: dict[str, bytes] = {
    "a text": b"SUAKYRHVIOREXV7EUZTBHUHL7NUMHPMAS7QMDU3GTIUWEI5LDNOXD43IZY\n" * 40,
    "one newline": b"\n",
    "zeros": bytes(70_000),
    "a picture": _png(),
    "an archive": b"PK\3\4" + bytes(3000),
    "compressed": gzip.compress(b"x" * 9000) + zlib.compress(b"y"),
    "a SQLite database": _sqlite(),
    "a KeePass database": bytes.fromhex("03d9a29a67fb4bb5") + bytes(3000),
    "an age file": b"age-encryption.org/v1\n-> scrypt " + b"A" * 3000,
    "a program": b"\x7fELF\2\1\1" + bytes(3000),
    "chance": random.Random(1).randbytes(70_000),
    "a magic with one byte wrong": b"\x89NKX\r\n\x1a\n" + bytes(2000),
}


@pytest.mark.parametrize("content", STRANGERS.values(), ids=STRANGERS)
def test_a_file_of_another_kind_is_no_vault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vault.nkw"
    path.write_bytes(content)
    refused(path, NotAVaultError)


def test_a_wrong_passphrase_is_told_from_a_damaged_and_an_altered_file(
    sound: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "vault.nkw"
    said = set()
    for content, expected in (
        (rehashed(flip(sound, SLOT + 56)), WrongPassphraseError),
        (flip(sound, SLOT + 56), HeaderDamagedError),
        (flip(sound, -1), AlteredError),
    ):
        path.write_bytes(content)
        said.add(refused(path, expected))
    assert len(said) == 3


def test_an_altered_body_says_nothing_to_who_has_another_passphrase(
    sound: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "vault.nkw"
    path.write_bytes(flip(sound, -1))
    with pytest.raises(WrongPassphraseError):
        Vault.unlock(path, passphrase("another passphrase"))
