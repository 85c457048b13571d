"""Unpadded URL-safe base64, as JWTs and signatures have it, in its one spelling. Pure.

Source: RFC 4648, section 5; RFC 7515, appendix C.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")


def encode(data: bytes) -> str:
    """The text of `data`."""
    text = b2a_base64(data, newline=False).rstrip(b"=")
    return text.translate(_FROM_STANDARD).decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of a text. Raises `ValueError` for one that encoding would not give."""
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    data = a2b_base64(padded.translate(_TO_STANDARD))  # as `base64` does, three times as quick
    if encode(data) != text:
        raise ValueError("not its one spelling")
    return data
