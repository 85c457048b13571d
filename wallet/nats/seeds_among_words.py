"""Tells whether typed words hold something like a seed or a recovery code. Pure.

A whole seed is told by its check characters (`whole_seeds.py`), so nothing is guessed of it. Of a
damaged one it is asked whether enough of its characters stand together to be worth anything, all of
its alphabet, and come as by chance. Of a code the check of each group is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wallet.errors import WalletError
from wallet.nats.base64url import decode as decode_base64
from wallet.nats.seed_likeness import score_of, without_publics
from wallet.nats.whole_seeds import hold_a_seed, plain_characters
from wallet.secrets.recovery_code import like_a_code

_BEGINS = re.compile(r"S[OAUNCX]A[A-P]")
_GROUP = re.compile(r"[A-Z2-7]+|[a-z2-7]+|(?P<foreign>[^\W_])")
_CUT_PUBLIC = re.compile(r"[OAUNCX][A-D][A-Z2-7]{1,53}")
# The address of an onion service, and one of IPFS: of base32 too, and longer than most of a seed.
_NO_SECRET = re.compile(r"(?<!\w)(?:[a-z2-7]{55}d\.onion|baf[ky][a-z2-7]{55})(?!\w)")
_SHORTEST_WORD = 3
_LEAST = 36  # characters of a seed; 22 that are missing are 90 bits that nobody tries
_LEAST_IN_WORDS = 46  # of the command's; as many may be names
_LEAST_FROM_ITS_BEGINNING = 24
_MOST = 64
_FEW_DIGITS = 3
_SURE = 44
_NEARLY_AS_WORDS = -10.0
_FOREIGN = 1  # characters of no seed: one may be mistyped
_JWT = re.compile(r"(eyJ[\w-]*)\.([\w-]+)\.[\w-]{86}")


def hold_a_code(words: Sequence[str]) -> bool:
    """Whether words hold a recovery code, or one with a mistake in it."""
    return like_a_code("".join(filter(str.isalnum, "".join(map(plain_characters, words)))))


def hold_something_like_one(words: Sequence[str]) -> bool:
    """Whether words hold what may be a damaged seed: then a person is asked.

    A public key is none, nor one with a mistyped character, nor a JWT.
    """
    plain = [
        _NO_SECRET.sub(" ", plain_characters(without_publics(word)))
        for word in words
        if not is_jwt(word)
    ]
    groups = list(_groups(plain))
    return any(_is_like_a_seed(groups[at : at + _MOST]) for at in range(len(groups)))


def are_a_secret(words: Sequence[str]) -> bool:
    """Whether words hold a seed, or something like one or like a recovery code."""
    return hold_a_seed(words) or hold_a_code(words) or hold_something_like_one(words)


def is_jwt(word: str) -> bool:
    """Whether a word is a JWT by its form: header and claims are JSON, and a signature follows."""
    match = _JWT.fullmatch(word)
    try:
        return match is not None and all(
            isinstance(json.loads(decode_base64(part)), dict) for part in match.groups()
        )
    except (ValueError, WalletError):
        return False


class _Group(NamedTuple):
    """Characters of the seeds' alphabet that stand together, all small or all capitals.

    `foreign` is how many of no seed stand before it; `word` the place of its word.
    """

    text: str
    word: int
    foreign: int

    @property
    def is_number(self) -> bool:
        return self.text.isdigit()

    @property
    def score(self) -> float:
        return score_of(self.text)

    @property
    def counts(self) -> bool:
        """Whether it may be part of a seed, and no word of a language."""
        return len(self.text) < _SHORTEST_WORD or not self.text.isalpha() or self.score > 0


def _groups(words: Sequence[str]) -> Iterator[_Group]:
    for place, word in enumerate(words):
        foreign = 0
        for match in _GROUP.finditer(word):
            if match.lastgroup == "foreign":
                foreign += len(match[0])
            else:
                yield _Group(match[0], place, foreign)
                foreign = 0


def _is_like_a_seed(groups: Sequence[_Group]) -> bool:
    """Whether something that came as by chance, of a seed's length, begins with the first group."""
    first, *others = groups
    if _CUT_PUBLIC.fullmatch(first.text):
        return False
    begins = _BEGINS.match(first.text.upper()) is not None
    if not (begins or first.counts):
        return False
    taken, case = [first], None if first.is_number else first.text.isupper()
    for one in others:
        foreign = sum(each.foreign for each in [*taken[1:], one])
        if foreign > _FOREIGN or (foreign and one.word != first.word):
            break
        if not one.is_number:
            if case not in (None, one.text.isupper()):
                break
            case = one.text.isupper()
        taken.append(one)
        if sum(len(each.text) for each in taken) > _MOST:
            break
    even = len({len(one.text) for one in taken[:-1]}) == 1 < len(taken[:-1])
    counted = [one for one in taken if one.counts or even or one is first]
    start = "".join(one.text for one in counted[:4]).upper()
    begins = (first.counts or even) and _BEGINS.match(start) is not None
    length = sum(len(one.text) for one in counted)
    digits = sum(map(str.isdigit, "".join(one.text for one in counted)))
    score = sum(one.score for one in counted)
    if begins and length >= _LEAST_FROM_ITS_BEGINNING and digits and score > 0:
        return True
    least = _LEAST if taken[-1].word == first.word else _LEAST_IN_WORDS
    most = _MOST if len(taken) > 1 else length
    # What is undivided, or begins as a seed, is hardly a text that has as many digits.
    sure = length >= _SURE and (begins or (len(taken) == 1 and digits > _FEW_DIGITS))
    chance = score > (_NEARLY_AS_WORDS if sure else 0)
    return least <= length <= most and digits >= _FEW_DIGITS and chance
