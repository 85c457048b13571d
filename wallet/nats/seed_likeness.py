"""Tells what looks like a seed or a recovery code, also a damaged one, from ordinary notes. Pure.

A seed is 58 characters of base32 by chance, a code 35 of Crockford's. People break them into
groups, lose a character, write them small or within a sentence. So it is not their form that is
asked, but whether the characters come as in words or as by chance: each counts by how much likelier
it is by chance than in English, as logarithms, and the sums of the two lie far apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import groupby

from wallet.errors import KeyFormatError
from wallet.nats.nkeys import decode_public
from wallet.nats.whole_seeds import hold_a_seed, plain_characters

_COMMON = "etaoinshrdlcumwfgypbvkjxqz"
_PERCENT = (
    *(12.7, 9.1, 8.2, 7.5, 7.0, 6.7, 6.3, 6.1, 6.0, 4.3, 4.0, 2.8, 2.8),
    *(2.4, 2.4, 2.2, 2.0, 2.0, 1.9, 1.5, 1.0, 0.8, 0.4, 0.4, 0.4, 0.4),
)
_SCORES = {
    letter: math.log(100 / 32 / percent) for letter, percent in zip(_COMMON, _PERCENT, strict=True)
} | dict.fromkeys("0123456789", 1.5)  # a digit among letters, as in `srv3`
"""Of each character, how much likelier it is by chance than in a text, as a logarithm.

