"""Finding the key that is meant by a public key, its beginning, a path or a name; and counting."""

from __future__ import annotations

import sqlite3
from typing import NoReturn

from wallet.errors import AmbiguousKeyError, KeyFormatError, NoSuchKeyError, UsageError
from wallet.nats.nkeys import Kind, decode_public, looks_like_seed
from wallet.text import did_you_mean, near, plain
from wallet.vault.key_record import fold, is_plain

SHORTEST_BEGINNING = 4
_NAMED = 5
_COMPARED = 5_000
_SHOWN = 8  # characters of a public key, or as many as it takes to tell two

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
        _ambiguous(sql, named, f"keys are called {ref}")
    beginning = ref.upper()
    if beginning.isascii() and beginning.isalnum():
        beginning_so = _ids(
            sql,
            "SELECT id FROM keys WHERE public >= ? AND public < ? ORDER BY public LIMIT ?",
            beginning,
            beginning + "~",
        )
        if len(beginning_so) == 1 and len(beginning) >= SHORTEST_BEGINNING:
            return beginning_so[0]
        if len(beginning_so) == 1:
            raise NoSuchKeyError(
                f"{beginning} is too short for the beginning of a public key, which has "
                f"{SHORTEST_BEGINNING} characters or more. One key begins so: "
                f"{_path(sql, beginning_so[0])} ({_public(sql, beginning_so[0])})."
            )
        if beginning_so:
            _ambiguous(sql, beginning_so, f"public keys begin with {beginning}")
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


def _ambiguous(sql: sqlite3.Connection, ids: list[int], what: str) -> NoReturn:
    """Raise `AmbiguousKeyError`: how many they are, `what` they have in common, some of them."""
    several = len(ids) <= _NAMED
    count = str(len(ids)) if several else f"More than {_NAMED}"
    publics = [_public(sql, key) for key in ids[:_NAMED]]
    shown = next(
        n for n in range(_SHOWN, 57) if len({each[:n] for each in publics}) == len(publics)
    )
    keys = ", ".join(
        f"{_path(sql, key)} ({public[:shown]}…)" for key, public in zip(ids, publics, strict=False)
    )
    raise AmbiguousKeyError(
        f"{count} {what}: {keys}{'' if several else ' and others'}. Say which with its path or "
        "more of its public key."
    )


def _public(sql: sqlite3.Connection, key: int) -> str:
    return str(sql.execute("SELECT public FROM keys WHERE id = ?", (key,)).fetchone()[0])


def _missing(sql: sqlite3.Connection, ref: str) -> NoReturn:
    hint = did_you_mean(_near(sql, ref))
    raise NoSuchKeyError(f"No key in this vault answers to “{ref}”.{hint}")


def _near(sql: sqlite3.Connection, ref: str) -> list[str]:
    """Paths of a few keys whose names are much like the last part of `ref`."""
    wanted = fold(ref.rsplit("/", 1)[-1])
    if not wanted:
        return []
    rows = sql.execute("SELECT id, name FROM keys ORDER BY id DESC LIMIT ?", (_COMPARED,))
    names: dict[str, int] = {fold(name): key for key, name in rows}
    return [_path(sql, names[name]) for name in near(wanted, names)]


def count(sql: sqlite3.Connection, kind: Kind | None) -> int:
    """The number of keys, of one kind or in all."""
    if kind is None:
        return int(sql.execute("SELECT total(keys) FROM branches").fetchone()[0])
    return int(sql.execute("SELECT count(*) FROM keys WHERE kind = ?", (kind.value,)).fetchone()[0])


def sealed_seed(sql: sqlite3.Connection, public: str) -> bytes | None:
    """The cell of a key's seed; None where there is none."""
    of_key = "SELECT cell FROM seeds JOIN keys ON keys.id = seeds.key WHERE public = ?"
    row = sql.execute(of_key, (public,)).fetchone()
    return None if row is None else bytes(row[0])


def expiring(sql: sqlite3.Connection, earliest: int, latest: int) -> frozenset[int]:
    """The ids of the keys whose JWT expires between two times, seconds since 1970."""
    between = "SELECT id FROM keys WHERE expires BETWEEN ? AND ?"
    return frozenset(key for (key,) in sql.execute(between, (earliest, latest)))
