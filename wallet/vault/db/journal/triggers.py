"""The watch over the tables: whatever changes a key is noted, whoever changes it.

Triggers of SQLite, temporary ones, so that they are not in the file, write what is touched into
a temporary table. So no command has to remember to tell the history, and none can forget.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple


class Change(Enum):
    """The kinds of changes of the tables."""

    MADE = "made"
    DELETED = "deleted"
    NAME = "name"
    PARENT = "parent"
    STATUS = "status"
    TAGS = "tags"
    NOTES = "notes"
    REVOKED = "revoked"
    SEED = "seed"
    SEED_GONE = "seed-gone"
    JWT = "jwt"
    MAY = "may"
    TEST = "test"
    NOTE = "note"


_CHANGES = {change.value: change for change in Change}


class Touched(NamedTuple):
    """A change of the tables: of the key with the id `key`, `before` and `after`.

    For a deleted one they are its name and parent, for a test the server and the verdict. A `note`
    has no id, and has what happened and in detail.
    """

    change: Change
    key: int | None
    public: str | None
    before: str | int | None
    after: str | int | None


_TABLE = """
CREATE TEMP TABLE touched (
    id INTEGER PRIMARY KEY, change TEXT, key INTEGER, public TEXT, before ANY, after ANY
)
"""

_IS_BEGUN = "SELECT 1 FROM temp.sqlite_schema WHERE name = 'touched'"

# The last of the keys that were there: of a new one it is enough that it was made, and what it is
# in the end.
_NEWEST = "CREATE TEMP TABLE newest (key INTEGER)"
_LAST_ID = "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'keys'"
_KNOWN = "(SELECT key FROM newest)"


def _trigger(name: Change, when: str, values: str, only: str = "1") -> str:
    return (
        f'CREATE TEMP TRIGGER "watch {name.value} {when}" {when} WHEN {only} BEGIN '
        f"INSERT INTO touched (change, key, public, before, after) "
        f"SELECT '{name.value}', {values}; END"
    )


def _column(change: Change, column: str) -> str:
    return _trigger(
        change,
        f"AFTER UPDATE OF {column} ON keys",
        f"NEW.id, NEW.public, OLD.{column}, NEW.{column}",
        f"OLD.{column} IS NOT NEW.{column} AND NEW.id <= {_KNOWN}",
    )


_LAST_VERDICT = (
    "(SELECT verdict FROM tests WHERE key = NEW.key AND server = NEW.server AND id < NEW.id "
    "ORDER BY id DESC LIMIT 1)"
)
_STATEMENTS = (
    _TABLE,
    _NEWEST,
    f"INSERT INTO newest {_LAST_ID}",
    _trigger(Change.MADE, "AFTER INSERT ON keys", "NEW.id, NEW.public, NULL, NULL"),
    _trigger(Change.DELETED, "AFTER DELETE ON keys", "OLD.id, OLD.public, OLD.name, OLD.parent"),
    _column(Change.NAME, "name"),
    _column(Change.PARENT, "parent"),
    _column(Change.STATUS, "status"),
    _column(Change.TAGS, "tags"),
    _column(Change.NOTES, "notes"),
    _column(Change.REVOKED, "revoked"),
    _trigger(
        Change.SEED, "AFTER INSERT ON seeds", "NEW.key, NULL, NULL, NULL", f"NEW.key <= {_KNOWN}"
    ),
    _trigger(Change.SEED_GONE, "AFTER DELETE ON seeds", "OLD.key, NULL, NULL, NULL"),
    _trigger(
        Change.JWT,
        "BEFORE INSERT ON tokens",
        "NEW.key, NULL, (SELECT jwt FROM tokens WHERE key = NEW.key), NULL",
        f"NEW.key <= {_KNOWN}",
    ),
    _trigger(Change.JWT, "AFTER DELETE ON tokens", "OLD.key, NULL, OLD.jwt, NULL"),
    _trigger(Change.JWT, "BEFORE UPDATE ON tokens", "OLD.key, NULL, OLD.jwt, NULL"),
    _trigger(Change.MAY, "AFTER INSERT ON unsigned", "NEW.key, NULL, NULL, NULL"),
    _trigger(Change.MAY, "AFTER DELETE ON unsigned", "OLD.key, NULL, OLD.nats, NULL"),
    _trigger(
        Change.TEST,
        "AFTER INSERT ON tests",
        "NEW.key, NULL, NEW.server, NEW.verdict",
        f"NEW.verdict IS NOT {_LAST_VERDICT}",
    ),
)


def is_begun(sql: sqlite3.Connection) -> bool:
    """Whether changes of these tables are noted; not any more once they were saved."""
    return sql.execute(_IS_BEGUN).fetchone() is not None


def begin(sql: sqlite3.Connection) -> None:
    """Note every change of these tables from now on, until the connection ends.

    What was noted before is forgotten, where a change was begun and changed nothing.
    """
    if is_begun(sql):
        take(sql)
        return
    sql.execute("BEGIN")
    for statement in _STATEMENTS:
        sql.execute(statement)
    sql.execute("COMMIT")


def note(sql: sqlite3.Connection, what: str, publics: Iterable[str | None], detail: str) -> None:
    """Note what changes no table, of each of these keys, among the changes that do."""
    sql.executemany(
        "INSERT INTO touched (change, public, before, after) VALUES ('note', ?, ?, ?)",
        ((public, what, detail) for public in publics),
    )


def touched_keys(sql: sqlite3.Connection) -> tuple[frozenset[int], frozenset[str]]:
    """The ids of the keys that were changed so far, tests apart, and what is noted beside that."""
    keys = sql.execute(
        "SELECT DISTINCT key FROM touched WHERE key IS NOT NULL AND change <> 'test'"
    ).fetchall()
    notes = sql.execute("SELECT DISTINCT before FROM touched WHERE change = 'note'").fetchall()
    return frozenset(key for (key,) in keys), frozenset(str(what) for (what,) in notes)


def take(sql: sqlite3.Connection) -> list[Touched]:
    """Every change since the last time this was asked, in their order."""
    rows = sql.execute("SELECT change, key, public, before, after FROM touched ORDER BY id")
    touched = [Touched(_CHANGES[change], *rest) for change, *rest in rows]
    sql.execute("DELETE FROM touched")
    sql.execute(f"UPDATE newest SET key = ({_LAST_ID})")  # noqa: S608
    return touched
