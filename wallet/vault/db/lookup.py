"""Finding the key that a person means by a public key or its beginning, a path or a name."""

from __future__ import annotations

import difflib
import sqlite3
from typing import NoReturn

from wallet.errors import AmbiguousKeyError, KeyFormatError, NoSuchKeyError, UsageError
from wallet.nats.nkeys import decode_public, looks_like_seed
from wallet.text import plain
from wallet.vault.key_record import fold, is_plain

SHORTEST_BEGINNING = 4
_NAMED = 5
_COMPARED = 5_000

_PATH = """
SELECT concat_path FROM (
    SELECT CASE
        WHEN g.id IS NOT NULL THEN g.name || '/' || p.name || '/' || k.name
        WHEN p.id IS NOT NULL THEN p.name || '/' || k.name
        ELSE k.name END AS concat_path
    FROM keys AS k LEFT JOIN keys AS p ON p.id = k.parent LEFT JOIN keys AS g ON g.id = p.parent
    WHERE k.id = ?)
"""


def find(sql: sqlite3.Connection, ref: str) -> int:
    """The id of the key that `ref` means.

    In this order: a whole public key, a path, a name that only one key has, the beginning of
    a public key, 4 characters or more. Raises `NoSuchKeyError` with names that are near, and
    `AmbiguousKeyError` with some of those it could be.
    """
    ref = ref.strip()
    if looks_like_seed(ref):
        raise UsageError("That is a seed. Name the key by its public key, path or name instead.")
    if not is_plain(ref):
        return _missing(sql, plain(ref))
    if (exact := _by_public(sql, ref)) is not None or (exact := by_path(sql, ref)) is not None:
        return exact
    named = _ids(sql, "SELECT id FROM keys WHERE name = ? LIMIT ?", ref)
    if len(named) == 1:
        return named[0]
    if named:
        _ambiguous(sql, f"More than one key is called {ref}", named)
    beginning = ref.upper()
    if len(beginning) >= SHORTEST_BEGINNING and beginning.isascii() and beginning.isalnum():
        beginning_so = _ids(
            sql,
            "SELECT id FROM keys WHERE public >= ? AND public < ? ORDER BY public LIMIT ?",
            beginning,
            beginning + "~",
        )
        if len(beginning_so) == 1:
            return beginning_so[0]
        if beginning_so:
            _ambiguous(sql, f"More than one public key begins with {beginning}", beginning_so)
    return _missing(sql, ref)


def by_path(sql: sqlite3.Connection, path: str) -> int | None:
    """The id of the key at `path`, names from the top joined by `/`; None when there is none."""
    key = 0
    for name in path.split("/"):
        row = sql.execute(
            "SELECT id FROM keys WHERE name = ? AND ifnull(parent, 0) = ?", (name, key)
        ).fetchone()
        if row is None:
            return None
        key = row[0]
    return key or None


def _by_public(sql: sqlite3.Connection, text: str) -> int | None:
    try:
        public = decode_public(text)
    except KeyFormatError:
        return None
    row = sql.execute("SELECT id FROM keys WHERE public = ?", (public.text,)).fetchone()
    if row is None:
        raise NoSuchKeyError(f"{public.text} is not in this vault.")
    key: int = row[0]
    return key


def _ids(sql: sqlite3.Connection, question: str, *values: str) -> list[int]:
    return [row[0] for row in sql.execute(question, (*values, _NAMED + 1))]


def _path(sql: sqlite3.Connection, key: int) -> str:
    return str(sql.execute(_PATH, (key,)).fetchone()[0])


def _ambiguous(sql: sqlite3.Connection, what: str, ids: list[int]) -> NoReturn:
    paths = ", ".join(_path(sql, key) for key in ids[:_NAMED])
    more = " and others" if len(ids) > _NAMED else ""
    raise AmbiguousKeyError(f"{what}: {paths}{more}. Say which with its path or public key.")


def _missing(sql: sqlite3.Connection, ref: str) -> NoReturn:
    near = _near(sql, ref)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise NoSuchKeyError(f"No key in this vault answers to “{ref}”.{hint}")


def _near(sql: sqlite3.Connection, ref: str) -> list[str]:
    """Paths of a few keys whose names are much like the last part of `ref`."""
    wanted = fold(ref.rsplit("/", 1)[-1])
    if not wanted or len(wanted) > 128:
        return []
    rows = sql.execute("SELECT id, name FROM keys ORDER BY id DESC LIMIT ?", (_COMPARED,))
    names: dict[str, int] = {fold(name): key for key, name in rows}
    return [_path(sql, names[name]) for name in difflib.get_close_matches(wanted, names, n=3)]
