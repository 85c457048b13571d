"""The filter: which keys hold what was typed, found in the order of the tree.

The paths of all keys are joined into one text, in the order of the tree, each ended by a mark, and
their public keys into another. Looking through that for 100,000 keys takes a few milliseconds,
where asking SQLite takes twenty. Matches are found as they are wanted: the first screenful at once,
the rest in steps, so that no keystroke waits for all of 100,000 matches.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from wallet.errors import UsageError
from wallet.nats.nkeys import PUBLIC_LENGTH
from wallet.vault.db.image import invalid
from wallet.vault.db.rows import MOST_VALUES, OPERATORS, STANDALONE, select_ids
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.query import Query, Term
from wallet.vault.tree.sibling_order import Order, siblings_in

_END = "\0"
_WIDTH = PUBLIC_LENGTH + 1  # of a public key in their text, with its end
_CHUNK = 4096
_SAMPLE = 16_384
_EVERYTHING = Term("")
_NOWHERE = 1 << 62

# What is searched of some keys: marks, tags and path of each, its public key, and its id.
_TEXTS = """
group_concat(k.marks || {above} || ifnull(k.folded, k.name) || char(0), ''),
group_concat(k.public || char(10), ''), group_concat(k.id)
"""

# The keys on some small branches, a branch at a time. What is joined is on the branch, not
# on each key; and the index has the keys in their order already.
_SOME_BRANCHES = """
SELECT b.id, {texts} FROM branches AS b
LEFT JOIN keys AS p ON p.id = b.id LEFT JOIN keys AS g ON g.id = p.parent
CROSS JOIN keys AS k INDEXED BY keys_in_order ON k.branch = b.id
WHERE b.id BETWEEN ? AND ? GROUP BY b.id ORDER BY b.id
""".format(
    texts=_TEXTS.format(
        above="ifnull(ifnull(g.folded, g.name) || '/', '')"
        " || ifnull(ifnull(p.folded, p.name) || '/', '')"
    )
)

# A chunk of one large branch.
_PART = """
SELECT {texts} FROM (
    SELECT id FROM keys WHERE branch = ? AND (place, id) >= (?, ?) ORDER BY place, id LIMIT ?
) AS chunk CROSS JOIN keys AS k ON k.id = chunk.id
""".format(texts=_TEXTS.format(above="?"))  # noqa: S608

_SOME = """
SELECT k.id, k.marks || ? || ifnull(k.folded, k.name) || char(0), k.public || char(10)
FROM keys AS k WHERE k.id IN ({places})
"""

_NEXT_PART = """
SELECT place, id FROM keys WHERE branch = ? AND (place, id) >= (?, ?)
ORDER BY place, id LIMIT 1 OFFSET ?
"""

_ABOVE = """
SELECT ifnull(ifnull(g.folded, g.name) || '/', '') || ifnull(p.folded, p.name) || '/'
FROM keys AS p LEFT JOIN keys AS g ON g.id = p.parent WHERE p.id = ?
"""

_PARENTS = """
SELECT k.id, k.branch FROM branches AS b JOIN keys AS k ON k.id = b.id WHERE b.keys > 0
"""


class _Piece(NamedTuple):
    """The texts of some keys that hang on one branch, in their order; where each path ends."""

    paths: str
    publics: str
    ids: array[int]
    ends: array[int]

    @classmethod
    def of(cls, paths: str | None, publics: str | None, ids: str | None) -> _Piece:
        """Take the texts as SQLite gives them. Raises `ContentsInvalidError`."""
        numbers = array("q", map(_number, ids.split(","))) if ids else array("q")
        lengths = (len(path) + len(_END) for path in (paths or "").split(_END)[:-1])
        piece = cls(paths or "", publics or "", numbers, array("I", accumulate(lengths)))
        if len(piece.ends) != len(numbers) or len(piece.publics) != len(numbers) * _WIDTH:
            raise invalid()
        return piece


class SearchText:
    """The texts of all keys in the order of the tree: `paths` with marks and tags, and `publics`.

    A key's number is its place in that order, by which `ids` has its id.
    """

    def __init__(self, records: Records, order: Order = Order.NAME) -> None:
        """Gather the texts a chunk at a time, so that others may ask the records in between."""
        with records.database.question() as sql:
            sizes = sql.execute("SELECT id, keys FROM branches WHERE keys > 0").fetchall()
            self.branches: dict[int, int] = dict(sql.execute(_PARENTS))
        pieces = (
            _gather(records, sizes)
            if order is Order.NAME
            else {branch: list(_in_order(records, branch, order)) for branch, _ in sizes}
        )
        self.ids = array("q")
        self._ends = array("I")  # in `paths`
        self._firsts: list[int] = []  # the number of the first key of each run on one branch
        self._of: list[int] = []
        paths: list[str] = []
        publics: list[str] = []
        with_parents = set(self.branches.values())
        for root in (OPERATORS, STANDALONE):
            self._join(root, pieces, with_parents, (paths, publics))
        self.paths = "".join(paths)
        self.publics = "".join(publics)

    def branch_of(self, number: int) -> int:
        """The branch that a key hangs on."""
        return self._of[bisect_right(self._firsts, number) - 1]

    def start(self, number: int) -> int:
        """The place in `paths` where the path of a key begins."""
        return self._ends[number - 1] if number else 0

    def number_at(self, position: int) -> int:
        """The number of the key whose path is at a place in `paths`."""
        return bisect_right(self._ends, position)

    def path(self, number: int) -> str:
        """The path of a key, with its marks and tags."""
        return self.paths[self.start(number) : self._ends[number]]

    def public(self, number: int) -> str:
        """The public key of a key."""
        return self.publics[number * _WIDTH : (number + 1) * _WIDTH]

    def _join(
        self,
        branch: int,
        pieces: dict[int, list[_Piece]],
        with_parents: set[int],
        texts: tuple[list[str], list[str]],
    ) -> None:
        for piece in pieces.pop(branch, ()):
            done = 0
            for number, key in enumerate(piece.ids if branch in with_parents else (), 1):
                if key in pieces:
                    self._put(branch, piece, done, number, texts)
                    done = number
                    self._join(key, pieces, with_parents, texts)
            self._put(branch, piece, done, len(piece.ids), texts)

    def _put(
        self, branch: int, piece: _Piece, first: int, last: int, texts: tuple[list[str], list[str]]
    ) -> None:
        """Add the keys of a piece from `first` up to `last`."""
        if first == last:
            return
        self._firsts.append(len(self.ids))
        self._of.append(branch)
        start = piece.ends[first - 1] if first else 0
        further = self.start(len(self.ids)) - start
        self.ids.extend(piece.ids[first:last])
        self._ends.extend(end + further for end in piece.ends[first:last])
        texts[0].append(piece.paths[start : piece.ends[last - 1]])
        texts[1].append(piece.publics[first * _WIDTH : last * _WIDTH])


def _gather(records: Records, sizes: list[tuple[int, int]]) -> dict[int, list[_Piece]]:
    """Gather the texts of all keys, by the branch they hang on, in order there."""
    pieces: dict[int, list[_Piece]] = {}
    for first, last, keys in _some_at_a_time(sizes):
        if keys > _CHUNK:
            pieces[first] = list(_parts(records, first))
        else:
            with records.database.question() as sql:
                rows = sql.execute(_SOME_BRANCHES, (first, last)).fetchall()
            pieces.update((branch, [_Piece.of(*texts)]) for branch, *texts in rows)
    return pieces


def _in_order(records: Records, branch: int, order: Order) -> Iterator[_Piece]:
    """The texts of the keys on a branch, in another order than that of names, some at a time."""
    with records.database.question() as sql:
        ids = siblings_in(sql, branch, order)
        above = (sql.execute(_ABOVE, (branch,)).fetchone() or ("",))[0]
    for start in range(0, len(ids), MOST_VALUES):
        some = ids[start : start + MOST_VALUES]
        question = _SOME.format(places=",".join("?" * len(some)))
        with records.database.question() as sql:
            texts = {key: texts for key, *texts in sql.execute(question, (above, *some))}
        paths, publics = zip(*(texts[key] for key in some), strict=True)
        yield _Piece.of("".join(paths), "".join(publics), ",".join(map(str, some)))


def _some_at_a_time(sizes: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Runs of branches that hold no more than a chunk together: first, last, keys."""
    run: tuple[int, int, int] | None = None
    for branch, keys in sorted(sizes):
        if run is not None and run[2] + keys <= _CHUNK:
            run = (run[0], branch, run[2] + keys)
        else:
            if run is not None:
                yield run
            run = (branch, branch, keys)
    if run is not None:
        yield run