The letters' shares are those of English; the rarest four are commoner in names of programs.
Source: Lewand, Cryptological Mathematics, 2000.
"""

_NAME_AND_NUMBER = re.compile(r"([a-z]+)[0-9]+")
_HEXADECIMAL = re.compile(r"(0x)?[0-9a-f]+")
_ALPHABETS = re.compile(r"[a-z2-7]+"), re.compile(r"[A-Z2-7]+")
_BASE32 = re.compile(r"[a-z2-7]+|[A-Z2-7]+")
_CROCKFORD = re.compile(r"[0-9a-hjkmnp-tv-z]+")
_PUBLIC = re.compile(r"(?<![A-Z2-7])[OAUNCX][A-Z2-7]{55}(?![A-Z2-7])", re.IGNORECASE)
_NEARLY_PUBLIC = re.compile(r"(?<!\w)[OAUNCX][A-D][A-Z0-9]{53,54}(?!\w)", re.IGNORECASE)
_BETWEEN = 12  # characters between two groups of the same secret, at most
_SHORTEST_CODE, _LONGEST_CODE = 33, 37
_SHORTEST_SEED = 50  # in groups; what is shorter says as little as a word would
_SEED_PIECE = 24  # in one piece, with a seed's beginning
_LONG_PIECE = 53  # in one piece without that; the id of a JWT has 52
_LONGEST_GROUP = 24
_EVEN = 44  # in groups that are as long as each other
_BY_CHANCE = 10.0
_BY_CHANCE_WITH_BEGINNING = 2.0
_CODE_GROUP, _CODE_GROUPS = 5, 6  # characters; and groups, of which one may be missing
_SMALL, _SMALLS = 2, 24  # groups so small, as many as no text has


def looks_like_seed(text: str) -> bool:
    """Whether something in a text may be a seed or a recovery code, whole or damaged."""
    plain = _PUBLIC.sub(_without_public, plain_characters(text))
    return hold_a_seed([plain]) or any(map(_is_secret_run, _runs(plain)))


def without_publics(text: str) -> str:
    """A text with a gap for each public key, also for one with a mistyped character."""
    return _NEARLY_PUBLIC.sub(" … … ", _PUBLIC.sub(_without_public, text))


def _without_public(match: re.Match[str]) -> str:
    """Give what stays of a public key: nothing, if it is one."""
    try:
        decode_public(match[0].upper())
    except KeyFormatError:
        return match[0]
    return " … … "


def _runs(text: str) -> list[list[str]]:
    """Split a text into groups of letters and digits, and these where more stands between."""
    runs: list[list[str]] = []
    end = -_BETWEEN - 1
    for match in re.finditer(r"[A-Za-z0-9]+", text):
        if match.start() - end > _BETWEEN:
            runs.append([])
        runs[-1].append(match[0])
        end = match.end()
    return runs


def _is_secret_run(groups: Sequence[str]) -> bool:
    return (
        any(map(_is_secret_piece, groups))
        or _is_in_small_groups(groups)
        or _is_in_even_groups(groups)
        or any(_begins_secret(groups, at) for at in range(len(groups)))
    )


def _is_secret_piece(piece: str) -> bool:
    """Whether one group is a seed or a code by itself."""
    if len(piece) < _SEED_PIECE or _HEXADECIMAL.fullmatch(piece.lower()):
        return False
    small = piece.lower()
    for begin in re.finditer(r"s(?=[oauncx])", small):
        rest = small[begin.start() :]
        least = _SEED_PIECE if begin.start() == 0 else _SHORTEST_SEED
        if len(rest) >= least and _score(rest[:58]) > 0:
            return True
    if piece not in {small, piece.upper()}:
        return False
    is_code = _SHORTEST_CODE <= len(piece) <= _LONGEST_CODE and _CROCKFORD.fullmatch(small)
    return _score(small) > 0 if is_code or len(piece) >= _LONG_PIECE else False


def _is_in_small_groups(groups: Sequence[str]) -> bool:
    """Whether characters stand alone or in pairs, as many as no text has: but for hashes."""
    for is_small, small in groupby(groups, lambda group: len(group) <= _SMALL):
        text = "".join(small) if is_small else ""
        if len(text) >= _SMALLS and not _HEXADECIMAL.fullmatch(text.lower()):
            return True
    return False


def _is_in_even_groups(groups: Sequence[str]) -> bool:
    """Whether groups of base32 are as long as each other, as no words and no numbers are."""
    return any(_has_even_groups(groups, alphabet) for alphabet in _ALPHABETS)


def _has_even_groups(groups: Sequence[str], alphabet: re.Pattern[str]) -> bool:
    def form(group: str) -> tuple[int, bool]:
        # A word beside them that is as long by chance is of the other alphabet.
        return len(group), alphabet.fullmatch(group) is not None

    return any(fits and _is_even(list(even)) for (_, fits), even in groupby(groups, form))


def _is_even(groups: Sequence[str]) -> bool:
    """Whether groups of one length are together as long as most of a seed, and as mixed."""
    text = "".join(groups)
    digits = sum(map(str.isdigit, text))
    return (
        len(text) >= _EVEN
        and 2 < digits < len(text) // 2
        and len(set(groups)) == len(groups)
        and not _HEXADECIMAL.fullmatch(text.lower())
    )


def _is_code(groups: Sequence[str]) -> bool:
    """Whether these are the groups of a code: of five each, but for one that is damaged."""
    text = "".join(groups).lower()
    fives = sum(len(group) == _CODE_GROUP for group in groups)
    mixed = sum(not group.isalpha() and not group.isdigit() for group in groups)
    near = all(abs(len(group) - _CODE_GROUP) <= 1 for group in groups)
    chance = mixed > 1 and not _HEXADECIMAL.fullmatch(text)
    return near and fives >= len(groups) - 1 and chance and bool(_CROCKFORD.fullmatch(text))


def _begins_secret(groups: Sequence[str], at: int) -> bool:
    """Whether a seed or a code in several groups begins with this one."""
    if len(some := groups[at : at + _CODE_GROUPS]) == _CODE_GROUPS and _is_code(some):
        return True
    length, score = 0, 0.0
    begins = "".join(groups[at : at + 2]).lower()[:2]
    is_seed = begins[:1] == "s" and begins[1:] in set("oauncx")
    is_base32 = True
    for count, group in enumerate(groups[at:], 1):
        length += len(group)
        score += score_of(group)
        short = max(len(each) for each in groups[at : at + count]) <= _LONGEST_GROUP
        is_base32 = is_base32 and _BASE32.fullmatch(group) is not None
        least = 0.0 if is_base32 else _BY_CHANCE_WITH_BEGINNING
        if is_seed and length >= _SHORTEST_SEED and score > least:
            return True
        if short and length >= _SHORTEST_CODE and score > _BY_CHANCE:
            return True
        if length > 60:
            return False
    return False


def score_of(group: str) -> float:
    small = group.lower()
    mostly_digits = 3 * sum(map(str.isdigit, group)) > 2 * len(group)
    if not group.isalpha() and (mostly_digits or _HEXADECIMAL.fullmatch(small)):
        return 0.0  # a port, a date, a hash
    if name := _NAME_AND_NUMBER.fullmatch(small):
        small = name[1]
    if group not in {small, group.upper(), group.capitalize()}:
        return min(0.0, _score(small))  # base64, or one of a program's own names
    return _score(small)


def _score(small: str) -> float:
    return sum(_SCORES[character] for character in small)
