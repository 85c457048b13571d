"""The check of what a vault holds: each problem, and what there is to do. Over tables, no disk.

It is SQLite's own check and the shape of the tree, some 15 ms for each MiB, and nothing is saved
over what fails it. The check of every single key is in `single_keys.py`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from wallet.text import without_seeds
from wallet.vault.db.journal import history_tables, strands
from wallet.when import exactly

NAMED = 20
"""So many keys with one problem are named; of the rest their number."""

RESTORE = "Restore a backup from before it: nkey-wallet backups lists them."


class Problem(NamedTuple):
    """A damage in a vault's tables. `code` is for programs; `why` and `fix` are sentences."""

    code: str
    why: str
    fix: str

    def to_json(self) -> dict[str, str]:
        """The code, reason and remedy, as one of the `problems` of `check --json`."""
        return {"code": self.code, "why": self.why, "fix": self.fix}


# A user under an account, an account under an operator, signing keys under their own kind.
_MISPLACED = """
SELECT k.public, k.name FROM keys AS k LEFT JOIN keys AS p ON p.id = k.parent
WHERE k.parent IS NOT NULL AND NOT ifnull(
    (k.signing = 1 AND p.kind = k.kind AND p.signing = 0)
    OR (k.kind = 'user' AND p.kind = 'account' AND p.signing = 0)
    OR (k.kind = 'account' AND p.kind = 'operator' AND p.signing = 0), 0)
LIMIT ?
"""

# From each key up, no further than a tree is deep.
_UNREACHABLE = """
SELECT k.public, k.name FROM keys AS k LEFT JOIN keys AS p ON p.id = k.branch
LEFT JOIN keys AS g ON g.id = p.branch LEFT JOIN keys AS h ON h.id = g.branch
WHERE NOT ifnull(
    k.branch IN (0, -1) OR p.branch IN (0, -1) OR g.branch IN (0, -1) OR h.branch IN (0, -1), 0)
LIMIT ?
"""

_MISCOUNTED = """
SELECT 1 FROM branches AS b
WHERE b.keys <> (SELECT count(*) FROM keys WHERE branch = b.id)
UNION ALL SELECT 1 FROM keys WHERE branch NOT IN (SELECT id FROM branches)
LIMIT 1
"""

_IDS_AT_THEIR_END = "SELECT 1 FROM sqlite_sequence WHERE seq > 9999999999"


def of_tables(sql: sqlite3.Connection) -> list[Problem]:
    """The problems in the pages, rows and tree of an image of ours, the gravest first.

    Raises what SQLite raises where not even that can be read.
    """
    messages = [row[0] for row in sql.execute(f"PRAGMA integrity_check({NAMED})")]
    if messages != ["ok"]:
        # What else the rows say is not to be trusted then.
        return [Problem("database", f"SQLite says: {_told(text)}.", RESTORE) for text in messages]
    return [*_of_references(sql), *_of_tree(sql), *_of_history(sql)]


def _of_references(sql: sqlite3.Connection) -> Iterator[Problem]:
    rows = sql.execute("PRAGMA foreign_key_check").fetchmany(999)
    tables = dict.fromkeys(row[0] for row in rows)
    for table in tables:
        yield Problem(
            "reference", f"A row of {_told(table)} is of a key that is not here.", RESTORE
        )
    if sql.execute(_IDS_AT_THEIR_END).fetchone() is not None:
        yield Problem("numbers", "The numbers for new keys have come to their end.", RESTORE)


def _of_tree(sql: sqlite3.Connection) -> Iterator[Problem]:
    if keys := sql.execute(_MISPLACED, (NAMED + 1,)).fetchall():
        yield Problem("misplaced", f"Under a key of the wrong kind: {names_of(keys)}.", RESTORE)
    if keys := sql.execute(_UNREACHABLE, (NAMED + 1,)).fetchall():
        yield Problem(
            "unreachable",
            f"On no branch of the tree, where no list shows them: {names_of(keys)}.",
            RESTORE,
        )
    if sql.execute(_MISCOUNTED).fetchone() is not None:
        yield Problem("counts", "The numbers of keys on the branches are wrong.", RESTORE)


_PARTS_ARE_GONE = (
    "The history was changed or cut: all that a machine wrote there, or every machine, is gone or "
    "was exchanged. What it says of the keys may be untrue; the keys are not touched by that."
)


def _of_history(sql: sqlite3.Connection) -> Iterator[Problem]:
    if sql.execute(history_tables.ARE_THERE).fetchone() is None:
        return  # of a version whose history is not bound
    broken = [one for one in history_tables.load(sql).values() if not strands.is_whole(one)]
    if not broken and sql.execute(history_tables.DIGEST_IS_THERE).fetchone() is not None:
        if not history_tables.are_bound_together(sql):
            yield Problem("history", _PARTS_ARE_GONE, RESTORE)
    elif broken:
        times = [strand.entries[-1].at for strand in broken if strand.entries]
        since = f", last written to at {exactly(max(times))}" if times else ""
        yield Problem(
            "history",
            f"The history was changed or cut: what a machine wrote there{since} does not hold "
            "together. What it says of the keys may be untrue; the keys are not touched by that.",
            RESTORE,
        )


def names_of(keys: list[tuple[str, str]], count: int | None = None) -> str:
    """`name (UABC…)` of each, and how many more there are."""
    named = ", ".join(f"{_told(name)} ({_told(public)[:9]}…)" for public, name in keys[:NAMED])
    if len(keys) <= NAMED:
        return named
    return f"{named} and {f'{count - NAMED:,} more' if count else 'more'}"


def _told(text: object) -> str:
    return without_seeds(str(text), 120)
