"""Letters and digits as numbers, so that no piece of a passphrase is copied into a str. Pure."""

from __future__ import annotations

import unicodedata

_LEET = dict(zip(map(ord, "@4^8(3€69!0$5§7+2%"), map(ord, "aaabceeggiosssttzx"), strict=True))


def is_letter(code: int) -> bool:
    """Whether it is a letter of an alphabet; signs that are words, as in Chinese, are none."""
    if code < 0x80:
        return 0x61 <= code <= 0x7A or 0x41 <= code <= 0x5A
    return code < 0x2E80 and unicodedata.category(chr(code)).startswith("L")


def is_capital(code: int) -> bool:
    return 0x41 <= code <= 0x5A


def is_digit(code: int) -> bool:
    return 0x30 <= code <= 0x39


def lower(code: int) -> int:
    """The character in lower case, where that is one character."""
    if code < 0x80:
        return code + 0x20 if 0x41 <= code <= 0x5A else code
    lowered = chr(code).lower()
    return ord(lowered) if len(lowered) == 1 else code


def leet(code: int, one: int) -> int:
    """The letter that a digit or sign stands for; `1` is an i or an l, and `|` too."""
    return one if code in {0x31, 0x7C} else _LEET.get(code, code)
