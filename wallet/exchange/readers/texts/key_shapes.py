"""Runs of characters that look like a key, a seed or a JWT, wherever in a line they stand. Pure.

    for run in runs(content, start, end):
        run.what, run.place

Looks only: whether it is one, its reader says. Nothing that looks like one is passed over, so
that whoever reads a text can take all of them or say which were not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class RunKind(StrEnum):
    """The kinds of things that a run of characters may look like."""

    SEED = "a seed"
    PUBLIC = "a public key"
    PRIVATE = "a private key"
    TOKEN = "a JWT"  # noqa: S105 (a word for people)


class KeyRun(NamedTuple):
    """Characters that look like a key or JWT: what, and where in the text."""

    what: RunKind
    place: slice


_RUN = re.compile(
    rb"(?<![\w.-])(?P<TOKEN>eyJ[\w-]*+(?:\.[\w-]*+)+)"
    rb"|(?<![A-Za-z0-9])(?:"
    rb"(?P<PRIVATE>P(?:[A-Z2-7]{107}|[A-Z2-7]{55}))"
    rb"|(?P<SEED>S[OAUNCX][A-Z2-7]{40,}+)"
    rb"|(?P<PUBLIC>[OAUNCX][A-Z2-7]{55})"
    rb")(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_LONE = re.compile(
    rb"[ \t\r\n]*+(?:(?P<TOKEN>eyJ[\w-]*+\.[\w-]*+\.[\w-]*+)|(?P<SEED>S[OAUNCX][A-Z2-7]{56}))"
    rb"[ \t\r\n]*+"
)
# A seed with letters or digits right before or after it, which no reader can tell apart.
_GLUED = re.compile(rb"S[OAUNCX]A[A-P][A-Z2-7]{54}")


def runs(content: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[KeyRun]:
    """Find the runs that look like a key or JWT between `start` and `end`, in order."""
    for match in _RUN.finditer(content, start, len(content) if end is None else end):
        what = match.lastgroup or ""
        if what == "TOKEN" and not match[0].startswith(b"eyJ"):
            continue  # base64 tells small letters from capitals
        yield KeyRun(RunKind[what], slice(*match.span(what)))


def lone(content: bytearray) -> KeyRun | None:
    """The JWT or seed that a text is all of, but for white space: as nsc and nk write them."""
    match = _LONE.fullmatch(content)
    if match is None:
        return None
    what = match.lastgroup or ""
    return KeyRun(RunKind[what], slice(*match.span(what)))


def has_any(content: bytes | bytearray) -> bool:
    """Whether anything in a text looks like a key or JWT, or holds something that does."""
    return next(runs(content), None) is not None or _GLUED.search(content) is not None


def glued(content: bytes | bytearray, start: int, end: int) -> bool:
    """Whether a stretch without runs holds a seed all the same, run together with other letters."""
    return _GLUED.search(content, start, end) is not None


def seeds(content: bytes | bytearray) -> int:
    """Count the runs that look exactly like seeds."""
    places = (run.place for run in runs(content) if run.what is RunKind.SEED)
    return sum(place.stop - place.start == _SEED_LENGTH for place in places)


_SEED_LENGTH = 58
