"""Unpadded base32 in capitals, read and written for keys, with a reason for every refusal. Pure.

What is secret goes from one bytearray into another: the standard library's functions would
leave copies behind that nothing can overwrite. No refusal shows more than one place of a text.

Source: RFC 4648, section 6.
"""

from __future__ import annotations

from wallet.errors import KeyFormatError

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CHARACTERS = frozenset(ALPHABET)
_DIGITS = str.maketrans(ALPHABET, "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_CODES = ALPHABET.encode("ascii")
_BYTES = frozenset(_CODES)
_VALUES = bytes(max(ALPHABET.find(chr(code)), 0) for code in range(256))


def decode(text: str, length: int, what: str) -> bytes:
    """The bytes of exactly `length` characters, a multiple of 8.

    Raises `KeyFormatError` with the first thing that a person would fix: `empty`, `trailing`,
    `case`, `alphabet` or `length`. `what` begins its sentence.
    """
    if len(text) != length or not _CHARACTERS.issuperset(text):
        raise _refusal(text, length, what)
    # Four times as quick as `base64.b32decode`; 100,000 keys are read at once.
    return int(text.translate(_DIGITS), 32).to_bytes(length * 5 // 8, "big")


def decode_secret(text: bytearray, length: int, what: str) -> bytearray:
    """Decode the characters in a buffer into a new buffer, for the caller to wipe."""
    if len(text) != length or not _BYTES.issuperset(text):
        raise _refusal(text.decode("latin-1"), length, what)
    decoded = bytearray(length * 5 // 8)
    bits, bit_count, at = 0, 0, 0
    for code in text:
        bits, bit_count = (bits << 5 | _VALUES[code]) & 0xFFF, bit_count + 5
        if bit_count >= 8:
            bit_count -= 8
            decoded[at] = bits >> bit_count & 0xFF
            at += 1
    return decoded


def encode_secret(data: bytearray) -> bytearray:
    """The characters of `data` in a new buffer, for the caller to wipe."""
    encoded = bytearray((len(data) * 8 + 4) // 5)
    bits, bit_count, at = 0, 0, 0
    for byte in data:
        bits, bit_count = (bits << 8 | byte) & 0xFFF, bit_count + 8
        while bit_count >= 5:
            bit_count -= 5
            encoded[at] = _CODES[bits >> bit_count & 31]
            at += 1
    if bit_count:
        encoded[at] = _CODES[bits << (5 - bit_count) & 31]
    return encoded


def _refusal(text: str, length: int, what: str) -> KeyFormatError:
    if not text.strip():
        return KeyFormatError("empty", f"{what} was expected, and there is nothing.")
    first, *rest = text.split(maxsplit=1)
    if rest:
        if len(first) == length:
            return KeyFormatError(
                "trailing", f"{what} is followed by other text. Give the {length} characters alone."
            )
        return KeyFormatError("alphabet", f"{what} has no blanks or line ends inside it.")
    if text.isascii() and not text.isupper() and _CHARACTERS.issuperset(text.upper()):
        return KeyFormatError("case", f"{what} is written in capital letters only.")
    for place, character in enumerate(text, 1):
        if character not in _CHARACTERS and not "a" <= character <= "z":
            hint = {"0": " Is it an O?", "1": " Is it an I or an L?", "8": " Is it a B?"}
            return KeyFormatError(
                "alphabet",
                f"{what} holds letters A to Z and digits 2 to 7 only; character {place} is "
                f"another.{hint.get(character, '')}",
            )
    more = len(text) - length
    return KeyFormatError(
        "length",
        f"{what} has {length} characters, this has {len(text)}: "
        + (f"{more} too many." if more > 0 else f"{-more} missing."),
    )
