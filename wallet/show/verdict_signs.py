"""Verdicts as people see them: a sign before each, told apart by its form, not by colour alone.

Every sign that the terminal app or the command line puts before a result comes from here. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from wallet.connection.causes.verdict import WORST_FIRST, Verdict, Wanted, Wish
from wallet.show.signs import Sign

OF_VERDICT = {
    Verdict.ACCEPTED: Sign.GOOD,
    Verdict.REFUSED: Sign.BAD,
    Verdict.UNCHECKED: Sign.DOUBTFUL,
    Verdict.UNPROVED: Sign.DOUBTFUL,
    Verdict.FAILED: Sign.BAD,
}
OF_ANSWER = {True: Sign.GOOD, False: Sign.BAD, None: Sign.UNKNOWN}
OF_STAGE = {True: Sign.GOOD, False: Sign.BAD, None: Sign.NOT_NEEDED}
OF_FLAW = {True: Sign.BAD, False: Sign.DOUBTFUL}  # by whether it is fatal


class Judged(Protocol):
    """A key that was tested at a server or in a rehearsal, with what was wanted of it."""

    @property
    def wish(self) -> Wish: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def as_wanted(self) -> bool | None: ...
    @property
    def is_explained(self) -> bool: ...


class Remembered(Protocol):
    """A test that the vault remembers; its verdict is text, and may be an older program's."""

    @property
    def ok(self) -> bool: ...
    @property
    def verdict(self) -> str: ...


def sign_of(result: Judged) -> Sign:
    """The sign of a result, by what was wanted of the key."""
    if result.wish.wanted is Wanted.REFUSED:
        return OF_ANSWER[result.as_wanted]
    return OF_VERDICT[result.verdict]


def of_remembered(result: Remembered) -> Sign:
    """The sign of a test that the vault remembers."""
    if result.ok:
        return Sign.GOOD
    return next((sign for word, sign in OF_VERDICT.items() if word == result.verdict), Sign.BAD)


def counts(numbers: Mapping[Verdict, int], results: Sequence[Judged]) -> list[str]:
    """Count each verdict, the worst first, and of those `results` that were to be refused how many
    were."""
    words = [
        f"{_sign_of_all(verdict, results)} {numbers[verdict]:,} {verdict.value}"
        for verdict in WORST_FIRST
        if numbers.get(verdict)
    ]
    unwanted = [result for result in results if result.wish.wanted is Wanted.REFUSED]
    if unwanted:
        answers = [result.as_wanted for result in unwanted]
        sign = OF_ANSWER[False if False in answers else None if None in answers else True]
        refused = [result for result in unwanted if result.verdict is Verdict.REFUSED]
        open_ones = [result for result in refused if result.as_wanted is None]
        expected = sum(result.is_explained for result in open_ones)
        unproved = len(open_ones) - expected
        why = f", {expected:,} of them as expected" if expected else ""
        why += f", {unproved:,} of them not proved why" if unproved else ""
        words.append(f"{sign} {len(refused):,} of {len(unwanted):,} to be refused were{why}")
    return words


def _sign_of_all(verdict: Verdict, results: Sequence[Judged]) -> Sign:
    """The sign that all results of a verdict have; the verdict's own where they differ."""
    signs = {sign_of(result) for result in results if result.verdict is verdict}
    return signs.pop() if len(signs) == 1 else OF_VERDICT[verdict]