def _parts(records: Records, branch: int) -> Iterator[_Piece]:
    place: tuple[str, int] | None = ("", 0)
    while place is not None:
        with records.database.question() as sql:
            above = (sql.execute(_ABOVE, (branch,)).fetchone() or ("",))[0]
            texts = sql.execute(_PART, (above, branch, *place, _CHUNK)).fetchone()
            place = sql.execute(_NEXT_PART, (branch, *place, _CHUNK)).fetchone()
        yield _Piece.of(*texts)


class FilteredLines:
    """The lines of a filtered tree, as far as they were looked for.

    A match brings its ancestors with it. `matches` counts matches only. `complete` says
    whether all was looked through. Of the keys that match, only those in `among` are taken,
    when it is given.
    """

    def __init__(
        self, search: SearchText, query: Query, among: frozenset[int] | None = None
    ) -> None:
        self._among = among
        self._search = search
        self._terms = _rarest_first(query.terms, search)
        self._next = 0  # the number of the key to be looked at
        self._in_path = self._in_public = -1  # that of the one where the first term stands next
        self._path: list[int] = []
        self.depths = array("b")
        self.ids = array("q")  # STANDALONE, -1, for the group's line
        self.are_matches = array("b")  # 0 for what only stands above a match
        self.matches = 0
        self.first_match: int | None = None
        self.complete = query.impossible or (among is not None and not among)

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
        search = self._search
        term, *others = self._terms or (_EVERYTHING,)
        number = self._find(term)
        if number >= len(search.ids):
            self.complete = True
            return
        self._next = number + 1
        if others:
            path, public = search.path(number), search.public(number)
            if not all(each.stands_in(path, public) for each in others):
                return
        key = search.ids[number]
        if self._among is not None and key not in self._among:
            return
        self._add(key, search.branch_of(number))
        if self.first_match is None:
            self.first_match = len(self.ids) - 1
        self.matches += 1

    def _find(self, term: Term) -> int:
        """Say which key is the next that has a term in its path, or in its public key."""
        search, number = self._search, self._next
        if self._in_path < number:
            there = -1
            # A character that stands nowhere is missed in a tenth of the time that a word is.
            if number or all(character in search.paths for character in term.text):
                there = search.paths.find(term.text, search.start(number))
            self._in_path = _NOWHERE if there < 0 else search.number_at(there)
        # Not looked for in the public keys while it stands in one path after the other.
        if term.public and self._in_public < number < self._in_path:
            there = search.publics.find(term.public, number * _WIDTH)
            self._in_public = _NOWHERE if there < 0 else there // _WIDTH
        return min(self._in_path, self._in_public) if self._in_public >= number else self._in_path

    def _add(self, key: int, branch: int) -> None:
        path = [key]
        while branch > 0:
            path.append(branch)
            if branch not in self._search.branches:
                raise invalid()
            branch = self._search.branches[branch]
        if branch == STANDALONE:
            path.append(STANDALONE)
        path.reverse()
        shared = 0
        while shared < len(self._path) and self._path[shared] == path[shared]:
            shared += 1
        for depth in range(shared, len(path)):
            self.depths.append(depth)
            self.ids.append(path[depth])
            self.are_matches.append(path[depth] == key)
        self._path = path


