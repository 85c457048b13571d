"""Words and texts that whoever guesses passphrases knows, and those of the vault itself. Pure.

Words and pieces of text are compared by numbers that stand for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from itertools import chain

from wallet.secrets.letters import is_digit, is_letter, lower

MAX_KNOWN = 200_000
"""Characters of a vault's own texts that are looked for."""

SHORTEST_WORD, LONGEST_WORD = 3, 32


def words_at(
    folded: Sequence[int], at: int, known: dict[int, float]
) -> Iterable[tuple[int, float]]:
    """Give the ends of known words that begin at a place, with the bits that each is worth."""
    number = 0
    for end in range(at + 1, min(at + LONGEST_WORD, len(folded)) + 1):
        number = _add(number, folded[end - 1])
        if number in known:
            yield end, known[number]


def _add(number: int, code: int) -> int:
    return ((number ^ code) * 0x100000001B3 + 1) & 0xFFFFFFFFFFFFFFFF


# Words that cost a guesser nearly nothing: of passwords, and of what this wallet is about.
_OBVIOUS = (
    b"password passwort passphrase secret letmein welcome admin administrator root login "
    b"iloveyou dragon monkey master superman batman football baseball princess sunshine shadow "
    b"hello world test testing changeme default guest user users operator account accounts server "
    b"cluster curve nats nkey nkeys wallet vault seed seeds keys jetstream synadia admin1 abc123 "
    b"the and for you not that this with are have love "
    b"motdepasse contrasena senha parola haslo lozinka salasana wachtwoord hunter trustno azerty "
    b"qwerty qwertz please correct horse battery staple god sex money summer winter spring autumn "
    b"monday friday january march april june july august september october november december"
).split() + [word.encode() for word in ["пароль", "любовь", "секрет", "привет", "йцукен"]]


@cache
def words() -> tuple[bytes, ...]:
    """The words of the list that ships with the wallet."""
    return tuple(_data("words.txt").split())


@cache
def known_words() -> dict[int, float]:
    """Known words by their number, with the bits each is worth."""
    listed = dict.fromkeys((_number(word.decode()) for word in words()), 12.9)
    return listed | dict.fromkeys((_number(word.decode()) for word in _OBVIOUS), 3.0)


def words_of(texts: Sequence[str]) -> dict[int, float]:
    """The words of the vault's own texts."""
    written = " ".join(texts)[:MAX_KNOWN]
    return {
        _number(word): 4.0
        for word in re.split(r"\W+", written.lower())
        if SHORTEST_WORD <= len(word) <= LONGEST_WORD
    }


def _number(word: str) -> int:
    number = 0
    for character in word:
        number = _add(number, ord(character))
    return number


# Texts that everybody knows, and those of the vault itself


class Corpus:
    """Texts of which a piece, `gram` letters and digits long or longer, costs `bits`."""

    def __init__(self, text: Sequence[int], *, gram: int, bits: float) -> None:
        """`text` holds letters and digits in lower case, and 0 where one text ends."""
        self.gram = gram
        self.bits = bits
        self._text = text
        self._places: dict[int, list[int]] = {}
        for at in range(len(text) - gram + 1):
            self._places.setdefault(self._number(text, at), []).append(at)

    def _number(self, codes: Sequence[int], at: int) -> int:
        number = 0
        for here in range(at, at + self.gram):
            number = _add(number, codes[here])
        return number

    def longest(self, codes: Sequence[int], at: int) -> int:
        """Count the `codes` from `at` on that stand in one text, in this order; 0 for few."""
        if at + self.gram > len(codes):
            return 0
        longest = 0
        for place in self._places.get(self._number(codes, at), ()):
            size = 0
            while (
                at + size < len(codes)
                and place + size < len(self._text)
                and codes[at + size] == self._text[place + size]
            ):
                size += 1
            longest = max(longest, size)
        return longest


@cache
def shipped_corpora() -> tuple[Corpus, ...]:
    """The sentences and numbers that everybody knows."""
    sentences = searched(_data("sentences.txt").decode().splitlines())
    numbers = searched(_data("numbers.txt").decode().splitlines())
    return Corpus(sentences, gram=10, bits=9.0), Corpus(numbers, gram=5, bits=6.0)


def sentences() -> tuple[bytes, ...]:
    """The famous sentences, their letters alone."""
    return tuple(line.replace(b" ", b"") for line in _data("sentences.txt").splitlines())


def searched(texts: Iterable[str]) -> list[int]:
    """The letters and digits of texts in lower case, with a 0 behind each text."""
    return list(
        chain.from_iterable(
            (*(code for code in map(lower, map(ord, text)) if _counts(code)), 0) for text in texts
        )
    )


def _counts(code: int) -> bool:
    return is_letter(code) or is_digit(code)


def _data(name: str) -> bytes:
    return resources.files("wallet").joinpath(f"data/{name}").read_bytes()
