"""The single mistakes that would explain a text that is nearly a key. Pure.

The checksum has 16 bits and a text about 1,800 neighbours, so a right correction is usually the
only one; now and then another fits by chance, and all are given.
"""

from __future__ import annotations

from collections.abc import Iterator

from wallet.errors import KeyFormatError
from wallet.nats.base32 import ALPHABET
from wallet.nats.nkeys import PUBLIC_LENGTH, SEED_LENGTH, Seed, decode_public


def suggest(text: str) -> list[str]:
    """The public keys or seeds that exactly one changed character, or one swap of neighbours,
    makes of `text`. Usually none or one; a seed among them is a secret.
    """
    stripped = text.strip().upper()
    if len(stripped) not in {PUBLIC_LENGTH, SEED_LENGTH}:
        return []
    candidates: dict[str, None] = {}
    for candidate in _neighbours(stripped):
        if _is_right(candidate):
            candidates[candidate] = None
    return list(candidates)


def _neighbours(text: str) -> Iterator[str]:
    for at, original in enumerate(text):
        for character in ALPHABET:
            if character != original:
                yield text[:at] + character + text[at + 1 :]
        if at + 1 < len(text) and text[at + 1] != original:
            yield text[:at] + text[at + 1] + original + text[at + 2 :]


def _is_right(text: str) -> bool:
    try:
        if text[0] == "S":
            with Seed.decode(text):
                return True
        decode_public(text)
    except KeyFormatError:
        return False
    return True
