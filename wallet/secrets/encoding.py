"""Texts as other systems write them: with a byte-order mark, in UTF-8 or UTF-16. Pure.

Windows' editors and PowerShell begin a text with U+FEFF. It says how the rest is written and is
no part of it; a reader that takes it for a letter does not know what the text is any more.
"""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from wallet.secrets.sodium import Bytes

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE)
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def is_marked(content: Bytes) -> bool:
    """Whether the text begins with a mark."""
    return content[:2] in _MARKS or content[:3] == BOM_UTF8


def utf8(content: Bytes) -> bytearray:
    """The text's bytes in UTF-8 without a mark, in a new buffer for the caller to wipe.

    What has no mark is copied as it is. Raises `ValueError` for UTF-16 that was cut off.
    """
    if content[:3] == BOM_UTF8:
        return bytearray(memoryview(content)[3:])
    if content[:2] == BOM_UTF16_LE:
        return _from_utf16(content, low=0)
    if content[:2] == BOM_UTF16_BE:
        return _from_utf16(content, low=1)
    return bytearray(content)


def base64(content: Bytes) -> bytearray:
    """The content in base64 (RFC 4648), in a new buffer for the caller to wipe."""
    coded = bytearray(b"=" * (4 * ((len(content) + 2) // 3)))
    for place in range(0, len(content), 3):
        group = content[place : place + 3]
        bits = int.from_bytes(group, "big") << 8 * (3 - len(group))
        for digit in range(len(group) + 1):
            coded[place // 3 * 4 + digit] = _BASE64[bits >> (18 - 6 * digit) & 63]
    return coded


def text(content: bytes | bytearray) -> str:
    """Decode what is no secret to a `str`. Raises `ValueError` for what is no UTF-8 or UTF-16."""
    return bytes(utf8(content)).decode("utf-8")


def _from_utf16(content: Bytes, low: int) -> bytearray:
    """`low` is where of a unit's two bytes the lower one stands. No `str` of a secret is made."""
    if len(content) % 2:
        raise ValueError("an odd number of bytes is no UTF-16")
    with memoryview(content) as view, view[2 + low :: 2] as lower, view[3 - low :: 2] as upper:
        if not any(upper) and all(byte < 0x80 for byte in lower):
            return bytearray(lower)
        out, first = bytearray(), 0
        for high, rest in zip(upper, lower, strict=True):
            unit = high << 8 | rest
            if 0xD800 <= unit < 0xDC00:
                first = unit
                continue
            if 0xDC00 <= unit < 0xE000 and first:
                unit = 0x10000 + ((first - 0xD800) << 10) + (unit - 0xDC00)
            first = 0
            out += chr(unit).encode("utf-8", "replace")
        return out
