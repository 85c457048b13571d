"""Walks over a keyboard: `qwerty`, `1q2w3e4r`, `йцукен`, `qazwsxedc`. Pure.

A walk is told by its steps from key to key: what follows the steps before it, the same again or
the turns of a small round, costs a guesser nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

SHORTEST = 4
_START = 4.5  # bits: which key, on which keyboard
_STEP = 2.0  # to a neighbour
_JUMP = 4.5  # to another key near by
_LONGEST_ROUND = 8  # steps after which a walk begins the same again

# Four rows each, from the digits down; what Shift gives stands behind.
_LAYOUTS = (
    ("`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./"),
    ("~!@#$%^&*()_+", "qwertyuiop{}|", 'asdfghjkl:"', "zxcvbnm<>?"),
    ("^1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "yxcvbnm,.-"),
    ('°!"§$%&/()=?`', "qwertzuiopü*", "asdfghjklöä'", "yxcvbnm;:_"),
    ("²&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "wxcvbn,;:!"),
    ("²1234567890°+", "azertyuiop¨£", "qsdfghjklm%µ", "wxcvbn?./§"),
    ("`1234567890[]", "',.pyfgcrl/=\\", "aoeuidhtns-", ";qjkxbmwvz"),
    ("ё1234567890-=", "йцукенгшщзхъ\\", "фывапролджэ", "ячсмитьбю."),
    ('ё!"№;%:?*()_+', "йцукенгшщзхъ/", "фывапролджэ", "ячсмитьбю,"),
    ("'1234567890-=", "йцукенгшщзхї", "фівапролджє", "ячсмитьбю."),
    ("1234567890-=", ",уеишщксдзц;", "ьяаожгтнвмч", "юйъэфхпрлб"),
    ("`1234567890-=", ";ςερτυθιοπ[]", "ασδφγηξκλ", "ζχψωβνμ,./"),
    (";1234567890-=", "/'קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"),
    ("ذ1234567890-=", "ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوزظ"),
    ('"1234567890*-', "qwertyuıopğü", "asdfghjklşi", "zxcvbnmöç."),
    ("123", "456", "789", "0"),
    ("789", "456", "123", "0"),
)


def walk(codes: Sequence[int], at: int) -> list[float]:
    """The bits of the longest walk from `at`, for each of its lengths from `SHORTEST` on.

    `codes` are code points in lower case. Empty when no walk begins there.
    """
    longest: list[float] = []
    for layout in _layouts():
        bits = _walk(codes, at, layout)
        longest = [min(pair) for pair in zip(longest, bits, strict=False)] + max(
            longest[len(bits) :], bits[len(longest) :], key=len
        )
    return longest


def _walk(codes: Sequence[int], at: int, layout: dict[int, tuple[int, int]]) -> list[float]:
    here = layout.get(codes[at])
    steps: list[tuple[int, int]] = []
    bits, costs, surprises = _START, [], 0
    for place in range(at + 1, len(codes)):
        there = layout.get(codes[place])
        if here is None or there is None:
            break
        step = (there[0] - here[0], there[1] - here[1])
        if not _expected(step, steps):
            near = abs(step[0]) <= 1 and abs(step[1]) <= 1
            bits += _STEP if near else _JUMP
            surprises += 1
            if surprises > 2 + (place - at) // 3:
                break
        steps.append(step)
        here = there
        if len(steps) + 1 >= SHORTEST:
            costs.append(bits)
    return costs


def _expected(step: tuple[int, int], before: list[tuple[int, int]]) -> bool:
    """Whether it is what came one round before: the same again, or the turn of a round."""
    return any(before[-size] == step for size in range(1, min(_LONGEST_ROUND, len(before)) + 1))


@cache
def _layouts() -> tuple[dict[int, tuple[int, int]], ...]:
    """Give, for each layout, the row and column of a key by its code point."""
    return tuple(
        {
            ord(character): (row, column)
            for row, keys in enumerate(layout)
            for column, character in enumerate(keys)
        }
        for layout in _LAYOUTS
    )
