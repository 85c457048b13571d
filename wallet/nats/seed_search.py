"""Seeds in any bytes: by their form first, which costs little, and by their checksum then. Pure.

A seed is found in ASCII and in UTF-16, and in base64 as Kubernetes and mails have it, wherever in
the encoded text it begins. None is kept or given out: only where it stands, and its public key.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterator
from typing import NamedTuple

from wallet.errors import KeyFormatError
from wallet.nats.nkeys import PublicKey, Seed
from wallet.secrets import sodium

LONGEST = 512
"""No seed, however it is written, takes more bytes than this."""

# The third character is always A, the fourth one of A to P. In UTF-16 a zero stands between two.
_PLAIN = re.compile(rb"S\0?[OAUNCX]\0?A\0?[A-P](?:\0?[A-Z2-7]){54}")
# The same in base64, by how many bytes of its first group of three stand before the seed. A part of
# the S is in the character before what matches: which it may be, and what makes the group whole.
_ENCODED = (
    (re.compile(rb"U(?:1[Vh]|0[F95N])B"), b"", b"", 0),
    (re.compile(rb"N[PBVODY]Q[UV]"), b"FVl1", b"AF", 1),
    (re.compile(rb"T(?:T0|QU|VU|Tk|Q0|WE)F"), b"BFJNRVZdhlptx159", b"AAB", 2),
)
_GROUPS = 80  # characters of base64 that hold a seed and two bytes before it
_BETWEEN = b"\r\n\t \0"
_GAP = 64  # bytes that may stand between two characters of base64: a line's end, and blanks
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_ALPHABET = re.compile(rb"[A-Za-z0-9+/]*")


class SeedPlace(NamedTuple):
    """The place where a seed begins, in bytes, and whose it is."""

    offset: int
    public: PublicKey


def seeds_in(content: bytearray, end: int, begin_before: int | None = None) -> list[SeedPlace]:
    """The seeds in the first `end` bytes, in their order.

    With `begin_before`, only those that begin before that offset.
    """
    limit = end if begin_before is None else begin_before
    places = [*_plain(content, end, limit), *_encoded(content, end, limit)]
    return sorted(places, key=lambda place: place.offset)


def _plain(content: bytearray, end: int, limit: int) -> Iterator[SeedPlace]:
    at = 0
    while (match := _PLAIN.search(content, at, end)) and match.start() < limit:
        text = bytearray(match[0])
        public = _public_of(text)
        at = match.end() if public else match.start() + 1
        if public is not None:
            yield SeedPlace(match.start(), public)


def _encoded(content: bytearray, end: int, limit: int) -> Iterator[SeedPlace]:
    for pattern, preceding, before, skipped in _ENCODED:
        for match in pattern.finditer(content, 0, end):
            start = match.start()
            if start >= limit:
                break
            nearest = content[max(0, start - _GAP) : start].translate(_URL_SAFE, _BETWEEN)[-1:]
            if preceding and nearest and nearest not in preceding:
                continue
            plain = content[start : min(start + LONGEST, end)].translate(_URL_SAFE, _BETWEEN)
            run = _ALPHABET.match(plain)
            characters = before + (run[0] if run else b"")[:_GROUPS]
            text = bytearray(a2b_base64(characters[: len(characters) & ~3] + _rest(characters)))
            within = _PLAIN.match(text, skipped)
            public = _public_of(bytearray(within[0])) if within else None
            if public is not None:
                yield SeedPlace(start, public)


def _rest(characters: bytes) -> bytes:
    """The last group of base64, made whole: where it is cut short, and of no use with one."""
    rest = characters[len(characters) & ~3 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _public_of(text: bytearray) -> PublicKey | None:
    """The public key of a seed's text, which is wiped; None where it is no seed."""
    letters = text.translate(None, b"\0")
    try:
        with Seed.decode(letters) as seed:
            return seed.public
    except KeyFormatError:
        return None
    finally:
        sodium.wipe(text, letters)
