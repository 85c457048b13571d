"""The buffer that holds a passphrase.

A passphrase is UTF-8 in Unicode's NFKC form, so that it opens the vault whatever keyboard or
system composed its letters. It lives in a bytearray that its owner overwrites; one of plain
ASCII letters is never copied into anything else here, others pass through a `str` once.
"""

from __future__ import annotations

import unicodedata
from typing import NoReturn

from wallet.errors import PassphraseRefusedError
from wallet.secrets import sodium

MAX_BYTES = 1024


class Passphrase:
    """A passphrase in a buffer of its own: NFKC, UTF-8, 1 to 1,024 bytes.

    Takes text, or its UTF-8 bytes. Never shown: it refuses to be formatted, copied or pickled.
    Raises `PassphraseRefusedError` for what cannot be a passphrase: nothing at all, control
    characters, bytes that are no UTF-8, more than 1,024 bytes.
    """

    __slots__ = ("raw", "typed")

    raw: bytearray
    """The bytes to derive keys from. Belongs to this object; empty after `wipe`."""

    typed: int
    """How many characters were given: of one, as of `ﷺ`, Unicode's normal form makes many."""

    def __init__(self, text: str | bytes | bytearray) -> None:
        self.typed = len(text) if isinstance(text, str) else characters(text)
        self.raw = bytearray()  # so that wipe() works whatever happens next
        ascii_only = text.isascii()
        raw = _from_text(text) if isinstance(text, str) or not ascii_only else bytearray(text)
        try:
            _refuse_impossible(raw)
        except PassphraseRefusedError:
            sodium.wipe(raw)
            raise
        self.raw = raw

    def matches(self, other: Passphrase) -> bool:
        """Whether both are the same, in a time that does not depend on where they differ."""
        return sodium.same(self.raw, other.raw)

    def copy(self) -> Passphrase:
        """Another buffer with the same passphrase, to be wiped by whoever asked for it."""
        copy = Passphrase(self.raw)
        copy.typed = self.typed
        return copy

    def wipe(self) -> None:
        """Overwrite the passphrase and forget it."""
        sodium.wipe(self.raw)
        self.raw = bytearray()

    def __enter__(self) -> Passphrase:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "Passphrase(…)"

    def __str__(self) -> NoReturn:
        raise TypeError("a passphrase is not to be shown")

    def __format__(self, _spec: str) -> NoReturn:
        raise TypeError("a passphrase is not to be shown")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a passphrase is not to be stored")

    def __copy__(self) -> NoReturn:
        raise TypeError("use Passphrase.copy(), and wipe what it gives")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError("use Passphrase.copy(), and wipe what it gives")


def characters(raw: bytes | bytearray) -> int:
    """Count the characters that UTF-8 bytes hold."""
    return sum(byte & 0xC0 != 0x80 for byte in raw)


def _from_text(text: str | bytes | bytearray) -> bytearray:
    try:
        decoded = text if isinstance(text, str) else text.decode()
        return bytearray(unicodedata.normalize("NFKC", decoded).encode())
    except UnicodeError:
        raise PassphraseRefusedError(
            "This cannot be a passphrase: it is not text in UTF-8."
        ) from None


def _refuse_impossible(raw: bytearray) -> None:
    if not raw:
        raise PassphraseRefusedError("A passphrase has at least one character.")
    if len(raw) > MAX_BYTES:
        raise PassphraseRefusedError(
            f"A passphrase has at most {MAX_BYTES} bytes; this one is longer."
        )
    if _has_control(raw):
        raise PassphraseRefusedError(
            "A passphrase is one line of text: this one holds a tab, a line end or another "
            "control character."
        )


def _has_control(raw: bytearray) -> bool:
    if any(byte < 0x20 or byte == 0x7F for byte in raw):
        return True
    if raw.isascii():
        return False
    return any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in raw.decode())
