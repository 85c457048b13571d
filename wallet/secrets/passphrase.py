"""The buffer that holds a passphrase.

A passphrase is UTF-8 in Unicode's NFKC form, so that it opens the vault whatever keyboard or
system composed its letters. It lives in a bytearray that its owner overwrites; one of plain
ASCII letters is never copied into anything else here, others pass through a `str` once.
"""

from __future__ import annotations

import unicodedata

from wallet.errors import PassphraseRefusedError
from wallet.secrets import sodium
from wallet.secrets.buffers import SecretBuffer
from wallet.secrets.key_file import KeyFile

MAX_BYTES = 1024


class Passphrase(SecretBuffer):
    """A passphrase in a buffer of its own: NFKC, UTF-8, 1 to 1,024 bytes.

    Takes text, or its UTF-8 bytes. Raises `PassphraseRefusedError` for what cannot be a
    passphrase: nothing at all, control characters, bytes that are no UTF-8, more than 1,024 bytes.
    """

    __slots__ = ("key_file", "typed")

    typed: int
    """How many characters were given: of one, as of `ﷺ`, Unicode's normal form makes many."""

    key_file: KeyFile | None
    """The key file that was given with it, and is wiped with it."""

    def __init__(self, text: str | bytes | bytearray) -> None:
        self.typed = len(text) if isinstance(text, str) else characters(text)
        self.key_file = None
        super().__init__(bytearray())  # so that wipe() works whatever happens next
        ascii_only = text.isascii()
        raw = _from_text(text) if isinstance(text, str) or not ascii_only else bytearray(text)
        try:
            _refuse_impossible(raw)
        except PassphraseRefusedError:
            sodium.wipe(raw)
            raise
        self.raw = raw

    def with_key_file(self, key_file: KeyFile | None) -> Passphrase:
        """Let a copy of a key file go with this passphrase, in the place of one that did."""
        if self.key_file is not None:
            self.key_file.wipe()
        self.key_file = None if key_file is None else key_file.copy()
        return self

    def matches(self, other: Passphrase) -> bool:
        """Whether both are the same, in a time that does not depend on where they differ.

        A key file is no part of that.
        """
        return sodium.same(self.raw, other.raw)

    def copy(self) -> Passphrase:
        """Another buffer with the same passphrase, to be wiped by whoever asked for it."""
        copy = Passphrase(self.raw).with_key_file(self.key_file)
        copy.typed = self.typed
        return copy

    def wipe(self) -> None:
        """Overwrite the passphrase, and the key file that goes with it, and forget them."""
        super().wipe()
        self.with_key_file(None)


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
