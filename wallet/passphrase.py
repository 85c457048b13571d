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
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NoReturn

from wallet import sodium
from wallet.errors import PassphraseRefusedError

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

    __slots__ = ("raw",)

    raw: bytearray
    """The bytes to derive keys from. Belongs to this object; empty after `wipe`."""

    def __init__(self, text: str | bytes | bytearray) -> None:
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
        return Passphrase(self.raw)

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


@dataclass(frozen=True, slots=True)
class Strength:
    """How hard a passphrase is to guess, for somebody who knows how people choose them.

    `score` is 0 (refused) to 4; `label` one word for it; `hint` a sentence: why it is refused,
    or what would make it better. Empty when nothing needs to be said.
    """

    label: str
    score: int
    hint: str


def check_new(passphrase: Passphrase) -> Strength:
    """Judge a passphrase that is to protect a vault.

    Raises `PassphraseRefusedError`, saying why, when it is shorter than 15 characters,
    repetitive, or among those tried first.
    """
    strength = judge(passphrase.raw)
    if strength.score == 0:
        raise PassphraseRefusedError(strength.hint)
    return strength


def judge(raw: bytearray) -> Strength:
    """The same for what is typed so far: never raises, and gives score 0 for what is refused.

    Rough on purpose. It makes no copy of the passphrase, and knows the wallet's own words,
    years and keyboard rows; it cannot know your dog's name.
    """
    reason = _refusal(raw)
    if reason:
        return Strength("not yet", 0, reason)
    bits = _guessing_bits(raw)
    if bits < 30:
        return Strength(
            "not yet",
            0,
            "This is among the first that anybody would try. Take words that do not belong "
            "together, or let the wallet make one.",
        )
    if bits < 45:
        return Strength("weak", 1, "Two or three more words would make it much stronger.")
    if bits < 60:
        return Strength("fair", 2, "One or two more words would make it strong.")
    if bits < 75:
        return Strength("good", 3, "")
    return Strength("strong", 4, "")


def generate(words: int = 6) -> Passphrase:
    """A new passphrase of `words` words of the list, by chance, with blanks between them.

    Six have 77 bits, which no guessing at the vault's derivation reaches; seven have 90.
    """
    listed = _words()
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


def _refusal(raw: bytearray) -> str:
    """Why this cannot be a new passphrase, or nothing."""
    count = characters(raw)
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
        if any(folded == common for common in _COMMON):
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


_COMMON = (
    b"correcthorsebatterystaple",
    b"thequickbrownfoxjumpsoverthelazydog",
    b"loremipsumdolorsitamet",
    b"tobeornottobethatisthequestion",
    b"maytheforcebewithyou",
    b"iloveyousomuch",
    b"iloveyouforever",
    b"letmeinletmeinplease",
    b"thisismypassword",
    b"thisisapassword",
    b"mypasswordissecret",
    b"onceuponatimeinalandfarfaraway",
    b"allyourbasearebelongtous",
    b"nevergonnagiveyouup",
)

# Words that cost a guesser nearly nothing: of passwords, and of what this wallet is about.
_OBVIOUS = (
    b"password passwort passphrase passw0rd secret letmein welcome admin administrator root login "
    b"iloveyou dragon monkey master superman batman football baseball princess sunshine shadow "
    b"hello world test testing changeme default guest user users operator account accounts server "
    b"cluster curve nats nkey nkeys wallet vault seed seeds keys jetstream synadia admin1 abc123 "
    b"the and for you not that this with are have love"
).split()
_ROWS = (b"qwertyuiop", b"qwertzuiop", b"azertyuiop", b"asdfghjkl", b"zxcvbnm", b"yxcvbnm")


def _guessing_bits(raw: bytearray) -> float:
    """Roughly the bits of guessing: pieces from the front, each at what a guesser pays for it."""
    folded = raw.lower()
    try:
        bits, at = 0.0, 0
        seen: set[int] = set()
        while at < len(folded):
            length, piece, kind = _piece(folded, at)
            # What was there before costs almost nothing the second time.
            bits += 1 if kind in seen else piece
            seen.add(kind)
            at += length
        return bits + min(10.0, 1.5 * _capitals(raw))
    finally:
        sodium.wipe(folded)


def _piece(folded: bytearray, at: int) -> tuple[int, float, int]:
    """The longest piece at `at`: its length, its bits, and a number that tells it from others."""
    run = _run(folded, at)
    word, bits, number = _word(folded, at)
    if run >= 3 and run >= word:
        # Two ends and a direction: all that is to be guessed of a run.
        return run, 5.0, hash((run, folded[at], folded[at + 1]))
    if word:
        return word, bits, number
    byte = folded[at]
    if 0x61 <= byte <= 0x7A:
        # English spends about two bits on a letter that follows another one.
        follows = at > 0 and 0x61 <= folded[at - 1] <= 0x7A
        return 1, 2.3 if follows else 4.0, -at - 1
    if 0x30 <= byte <= 0x39:
        return (4, 5.0, 1) if _is_year(folded, at) else (1, 3.0, -at - 1)
    if byte >= 0x80:
        return 1, 4.0 if byte >= 0xC0 else 1.0, -at - 1
    return 1, 5.0, byte  # a blank or sign: the same one again separates, and says nothing new


def _word(folded: bytearray, at: int) -> tuple[int, float, int]:
    """The longest known word at `at`, as length, bits and number; length 0 when there is none."""
    known, longest = _known()
    found, number = (0, 0.0, 0), 0
    # Numbers stand for the pieces, so that no part of the passphrase becomes an object.
    for length in range(1, min(longest, len(folded) - at) + 1):
        number = _add(number, folded[at + length - 1])
        if number in known:
            found = (length, known[number], number)
    return found


def _run(folded: bytearray, at: int) -> int:
    """How many characters from `at` repeat, count up or down, or follow a keyboard's row."""
    best = 1
    for step in (0, 1, -1):
        length = 1
        while at + length < len(folded) and (
            folded[at + length] - folded[at + length - 1] == step
            or (step == 1 and folded[at + length - 1] == 0x39 and folded[at + length] == 0x30)
        ):
            length += 1
        best = max(best, length)
    for row in _ROWS:
        place = row.find(folded[at])
        length = 0
        while (
            place >= 0
            and at + length < len(folded)
            and place + length < len(row)
            and folded[at + length] == row[place + length]
        ):
            length += 1
        best = max(best, length)
    return best


def _is_year(folded: bytearray, at: int) -> bool:
    if at + 4 > len(folded):
        return False
    century = (folded[at] - 0x30) * 10 + folded[at + 1] - 0x30
    return century in {19, 20} and all(0x30 <= folded[at + i] <= 0x39 for i in (2, 3))


def _capitals(raw: bytearray) -> int:
    """Capitals that do not stand first, where everybody puts one."""
    return sum(0x41 <= byte <= 0x5A for byte in raw[1:])


def _add(number: int, byte: int) -> int:
    return ((number ^ byte) * 0x100000001B3 + 1) & 0xFFFFFFFFFFFFFFFF


@cache
def _words() -> tuple[bytes, ...]:
    text = resources.files("wallet").joinpath("data/words.txt").read_bytes()
    return tuple(text.split())


@cache
def _known() -> tuple[dict[int, float], int]:
    """Known words by their number, with the bits each is worth, and the longest one's length."""
    known: dict[int, float] = {}
    for words, bits in ((_words(), 12.9), (_OBVIOUS, 3.0)):
        for word in words:
            number = 0
            for byte in word:
                number = _add(number, byte)
            known[number] = bits
    return known, max(map(len, (*_words(), *_OBVIOUS)))
