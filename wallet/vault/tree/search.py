"""The filter: which keys hold what was typed, found in the order of the tree.

The texts of all keys are joined into one, in the order of the tree, each ended by a mark, its
id and its branch. Looking through that for 100,000 keys takes a few milliseconds, where asking
SQLite takes twenty. Matches are found as they are wanted: the first screenful at once, the
rest in steps, so that no keystroke waits for all of 100,000 matches.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections.abc import Iterator

from wallet.errors import UsageError
from wallet.nats.nkeys import PUBLIC_LENGTH
from wallet.vault.db.image import invalid
from wallet.vault.db.rows import MOST_VALUES, OPERATORS, STANDALONE, select_ids
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.order import Order, siblings_in
from wallet.vault.tree.query import Query, Term

_END = "\0"
_STOP = "\n"
_CHUNK = 4096
_SAMPLE = 16_384
_EVERYTHING = Term("")
_NOWHERE = 1 << 62

# What is searched of one key: marks and tags, path, public key; then the end and its id. A public
# key is in capitals, which no folded path holds: a short term is found in paths alone at once.
_TEXT = """
k.marks || {above} || ifnull(k.folded, k.name) || char(10) || k.public || char(10)
|| char(0) || k.id || char(10)
"""

# The keys on some small branches, a branch at a time. What is joined is on the branch, not
# on each key; and the index has the keys in their order already.
_SOME_BRANCHES = """
SELECT b.id, group_concat({text}, '') FROM branches AS b
LEFT JOIN keys AS p ON p.id = b.id LEFT JOIN keys AS g ON g.id = p.parent
CROSS JOIN keys AS k INDEXED BY keys_in_order ON k.branch = b.id
WHERE b.id BETWEEN ? AND ? GROUP BY b.id ORDER BY b.id
""".format(
    text=_TEXT.format(
        above="ifnull(ifnull(g.folded, g.name) || '/', '')"
        " || ifnull(ifnull(p.folded, p.name) || '/', '')"
    )
)

# A chunk of one large branch.
_PART = """
SELECT group_concat({text}, '') FROM (
    SELECT id FROM keys WHERE branch = ? AND (place, id) >= (?, ?) ORDER BY place, id LIMIT ?
) AS chunk CROSS JOIN keys AS k ON k.id = chunk.id
""".format(text=_TEXT.format(above="?"))  # noqa: S608

_SOME = """
SELECT k.id, {text} FROM keys AS k WHERE k.id IN ({{places}})
""".format(text=_TEXT.format(above="?"))

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


class SearchText:
    """The texts of all keys in the order of the tree."""

    def __init__(self, records: Records, order: Order = Order.NAME) -> None:
        """Gather the texts a chunk at a time, so that others may ask the records in between."""
        with records.database.question() as sql:
            sizes = sql.execute("SELECT id, keys FROM branches WHERE keys > 0").fetchall()
            self.branches: dict[int, int] = dict(sql.execute(_PARENTS))
        pieces = (
            _gather(records, sizes)
            if order is Order.NAME
            else {branch: "".join(_in_order(records, branch, order)) for branch, _ in sizes}
        )
        self._starts: list[int] = []
        self._of: list[int] = []
        self._pieces: list[str] = []
        self._length = 0
        with_parents = set(self.branches.values())
        for root in (OPERATORS, STANDALONE):
            self._join(root, pieces, with_parents)
        self.text = "".join(self._pieces)
        self._pieces.clear()

    def branch_at(self, position: int) -> int:
        """The branch that the key hangs on whose text is at `position`."""
        return self._of[bisect_right(self._starts, position) - 1]

    def _join(self, branch: int, pieces: dict[int, str], with_parents: set[int]) -> None:
        text = pieces.pop(branch, "")
        done = at = 0
        while branch in with_parents and at < len(text):
            end = text.find(_END, at)
            at = text.find(_STOP, end) + 1
            if end < 0 or at <= 0:
                raise invalid()
            key = _number(text[end + 1 : at - 1])
            if key in pieces:
                self._put(branch, text[done:at])
                done = at
                self._join(key, pieces, with_parents)
        self._put(branch, text[done:])

    def _put(self, branch: int, text: str) -> None:
        self._starts.append(self._length)
        self._of.append(branch)
        self._pieces.append(text)
        self._length += len(text)


def _gather(records: Records, sizes: list[tuple[int, int]]) -> dict[int, str]:
    """Gather the texts of all keys, by the branch they hang on, in order there."""
    pieces: dict[int, str] = {}
    for first, last, keys in _some_at_a_time(sizes):
        if keys > _CHUNK:
            pieces[first] = "".join(_parts(records, first))
        else:
            with records.database.question() as sql:
                pieces.update(sql.execute(_SOME_BRANCHES, (first, last)))
    return pieces


def _in_order(records: Records, branch: int, order: Order) -> Iterator[str]:
    """The texts of the keys on a branch, in another order than that of names, some at a time."""
    with records.database.question() as sql:
        ids = siblings_in(sql, branch, order)
        above = (sql.execute(_ABOVE, (branch,)).fetchone() or ("",))[0]
    for start in range(0, len(ids), MOST_VALUES):
        some = ids[start : start + MOST_VALUES]
        with records.database.question() as sql:
            texts = dict(
                sql.execute(_SOME.format(places=",".join("?" * len(some))), (above, *some))
            )
        yield "".join(texts[key] for key in some)


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


def _parts(records: Records, branch: int) -> Iterator[str]:
    place: tuple[str, int] | None = ("", 0)
    while place is not None:
        with records.database.question() as sql:
            above = (sql.execute(_ABOVE, (branch,)).fetchone() or ("",))[0]
            yield sql.execute(_PART, (above, branch, *place, _CHUNK)).fetchone()[0] or ""
            place = sql.execute(_NEXT_PART, (branch, *place, _CHUNK)).fetchone()


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
        self._text = search.text
        self._terms = _rarest_first(query.terms, search.text)
        self._at = 0
        self._ahead = [-1, -1]  # where the first term stands next, in its two forms
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
        term, *others = self._terms or (_EVERYTHING,)
        at = self._find(term)
        end = -1 if at < 0 else self._text.find(_END, at)
        if end < 0:
            self.complete = True
            return
        if others or term.digits:
            before = self._text.rfind(_END, 0, at)
            start = 0 if before < 0 else self._text.find(_STOP, before) + 1
            if at < start:  # a number in the id of the key before
                self._at = start
                return
            public = end - PUBLIC_LENGTH - 1
            path, key_text = self._text[start:public], self._text[public:end]
            if not all(each.stands_in(path, key_text) for each in (term, *others)):
                self._at = self._text.find(_STOP, end) + 1
                return
        stop = self._text.find(_STOP, end)
        self._at = stop + 1
        key = _number(self._text[end + 1 : stop])
        if self._among is not None and key not in self._among:
            return
        self._add(key, self._search.branch_at(at))
        if self.first_match is None:
            self.first_match = len(self.ids) - 1
        self.matches += 1

    def _find(self, term: Term) -> int:
        """Say where a term stands next, in a path or a public key."""
        nearest = -1
        for number, form in enumerate(term.forms):
            if self._ahead[number] < self._at:
                there = self._text.find(form, self._at)
                self._ahead[number] = _NOWHERE if there < 0 else there
            there = self._ahead[number]
            if there != _NOWHERE and (nearest < 0 or there < nearest):
                nearest = there
        return nearest

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


def _rarest_first(terms: list[Term], text: str) -> list[Term]:
    """The terms, the one first that is rarest in a sample: it leaves the least to look at."""
    middle = len(text) // 2
    sample = text[:_SAMPLE] + text[middle : middle + _SAMPLE]
    return sorted(terms, key=lambda term: (sum(map(sample.count, term.forms)), -len(term.text)))


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise invalid() from error
