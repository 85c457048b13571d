"""The strength of a new passphrase against somebody who knows how people choose them. Pure.

The cheapest way to say it counts: in known words and sentences, walks over a keyboard, runs,
years, famous numbers, public keys and what was there before, each at what a guesser pays for it.
It makes no copy of a passphrase that it does not overwrite; numbers stand for its pieces.

Only for a passphrase that is made: nothing here is asked when a vault is opened.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from wallet.secrets import keyboards
from wallet.secrets.known_texts import (
    MAX_KNOWN,
    Corpus,
    known_words,
    searched,
    shipped_corpora,
    words_at,
    words_of,
)
from wallet.secrets.letters import is_capital, is_digit, is_letter, leet, lower

JUDGED = 256
"""Characters that are looked at: so many are enough, or will never be."""


@dataclass(frozen=True, slots=True)
class Strength:
    """The strength of a passphrase against somebody who knows how people choose them.

    `score` is 0 (refused) to 4; `label` one word for it; `hint` a sentence: why it is refused,
    or what would make it better. Empty when nothing needs to be said.
    """

    label: str
    score: int
    hint: str


def of_bits(bits: float) -> Strength:
    """Name the strength that so many bits of guessing make."""
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


def guessing_bits(raw: bytearray, known: Iterable[str] = ()) -> float:
    """Roughly the bits of guessing at a passphrase in UTF-8. `known` are texts of the vault."""
    codes = _decoded(raw)
    # Where capitals begin, but for the first letter, where everybody puts one.
    capitals = sum(is_capital(b) and not is_capital(a) for a, b in pairwise(codes))
    folded = array("L", map(lower, codes))
    try:
        texts = tuple(known)
        of_vault = Corpus(searched(texts)[:MAX_KNOWN], gram=5, bits=6.0)
        bits = _cheapest(folded, (*shipped_corpora(), of_vault), words_of(texts))
        return bits + min(10.0, 1.5 * capitals)
    finally:
        for each in (codes, folded):
            each[:] = array("L", bytes(each.itemsize * len(each)))


def _cheapest(folded: Sequence[int], corpora: Sequence[Corpus], own: dict[int, float]) -> float:
    """The bits of the cheapest way to put the passphrase together from pieces."""
    length = len(folded)
    best = [0.0, *[float("inf")] * length]
    earlier = _earlier(folded)
    unleeted = [[leet(code, one) for code in folded] for one in (0x69, 0x6C)]
    letters = [at for at, code in enumerate(folded) if is_letter(code) or is_digit(code)]
    place = {at: number for number, at in enumerate(letters)}
    plain = array("L", (folded[at] for at in letters))
    for at in range(length):
        here = best[at]

        def piece(end: int, bits: float, here: float = here) -> None:
            best[end] = min(best[end], here + bits)

        piece(at + 1, _one(folded, at))
        for end, bits in _pieces(folded, at):
            piece(end, bits)
        for end in range(at + 4, at + earlier[at] + 1):
            piece(end, 2.0)
        for end, bits in chain(words_at(folded, at, known_words()), words_at(folded, at, own)):
            piece(end, bits)
        for spelled in unleeted:
            for end, bits in words_at(spelled, at, known_words()):
                piece(end, bits + 1.5)
        if at in place:  # sentences are found whatever stands between their letters
            for corpus in corpora:
                run = corpus.longest(plain, place[at])
                for size in range(corpus.gram, run + 1):
                    piece(letters[place[at] + size - 1] + 1, corpus.bits)
    for each in (plain, *unleeted):
        for at in range(len(each)):
            each[at] = 0
    return best[length]


def _one(folded: Sequence[int], at: int) -> float:
    """The bits of a single character where it stands."""
    code = folded[at]
    if is_letter(code):
        # English spends about two bits on a letter that follows another one.
        follows = at > 0 and is_letter(folded[at - 1])
        return 2.3 if follows else 4.0
    if is_digit(code):
        return 3.0
    if code >= 0x80:
        return 6.0
    # A blank or sign: the same one again separates, and says nothing new.
    return 1.0 if any(folded[before] == code for before in range(at)) else 5.0


def _pieces(folded: Sequence[int], at: int) -> Iterable[tuple[int, float]]:
    """Ends and bits of runs, years, dates, walks and public keys that begin at a place."""
    run = _run(folded, at)
    for size in range(3, run + 1):
        yield at + size, 5.0  # two ends and a direction: all that is to be guessed of a run
    for turns in range(2, _LONGEST_ROUND + 1):
        for size in range(2 * turns + 2, _rounds(folded, at, turns) + 1):
            yield at + size, 1.0 + 4.0 * turns
    for size, bits in enumerate(keyboards.walk(folded, at), keyboards.SHORTEST):
        yield at + size, bits
    if _is_year(folded, at):
        yield at + 4, 5.0
    dated = _is_year(folded, at) or _is_year(folded, at + 4)
    if dated and _all(is_digit, folded, at, 8):
        yield at + 8, 11.0  # a date, whichever way round
    for form in _DATES:
        if at + len(form) <= len(folded) and all(
            is_digit(folded[at + here]) is (sign == "0") for here, sign in enumerate(form)
        ):
            yield at + len(form), 12.0
    if _is_public_key(folded, at):
        yield at + PUBLIC_KEY, 3.0


def _run(folded: Sequence[int], at: int) -> int:
    """Count the characters from `at` that repeat, or go up or down by the same step."""
    best = 1
    for step in (0, 1, -1, 2, -2):
        length = 1
        while at + length < len(folded) and (
            folded[at + length] - folded[at + length - 1] == step
            or (step == 1 and folded[at + length - 1] == 0x39 and folded[at + length] == 0x30)
        ):
            length += 1
        best = max(best, length)
    return best


_LONGEST_ROUND = 4
_DATES = ("00.00.0000", "0000-00-00")  # with whatever sign


def _rounds(folded: Sequence[int], at: int, turns: int) -> int:
    """Count the characters from `at` that go on by the same steps in turn: `1a2b3c`, `aabbcc`."""
    size = turns + 1
    while at + size < len(folded) and (
        folded[at + size] - folded[at + size - 1]
        == folded[at + size - turns] - folded[at + size - turns - 1]
    ):
        size += 1
    return size if at + size <= len(folded) else 0


def _is_year(folded: Sequence[int], at: int) -> bool:
    if not _all(is_digit, folded, at, 4):
        return False
    century = (folded[at] - 0x30) * 10 + folded[at + 1] - 0x30
    return century in {18, 19, 20}


PUBLIC_KEY = 56
_PREFIXES = frozenset(b"oaunxc")  # of operator, account, user, server, curve and cluster
_BASE32 = frozenset(b"abcdefghijklmnopqrstuvwxyz234567")


def _is_public_key(folded: Sequence[int], at: int) -> bool:
    """Whether a NATS public key begins here: everybody may know it, so it hides nothing."""
    return folded[at] in _PREFIXES and _all(_BASE32.__contains__, folded, at, PUBLIC_KEY)


def _all(fits: Callable[[int], bool], folded: Sequence[int], at: int, size: int) -> bool:
    """Whether so many characters from `at` on are there and fit. No slice: it would be a copy."""
    return at + size <= len(folded) and all(fits(folded[here]) for here in range(at, at + size))


def _earlier(folded: Sequence[int]) -> list[int]:
    """Measure, for each place, the longest piece from there that stood before it already."""
    length = len(folded)
    places = [0] * length
    below = [0] * (length + 1)
    for at in range(length - 1, -1, -1):
        row = [0] * (length + 1)
        for other in range(length - 1, at, -1):
            if folded[at] == folded[other]:
                row[other] = min(below[other + 1] + 1, other - at)
                places[other] = max(places[other], row[other])
        below = row
    return places


def _decoded(raw: bytearray) -> array[int]:
    """The code points of UTF-8, one after the other, without a str of them all."""
    codes = array("L")
    at = 0
    while at < len(raw) and len(codes) < JUDGED:
        first = raw[at]
        size = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        code = first if size == 1 else first & (0x7F >> size)
        for byte in raw[at + 1 : at + size]:
            code = (code << 6) | (byte & 0x3F)
        codes.append(min(code, 0x10FFFF))
        at += size
    return codes
