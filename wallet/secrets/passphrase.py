"""Passphrases: the buffer that holds one, what a new one must be, and making one.

A passphrase is UTF-8 in Unicode's NFKC form, so that it opens the vault whatever keyboard or
system composed its letters. It lives in a bytearray that its owner overwrites; one of plain
ASCII letters is never copied into anything else here, others pass through a `str` once.

A new one needs length, not rules about digits and signs: 15 characters, and not one of those
that are tried first. A generated one is words of a list that ships with the wallet, by chance,
with a blank between them: blanks are easy to type, and four of the words hold a hyphen.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable
from typing import NoReturn

from wallet.errors import PassphraseRefusedError
from wallet.secrets import sodium, strength
from wallet.secrets.strength import Strength

MIN_CHARACTERS = 15
MAX_BYTES = 1024
LIST_LENGTH = 7776
"""Words to choose from: 12.9 bits each, so six have 77 bits and seven 90."""

_SEPARATOR = 0x20
_MANY = 4  # different characters a passphrase has at least


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


def check_new(passphrase: Passphrase, known: Iterable[str] = ()) -> Strength:
    """Judge a passphrase that is to protect a vault. `known` are texts that stand in the vault.

    Raises `PassphraseRefusedError`, saying why, when it is shorter than 15 characters,
    repetitive, or among those tried first.
    """
    found = judge(passphrase.raw, known, typed=passphrase.typed)
    if found.score == 0:
        raise PassphraseRefusedError(found.hint)
    return found


def judge(raw: bytearray, known: Iterable[str] = (), *, typed: int | None = None) -> Strength:
    """The same for what is typed so far: never raises, and gives score 0 for what is refused.

    `typed` is of how many characters `raw` was made, where one became many: so many count.
    Rough on purpose; it cannot know your dog's name.
    """
    count = characters(raw) if typed is None else min(typed, characters(raw))
    reason = _refusal(raw, count)
    if reason:
        return Strength("not yet", 0, reason)
    return strength.of_bits(strength.guessing_bits(raw, known) * count / characters(raw))


def generate(words: int = 6) -> Passphrase:
    """A new passphrase of `words` words of the list, by chance, with blanks between them.

    Six have 77 bits, which no guessing at the vault's derivation reaches; seven have 90.
    """
    listed = strength.words()
    chosen = bytearray()
    for number in range(words):
        if number:
            chosen.append(_SEPARATOR)
        chosen += listed[secrets.randbelow(len(listed))]
    try:
        return Passphrase(chosen)
    finally:
        sodium.wipe(chosen)


def characters(raw: bytes | bytearray) -> int:
    """How many characters the UTF-8 bytes hold."""
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


def _refusal(raw: bytearray, count: int) -> str:
    """Why this cannot be a new passphrase, or nothing."""
    if count < MIN_CHARACTERS:
        missing = MIN_CHARACTERS - count
        return (
            f"At least {MIN_CHARACTERS} characters, please: {missing} more. Several words are "
            "easier to remember than signs."
        )
    if not raw.isascii() and any(unicodedata.category(c) == "Cn" for c in raw.decode()):
        return (
            "It holds a character this system does not know yet, which another may store in "
            "another way. Please leave that out."
        )
    folded = _folded(raw)
    try:
        if len(set(folded)) < _MANY or _period(folded):
            return "This repeats itself. Take words that do not belong together."
        if any(folded == common for common in strength.sentences()):
            return "This one is in every list of known passphrases. Please take another."
    finally:
        sodium.wipe(folded)
    return ""


def _folded(raw: bytearray) -> bytearray:
    """Lower case, and without the blanks and signs that people put between."""
    folded = raw.lower()
    kept = bytearray(len(folded))
    length = 0
    for byte in folded:
        if byte >= 0x80 or 0x30 <= byte <= 0x39 or 0x61 <= byte <= 0x7A:
            kept[length] = byte
            length += 1
    result = kept[:length]
    sodium.wipe(folded, kept)
    return result


def _period(folded: bytearray) -> bool:
    """Whether it is one piece, said twice or more."""
    length = len(folded)
    return any(
        all(folded[i] == folded[i - size] for i in range(size, length))
        for size in range(1, length // 2 + 1)
    )
