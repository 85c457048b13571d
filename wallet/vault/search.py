"""The filter: which keys hold what was typed, found in the order of the tree.

The texts of all keys are joined into one, in the order of the tree, each ended by a mark, its
id and its branch. Looking through that for 100,000 keys takes a few milliseconds, where asking
SQLite takes twenty. Matches are found as they are wanted: the first screenful at once, the
rest in steps, so that no keystroke waits for all of 100,000 matches.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from wallet.nkeys import Kind
from wallet.vault.image import invalid
from wallet.vault.record import KIND_MARK, SEED_MARK, STATUS_MARK, TAG_MARK, fold
from wallet.vault.records import Records
from wallet.vault.rows import OPERATORS, STANDALONE

_END = "\0"
_NUMBER = 10
_TRAILER = 1 + 2 * _NUMBER
_CHUNK = 4096
_SAMPLE = 16_384

_BOUNDARY = """
SELECT branch, place, id FROM keys WHERE (branch, place, id) >= (?, ?, ?)
ORDER BY branch, place, id LIMIT 1 OFFSET ?
"""

_TEXTS = """
SELECT branch, group_concat(text, '') FROM (
    SELECT branch, haystack || char(0) || printf('%010d%010d', id, branch) AS text
    FROM keys WHERE (branch, place, id) >= (?, ?, ?) ORDER BY branch, place, id LIMIT ?
) GROUP BY branch
"""

_PARENTS = """
SELECT DISTINCT k.branch FROM branches AS b JOIN keys AS k ON k.id = b.id WHERE b.keys > 0
"""


@dataclass(frozen=True, slots=True)
class SearchText:
    """The texts of all keys, and on which branch each parent hangs."""

    text: str
    branches: dict[int, int]

    @classmethod
    def of(cls, records: Records) -> SearchText:
        """Gather it, a chunk at a time, letting others ask in between."""
        pieces: dict[int, list[str]] = {}
        bound: tuple[object, ...] | None = (-(2**63), "", 0)
        while bound is not None:
            with records.question() as sql:
                end = sql.execute(_BOUNDARY, (*bound, _CHUNK)).fetchone()
                for branch, text in sql.execute(_TEXTS, (*bound, _CHUNK)):
                    pieces.setdefault(branch, []).append(text)
            bound = end
        with records.question() as sql:
            with_parents = {row[0] for row in sql.execute(_PARENTS)}
        texts = {branch: "".join(some) for branch, some in pieces.items()}
        joined: list[str] = []
        branches: dict[int, int] = {}
        for root in (OPERATORS, STANDALONE):
            joined += _in_tree_order(root, texts, with_parents, branches)
        return cls("".join(joined), branches)


def _in_tree_order(
    branch: int, texts: dict[int, str], with_parents: set[int], branches: dict[int, int]
) -> Iterator[str]:
    text = texts.pop(branch, "")
    if branch not in with_parents:
        yield text
        return
    done = start = 0
    while start < len(text):
        end = _find(text, _END, start)
        key = _number(text[end + 1 : end + 1 + _NUMBER])
        start = end + _TRAILER
        if key in texts:
            yield text[done:start]
            done = start
            branches[key] = branch
            yield from _in_tree_order(key, texts, with_parents, branches)
    yield text[done:]


class Query:
    """What was typed: terms that must all occur, divided by blanks.

    `kind:user`, `status:retired`, `tag:prod` and `no:seed` ask for just that; a tag need only
    begin so, and a kind or status may be cut short while it is typed.
    """

    def __init__(self, typed: str) -> None:
        self.terms: list[str] = []
        self.impossible = False
        for word in typed.split():
            term = self._term(word)
            if term is None:
                self.impossible = True
            elif term and term not in self.terms:
                self.terms.append(term)

    def _term(self, word: str) -> str | None:
        """What to look for; "" for a word still too short to tell, None for what cannot be."""
        name, colon, value = word.casefold().partition(":")
        if colon and name == "tag":
            return TAG_MARK + fold(value) if value else ""
        if colon and name in _CHOICES:
            fitting = [mark for word, mark in _CHOICES[name].items() if word.startswith(value)]
            return None if not fitting else fitting[0] if len(fitting) == 1 else ""
        return "".join(c for c in fold(word) if c >= " ")


_CHOICES = {
    "kind": {kind.value: KIND_MARK + kind.letter for kind in Kind},
    "status": {"active": f"{STATUS_MARK}A", "retired": f"{STATUS_MARK}R"},
    "no": {"seed": f"{SEED_MARK}N"},
}


class Found:
    """The lines of a filtered tree, as far as they were looked for.

    A match brings its ancestors with it. `matches` counts matches only. `complete` says
    whether all was looked through.
    """

    def __init__(self, search: SearchText, query: Query) -> None:
        self._text = search.text
        self._branches = search.branches
        self._terms = _rarest_first(query.terms, search.text)
        self._at = 0
        self._path: list[int] = []
        self.depths = array("b")
        self.ids = array("q")  # STANDALONE, -1, for the group's line
        self.matches = 0
        self.first_match: int | None = None
        self.complete = query.impossible

    def __len__(self) -> int:
        return len(self.ids)

    def step(self, lines: int, until: float | None = None) -> None:
        """Look on until there are `lines` in all, or `time.perf_counter()` passes `until`."""
        tried = 0
        while not self.complete and len(self.ids) < lines:
            self._try_next()
            tried += 1
            if until is not None and tried % 64 == 0 and time.perf_counter() > until:
                return

    def _try_next(self) -> None:
        term, *others = self._terms or ("",)
        at = self._text.find(term, self._at)
        end = -1 if at < 0 else self._text.find(_END, at)
        if end < 0:
            self.complete = True
            return
        numbers = self._text[end + 1 : end + _TRAILER]
        self._at = end + _TRAILER
        if others:
            start = self._text.rfind(_END, 0, at)
            one = self._text[0 if start < 0 else start + _TRAILER : end]
            if not all(other in one for other in others):
                return
        self._add(_number(numbers[:_NUMBER]), _number(numbers[_NUMBER:]))
        if self.first_match is None:
            self.first_match = len(self.ids) - 1
        self.matches += 1

    def _add(self, key: int, branch: int) -> None:
        path = [key]
        while branch > 0:
            path.append(branch)
            branch = self._branches[branch]
        if branch == STANDALONE:
            path.append(STANDALONE)
        path.reverse()
        shared = 0
        while shared < len(self._path) and self._path[shared] == path[shared]:
            shared += 1
        for depth in range(shared, len(path)):
            self.depths.append(depth)
            self.ids.append(path[depth])
        self._path = path


def _rarest_first(terms: list[str], text: str) -> list[str]:
    """The terms, the one first that is rarest in a sample: it leaves the least to look at."""
    middle = len(text) // 2
    sample = text[:_SAMPLE] + text[middle : middle + _SAMPLE]
    return sorted(terms, key=lambda term: (sample.count(term), -len(term)))


def _find(text: str, what: str, start: int) -> int:
    found = text.find(what, start)
    if found < 0:
        raise invalid()
    return found


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise invalid() from error
