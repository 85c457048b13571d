"""Finds whole seeds, by their check characters, whatever stands between their own. Pure."""

from __future__ import annotations

import re
import unicodedata
from binascii import crc_hqx
from collections.abc import Iterable

from wallet.nats.base32 import ALPHABET

_SECRETS = (
    (re.compile(r"(?=(S[OAUNCX]A[A-P][A-Z2-7]{53}[AEIMQUY4]))"), 36),
    (re.compile(r"(?=(P[A-D][A-Z2-7]{106}))"), 67),  # a private key, which holds the seed
    (re.compile(r"(?=(P[A-D][A-Z2-7]{54}))"), 35),  # that of a curve key
)
"""The forms of secrets, each with the bytes that it is of."""
_MISREAD = (str.maketrans("018", "OIB"), str.maketrans("018", "OLB"))


def hold_a_seed(texts: Iterable[str]) -> bool:
    """Whether texts, one behind the other, hold a seed or private key with right check characters.

    An O that was read as 0, an I or L as 1, a B as 8 are taken as they are meant.
    """
    text = "".join(filter(str.isalnum, "".join(map(plain_characters, texts)).upper()))
    readings = [text, *(map(text.translate, _MISREAD) if re.search("[018]", text) else [])]
    return any(
        _is_right(one[1], size)
        for reading in readings
        for form, size in _SECRETS
        for one in form.finditer(reading)
    )


def plain_characters(text: str) -> str:
    """The characters as they are meant: full-width ones as usual ones, and none that is unseen."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    return "".join(one for one in folded if unicodedata.category(one) != "Cf")


def _is_right(text: str, size: int) -> bool:
    number = 0
    for character in text:
        number = number << 5 | ALPHABET.index(character)
    data = (number >> (5 * len(text) - 8 * size)).to_bytes(size, "big")
    return crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little")
