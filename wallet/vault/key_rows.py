"""All that the tables hold of single keys: read, compared, put back where a key was deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from wallet.nats.claims.content import few
from wallet.text import plain
from wallet.vault.db.rows import MOST_VALUES, is_free, reindex
from wallet.vault.records import Records

_STATES = """
SELECT k.id, k.public, k.kind, k.signing, k.parent, k.name, k.status, k.tags, k.notes,
    s.cell, t.jwt, u.nats, k.revoked
FROM keys AS k LEFT JOIN seeds AS s ON s.key = k.id LEFT JOIN tokens AS t ON t.key = k.id
LEFT JOIN unsigned AS u ON u.key = k.id
WHERE k.id IN ({places})
"""
_BENEATH = "SELECT id FROM keys WHERE parent IN ({places})"


@dataclass(frozen=True, slots=True)
class KeyRows:
    """Holds what a person, or a signature, decides of a key; not what follows from that, nor tests.

    `cell` is its seed as it is sealed, `unsigned` what it may do where no JWT says so. Whether it
    is `revoked` stands in its account's JWT, and makes no difference between two states.
    """

    id: int
    public: str
    kind: str
    signing: int
    parent: int | None
    name: str
    status: str
    tags: str
    notes: str
    cell: bytes | None = field(repr=False)
    token: str | None
    unsigned: str | None
    revoked: int = field(compare=False)


def states(records: Records, ids: Iterable[int]) -> dict[int, KeyRows]:
    """The states of keys, by their ids; of those that are not there none."""
    rows = (KeyRows(*row) for row in _in_parts(records, _STATES, ids))
    return {state.id: state for state in rows}


def beneath(records: Records, ids: Iterable[int]) -> set[int]:
    """The ids of the keys that hang directly beneath some."""
    return {key for (key,) in _in_parts(records, _BENEATH, ids)}


def present(records: Records, publics: Iterable[str]) -> set[str]:
    """The ones among some public keys that the vault holds."""
    query = "SELECT public FROM keys WHERE public IN ({places})"
    return {public for (public,) in _in_parts(records, query, publics)}


def obstacle(records: Records, gone: Sequence[KeyRows]) -> str:
    """Say in a sentence what keeps deleted keys from being put back; empty where nothing does."""
    again = present(records, [state.public for state in gone])
    if names := [plain(state.name, 60) for state in gone if state.public in again]:
        return f"{few(names)}: in the vault again."
    taken = states(records, [state.id for state in gone])  # by other keys: after a restore
    if names := [plain(state.name, 60) for state in gone if state.id in taken]:
        return (
            f"{few(names)}: the vault was restored since, elsewhere. ‹vault›, Backups… has what "
            "was before that."
        )
    return ""


def put_back(past: Records, records: Records, ids: Iterable[int]) -> None:
    """Put keys back that were deleted, with every row of them as it was in the `past`.

    Their parents have to be there, or among them. Seeds come back as they were sealed. What other
    tables say of a key goes with it: those that name one by its id are found by their schema.
    """
    wanted = list(ids)
    with records.database.change() as sql:
        for table, column, columns in [("keys", "id", _columns(sql, "keys")), *_tables(sql)]:
            names = ", ".join(columns)
            query = f"SELECT {names} FROM {table} WHERE {column} IN ({{places}})"  # noqa: S608
            rows = _in_parts(past, query, wanted)
            if table == "keys":
                rows = _parents_first(rows, columns.index("id"), columns.index("parent"))
            sql.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608
                rows,
            )


def put_seed(records: Records, key: int, cell: bytes | None) -> None:
    """Put a key's seed back as it was sealed, or let go of it."""
    with records.database.change() as sql:
        if cell is None:
            sql.execute("DELETE FROM seeds WHERE key = ?", (key,))
        else:
            sql.execute("INSERT INTO seeds VALUES (?, ?)", (key, cell))
        reindex(sql, key)


def _parents_first(rows: list[tuple[Any, ...]], key: int, parent: int) -> list[tuple[Any, ...]]:
    """Order rows so that no key comes before what it hangs beneath."""
    left = {row[key]: row for row in rows}
    ordered: list[tuple[Any, ...]] = []
    while left:
        ready = [row for row in left.values() if row[parent] not in left]
        for row in ready or list(left.values()):
            ordered.append(left.pop(row[key]))
    return ordered


def _tables(sql: sqlite3.Connection) -> list[tuple[str, str, list[str]]]:
    """The tables that name keys by their ids: the column that does, and the columns to copy."""
    names = sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    tables: list[tuple[str, str, list[str]]] = []
    for (name,) in names:
        for reference in sql.execute(f"PRAGMA foreign_key_list({name})").fetchall():
            if name != "keys" and reference[2] == "keys":
                columns = _columns(sql, name)
                tables.append((name, reference[3], [one for one in columns if one != "id"]))
    return tables


def _columns(sql: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in sql.execute(f"PRAGMA table_info({table})").fetchall()]


def _in_parts(records: Records, query: str, values: Iterable[object]) -> list[tuple[Any, ...]]:
    wanted, rows = list(values), list[tuple[Any, ...]]()
    for start in range(0, len(wanted), MOST_VALUES):
        some = wanted[start : start + MOST_VALUES]
        with records.database.question() as sql:
            rows += sql.execute(query.format(places=",".join("?" * len(some))), some).fetchall()
    return rows


def is_name_free(records: Records, name: str, parent: int | None) -> bool:
    """Whether no key is called so beneath `parent`."""
    with records.database.question() as sql:
        return is_free(sql, name, parent)