def matching(records: Records, typed: str) -> list[KeyRecord]:
    """The keys that a filter leaves, without what is above them, in the order of the tree.

    Raises `UsageError` for a word that is not typed to its end: a screen shows more meanwhile, but
    a script would take all keys for the answer.
    """
    for word in typed.split():
        alone = Query(word)
        if alone.empty:
            raise UsageError(
                "A word of the filter is cut short, and leaves every key. Write it to its end: "
                "kind:user, state:refused, tag:prod, no:seed, no:jwt."
            )
    query = Query(typed)
    lines = FilteredLines(SearchText(records), query, query.among(records))
    ids: list[int] = []
    while not lines.complete:
        before = lines.matches
        lines.step(len(lines) + 1)
        if lines.matches > before:
            ids.append(lines.ids[-1])
    with records.database.question() as sql:
        return select_ids(sql, ids)


def _rarest_first(terms: list[Term], search: SearchText) -> list[Term]:
    """The terms, the one first that is rarest in a sample: it leaves the least to look at."""
    paths, publics = map(_sample, (search.paths, search.publics))

    def count(term: Term) -> int:
        return paths.count(term.text) + (publics.count(term.public) if term.public else 0)

    return sorted(terms, key=lambda term: (count(term), -len(term.text)))


def _sample(text: str) -> str:
    middle = len(text) // 2
    return text[:_SAMPLE] + text[middle : middle + _SAMPLE]


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise invalid() from error
