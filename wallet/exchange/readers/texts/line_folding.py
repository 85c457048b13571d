"""Texts as files, variables and secrets stores keep them, laid out again in lines. Pure.

`.env` files and JSON have `\\n` in the place of line ends, a shell's `$(cat x.creds)` has blanks
there, Kubernetes keeps all of it in base64. What is given back is a new buffer, to be wiped.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from wallet.secrets import encoding, sodium

MOST_LAYERS = 2  # base64 in base64: a Secret made of what was in base64 already

_ESCAPED_END = re.compile(rb"(?:\\r)?\\n")
# From the first dash of a run on, so that no text takes more than one pass.
_MARKER = rb"(?<!-)-{3,}+[ \t]*+(?:BEGIN|END) [A-Z ]{1,80}?-{3,}+"
_INLINE_MARKER = re.compile(rb"(?<=[^\r\n])" + _MARKER + rb"|" + _MARKER + rb"(?=[^\r\n])")
_BASE64 = re.compile(rb"(?<![\w+/=-])[\w+/-]{40,}+={0,2}(?![\w+/=-])")
_WRAPPED = re.compile(rb"[\w+/-]{16,}+(?:\s++[\w+/-]++)*+={0,2}")


def laid_out(content: bytes | bytearray) -> bytearray | None:
    """The text in UTF-8, without a mark, a line where a line was; None when it is no text."""
    try:
        plain = encoding.utf8(content)
    except ValueError:
        return None
    if b"\0" in plain:
        sodium.wipe(plain)
        return None
    for pattern, by in ((_ESCAPED_END, rb"\n"), (_INLINE_MARKER, rb"\n\g<0>\n")):
        if pattern.search(plain):
            changed = _replaced(plain, pattern, by)
            sodium.wipe(plain)
            plain = changed
    return plain


def _replaced(content: bytearray, pattern: re.Pattern[bytes], by: bytes) -> bytearray:
    """Replace matches in one buffer with room for all: growing it would leave copies of seeds."""
    places = [(match.start(), match.end(), match.expand(by)) for match in pattern.finditer(content)]
    out = bytearray(len(content) + sum(len(new) - (end - at) for at, end, new in places))
    read = written = 0
    with memoryview(content) as view:
        for at, end, new in [*places, (len(content), len(content), b"")]:
            for part in (view[read:at], new):
                out[written : written + len(part)] = part
                written += len(part)
            read = end
    return out


def layers(content: bytearray, start: int, end: int) -> Iterator[tuple[slice, bytearray]]:
    """The words of a stretch that are base64 of some text: where, and the text, to be wiped."""
    for match in _BASE64.finditer(content, start, end):
        if (inner := _decoded(match[0])) is not None:
            yield slice(*match.span()), inner


def whole_layer(content: bytearray) -> bytearray | None:
    """Decode a text that is base64 as a whole, in lines of any length; None for another."""
    stripped = content.strip()
    try:
        if not _WRAPPED.fullmatch(stripped):
            return None
        return _decoded(bytes(stripped))
    finally:
        sodium.wipe(stripped)


def _decoded(word: bytes) -> bytearray | None:
    word = b"".join(word.split()).rstrip(b"=").translate(_STANDARD)
    try:
        decoded = bytearray(binascii.a2b_base64(word + b"=" * (-len(word) % 4), strict_mode=True))
    except binascii.Error:
        return None
    text = laid_out(decoded)
    sodium.wipe(decoded)
    return text


_STANDARD = bytes.maketrans(b"-_", b"+/")
