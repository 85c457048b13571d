"""The tables of the history: strands read and written, entries added, the oldest folded.

Every function takes the connection and neither begins nor ends a transaction.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wallet.vault.db.journal import strands
from wallet.vault.db.journal.strands import HASH, JournalEntry, Strand

LEAST_KEPT = 5000
"""So many entries are kept in any vault; in one of more keys, as many as it has keys."""

_KEYS_OF_AN_ENTRY = 256 * 33  # bytes of keys that count as one entry more

_LATEST = 253402300799  # the last place: the end of the year 9999

_COLUMNS = ", ".join(JournalEntry._fields)
_PLACES = ", ".join("?" * len(JournalEntry._fields))
_INSERT = f"INSERT INTO entries (strand, {_COLUMNS}) VALUES (?, {_PLACES})"  # noqa: S608
_SELECT = f"SELECT strand, {_COLUMNS} FROM entries ORDER BY strand, number"  # noqa: S608
_STRANDS = "SELECT id, start, anchor, head, folded, until FROM strands"
_LAST = "SELECT number, place FROM entries WHERE strand = ? ORDER BY number DESC LIMIT 1"
_LAST_OF_OTHERS = """
SELECT max(max(until, ifnull(
    (SELECT place FROM entries WHERE strand = strands.id ORDER BY number DESC LIMIT 1), 0
))) FROM strands WHERE id <> ?
"""
_COSTS = f"SELECT count(*) + total(length(keys) / {_KEYS_OF_AN_ENTRY}) FROM entries"  # noqa: S608

_DIGEST = "SELECT digest FROM history_digest"
_SET_DIGEST = "INSERT OR REPLACE INTO history_digest (one, digest) VALUES (1, ?)"

ARE_THERE = "SELECT 1 FROM sqlite_schema WHERE name = 'strands'"
"""The question whether the tables of an image are of a version that has these."""


DIGEST_IS_THERE = "SELECT 1 FROM sqlite_schema WHERE name = 'history_digest'"
"""The question whether they are of a version that binds the strands together."""


def entry_of(row: Sequence[Any]) -> JournalEntry:
    """An entry from its columns. Raises as SQLite does for cells that no writer of ours leaves."""
    entry = JournalEntry._make(row)
    _require((entry.number, entry.place, entry.at), int)
    _require((entry.what, entry.path, entry.detail, entry.by, entry.jwt), str)
    _require((entry.keys,), bytes)
    return entry


def _strand_of(row: Sequence[Any]) -> Strand:
    strand = Strand(*row)
    _require((strand.id, strand.anchor, strand.head), bytes)
    _require((strand.start, strand.folded, strand.until), int)
    return strand


def _require(cells: Sequence[object], kind: type) -> None:
    for cell in cells:  # of every entry, at every save: `all` of a generator takes twice as long
        if not isinstance(cell, kind):
            raise sqlite3.DataError(f"a cell of the history holds no {kind.__name__}")


def load(sql: sqlite3.Connection) -> dict[bytes, Strand]:
    """Every strand with its entries, by its id; one without its own row is not whole."""
    by_strand: dict[bytes, list[JournalEntry]] = {}
    for strand_id, *fields in sql.execute(_SELECT):
        _require((strand_id,), bytes)
        by_strand.setdefault(strand_id, []).append(entry_of(fields))
    all_strands = {each: strands.begun(each)._replace(head=bytes(HASH)) for each in by_strand}
    all_strands.update((strand.id, strand) for strand in map(_strand_of, sql.execute(_STRANDS)))
    return {
        each: strand._replace(entries=tuple(by_strand.get(each, ())))
        for each, strand in all_strands.items()
    }


def store(sql: sqlite3.Connection, all_strands: Mapping[bytes, Strand]) -> None:
    """Let these be the strands, in the place of those that are there."""
    sql.execute("DELETE FROM entries")
    sql.execute("DELETE FROM strands")
    for strand in all_strands.values():
        _store_strand(sql, strand)
        sql.executemany(_INSERT, ((strand.id, *entry) for entry in strand.entries))


def bind_together(sql: sqlite3.Connection) -> None:
    """Keep the digest of the strands as they are now, after any change of them."""
    sql.execute(_SET_DIGEST, (_digest_now(sql),))


def are_bound_together(sql: sqlite3.Connection) -> bool:
    """Whether every strand is there as it was written."""
    row = sql.execute(_DIGEST).fetchone()
    return row is not None and bytes(row[0]) == _digest_now(sql)


@contextlib.contextmanager
def kept_bound(sql: sqlite3.Connection) -> Iterator[None]:
    """Bind the strands together anew after the block, unless one was gone before: that shows on."""
    are_bound = are_bound_together(sql)
    yield
    if are_bound:
        bind_together(sql)


def _digest_now(sql: sqlite3.Connection) -> bytes:
    return strands.digest_of_all(_strand_of(row) for row in sql.execute(_STRANDS))


def _store_strand(sql: sqlite3.Connection, strand: Strand) -> None:
    sql.execute(
        "INSERT OR REPLACE INTO strands (id, start, anchor, head, folded, until) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (strand.id, strand.start, strand.anchor, strand.head, strand.folded, strand.until),
    )


def add(sql: sqlite3.Connection, strand_id: bytes, entries: Iterable[JournalEntry]) -> None:
    """Add entries to the end of a strand; their `number` and `place` are given here.

    They stand behind all that is there, also where others wrote in this second, or by a clock that
    is ahead: it was done before.
    """
    strand = _without_entries(sql, strand_id)
    last, place = sql.execute(_LAST, (strand_id,)).fetchone() or (strand.start, strand.until)
    of_others = sql.execute(_LAST_OF_OTHERS, (strand_id,)).fetchone()[0]
    if of_others is not None:
        place = max(place, min(of_others + 1, _LATEST))
    numbered = list(_numbered(last, place, entries))
    if not numbered:
        return
    with_entries = strand._replace(entries=tuple(numbered))
    *_, head = strands.hashes(with_entries._replace(anchor=strand.head))
    sql.executemany(_INSERT, ((strand_id, *entry) for entry in numbered))
    sql.execute(
        "INSERT INTO strands (id, start, anchor, head, folded, until) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET head = excluded.head",
        (strand_id, strand.start, strand.anchor, head, strand.folded, strand.until),
    )


def _without_entries(sql: sqlite3.Connection, strand_id: bytes) -> Strand:
    """A strand as its own row says, to be gone on with."""
    row = sql.execute(f"{_STRANDS} WHERE id = ?", (strand_id,)).fetchone()
    return strands.begun(strand_id) if row is None else _strand_of(row)


def _numbered(last: int, place: int, entries: Iterable[JournalEntry]) -> Iterator[JournalEntry]:
    for number, entry in enumerate(entries, last + 1):
        place = max(place, entry.at)
        yield entry._replace(number=number, place=place)


def fold_oldest(sql: sqlite3.Connection, keys: int) -> None:
    """Fold the oldest entries together where there are more than a vault of so many keys keeps.

    An eighth goes at a time, so that this is not done again with every save.
    """
    limit = max(LEAST_KEPT, keys)
    if sql.execute(_COSTS).fetchone()[0] <= limit:
        return
    all_strands = load(sql)
    left = limit - limit // 8
    kept: dict[bytes, int] = dict.fromkeys(all_strands, 0)
    for strand, entry in reversed(strands.in_order(all_strands.values())):
        left -= 1 + len(entry.keys) // _KEYS_OF_AN_ENTRY
        if left < 0:
            break
        kept[strand.id] += 1
    store(
        sql,
        strands.without_the_forgotten(
            strands.folded(strand, len(strand.entries) - kept[strand.id])
            for strand in all_strands.values()
        ),
    )
