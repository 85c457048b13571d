"""The single mistakes that would explain a text that is nearly a key. Pure.

The checksum has 16 bits and a text about 1,800 neighbours, so a right correction is usually the
only one; now and then another fits by chance, and all are given.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from wallet.errors import KeyFormatError
from wallet.nats.base32 import ALPHABET
from wallet.nats.nkeys import PUBLIC_LENGTH, SEED_LENGTH, Seed, crc16, decode_public


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
    """The texts that one mistake away have a right checksum."""
    strange = [at for at, character in enumerate(text) if character not in ALPHABET]
    if strange:
        before, after = text[: strange[0]], text[strange[0] + 1 :]
        yield from (before + character + after for character in ALPHABET if not strange[1:])
        return
    values = [ALPHABET.index(character) for character in text]
    effects = _effects(len(text))
    wrong = 0
    for effect, value in zip(effects, values, strict=True):
        wrong ^= effect[value]
    for at, value in enumerate(values):
        for other, character in enumerate(ALPHABET):
            if other != value and effects[at][other ^ value] == wrong:
                yield text[:at] + character + text[at + 1 :]
        change = value ^ values[at + 1] if at + 1 < len(text) else 0
        if change and effects[at][change] ^ effects[at + 1][change] == wrong:
            yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@cache
def _effects(length: int) -> list[list[int]]:
    """The effect of each change of each character's five bits on a text's checksum: on how the
    one that stands in it differs from the one that is computed of it.

    Both are linear: the effect of two changes is that of one xor that of the other.
    """
    size, spare = divmod(length * 5, 8)
    effects = []
    for after in reversed(range(length)):
        texts = [(bits << 5 * after >> spare).to_bytes(size, "big") for bits in range(32)]
        effects.append([crc16(data[:-2]) ^ data[-2] ^ data[-1] << 8 for data in texts])
    return effects


def _is_right(text: str) -> bool:
    try:
        if text[0] == "S":
            with Seed.decode(text):
                return True
        decode_public(text)
    except KeyFormatError:
        return False
    return True
