"""Sizes of files as people write them: 500M, 2G. Binary units, as disks and tools show them."""

from __future__ import annotations

from wallet.errors import UsageError

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_LONGEST = 15  # digits


def read(text: str) -> int:
    """Bytes. Raises `UsageError`."""
    text = text.strip()
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].isalpha() else (text, "")
    if not (number.isascii() and number.isdigit()) or unit not in _UNITS or len(number) > _LONGEST:
        raise UsageError(f"{text!r} is no size: write 500M, 2G, or 0 for no limit.")
    return int(number) * _UNITS[unit]


def written(size: int) -> str:
    """A size in bytes as people write it, in the largest unit that leaves no rest."""
    unit = next(u for u in ("G", "M", "K", "") if (size and size % _UNITS[u] == 0) or not u)
    return f"{size // _UNITS[unit]}{unit}"
