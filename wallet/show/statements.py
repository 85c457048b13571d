"""Sentences about a JWT and about rights, as rows of a table: a label, and a short text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from wallet.show.key_facts import KeyFact
from wallet.when import or_here

_LISTED = {"Signing keys", "Imports", "Exports"}


def as_facts(sentences: Iterable[str]) -> list[KeyFact]:
    """A row or more for each sentence. One without a label of its own stands behind “Also”."""
    rows = [row for sentence in sentences for row in _rows(sentence.strip())]
    return [
        KeyFact("", row.text) if row.label == before.label == _ALSO else row
        for before, row in zip([KeyFact("", ""), *rows], rows, strict=False)
    ]


_ALSO = "Also"


def _rows(sentence: str) -> Iterator[KeyFact]:
    for pattern, make in _PATTERNS:
        if match := pattern.fullmatch(sentence):
            yield from make(match)
            return
    yield KeyFact(_ALSO, sentence)


def _identity(match: re.Match[str]) -> Iterator[KeyFact]:
    yield KeyFact("Is", f"{match[1]} {match[2]}")


def _signature(match: re.Match[str]) -> Iterator[KeyFact]:
    if match[1]:
        yield KeyFact("Signed", _with_here(match[1]))
    yield KeyFact("By", match[2])


def _validity(match: re.Match[str]) -> Iterator[KeyFact]:
    yield KeyFact("Valid from", match[1])
    yield from _rows(match[2])


def _end(match: re.Match[str]) -> Iterator[KeyFact]:
    yield KeyFact(match[1], f"{_with_here(match[2])}{match[3]}")


def _list(match: re.Match[str]) -> Iterator[KeyFact]:
    label, text = match[1], match[2]
    parts = text.split(", ") if label in _LISTED or label == "Revokes" else [text]
    for number, part in enumerate(parts):
        yield KeyFact("" if number else label, part)


def _where(match: re.Match[str]) -> Iterator[KeyFact]:
    yield KeyFact(f"Only {match[1]}", match[2])


def _mapping(match: re.Match[str]) -> Iterator[KeyFact]:
    yield KeyFact("Maps", f"{match[1]} → {match[2]}")


def _with_here(text: str) -> str:
    """A time in UTC, with this machine's own behind it."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return text
    return text + or_here(moment)


_PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[KeyFact]]]] = [
    (re.compile(r"(User|Account|Operator) (?!server: )(.+)\."), _identity),
    (re.compile(r"Signed(?: on (.+? UTC))? by (.+)\."), _signature),
    (re.compile(r"Valid from (.+?)\. (.+)"), _validity),
    (re.compile(r"(Does not expire)\."), lambda _: iter([KeyFact("Expires", "never")])),
    (re.compile(r"(Expire[sd]) on (.+? UTC)(, .+)\."), _end),
    (re.compile(r"(Revokes) [\d,]+ of its users: (.+)\."), _list),
    (re.compile(r"Connects (from|at|as) (.+?) only(?: \(.+\))?\."), _where),
    (re.compile(r"Maps (.+) to (.+)\."), _mapping),
    (re.compile(r"([A-Z][\w ,]{1,30}?): (.+?)\.?"), _list),
    (re.compile(r"(!) (.+)"), _list),
    (re.compile(r"(No) (JetStream)\."), lambda _: iter([KeyFact("JetStream", "none")])),
]
