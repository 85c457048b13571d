"""The SQL behind the records: rows to `KeyRecord`, names that are free, what lies beneath a key.

Every function takes the connection to ask and neither begins nor ends a transaction.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wallet.errors import NoSuchKeyError, StateRefusesError
from wallet.nats.nkeys import Kind, PublicKey
from wallet.vault.db.image import invalid
from wallet.vault.db.last_test import last_test_of
from wallet.vault.key_record import DeletionCost, KeyRecord, LastTest, fold, marks, moment, place

OPERATORS = 0
STANDALONE = -1
MOST_VALUES = 512

_KINDS: dict[object, Kind] = {kind.value: kind for kind in Kind}


class KeyRow(NamedTuple):
    """A row as `select` reads it: columns of `keys`, and what `COMPUTED` takes from elsewhere."""

    id: object
    public: object
    kind: object
    name: object
    parent: object
    path: object
    status: object
    created: object
    tags: object
    notes: object
    expires: object
    has_seed: object
    children: object
    signing: object
    revoked: object
    has_jwt: object
    rotating: object
    unwritten: object
    unproved: object
    last_test: object


# Of a user: all servers that know its account were seen to refuse it, or to have what revokes it.
_PROOF = "delivery_proofs AS f WHERE f.account = k.parent AND f.who = k.public AND f.valid = 1"
_PROVED = f"""EXISTS (SELECT 1 FROM {_PROOF}) AND NOT EXISTS (
SELECT 1 FROM known_servers AS n JOIN keys AS a ON a.public = n.owner WHERE a.id = k.parent
AND NOT EXISTS (SELECT 1 FROM {_PROOF} AND f.server = n.server))"""  # noqa: S608

COMPUTED = {
    "path": "ifnull(g.name || '/', '') || ifnull(p.name || '/', '') || k.name",
    "has_seed": "s.key IS NOT NULL",
    "children": "ifnull(b.keys, 0)",
    "has_jwt": "t.key IS NOT NULL",
    "unwritten": "d.written IS 0 AND NOT k.revoked AND k.status = 'active'",
    "unproved": (
        "CASE WHEN k.kind = 'account' THEN d.key IS NOT NULL ELSE k.revoked "  # noqa: S608
        "AND k.kind = 'user' AND EXISTS (SELECT 1 FROM open_revocations AS o "
        f"WHERE o.account = k.parent AND (o.who = k.public OR o.who = '*' AND NOT ({_PROVED}))) END"
    ),
    "last_test": (
        "(SELECT l.at || ' ' || (l.at < ifnull(d.changed, 0)) || ' ' || l.ok || ' ' || l.verdict "
        f"{last_test_of('k.id')})"
    ),
    "rotating": "EXISTS (SELECT 1 FROM rotations AS r WHERE r.old = k.public AND r.phase = 'both')",
}

_SELECT = f"""
SELECT {", ".join(COMPUTED.get(field, f"k.{field}") for field in KeyRow._fields)}
FROM keys AS k
LEFT JOIN keys AS p ON p.id = k.parent
LEFT JOIN keys AS g ON g.id = p.parent
LEFT JOIN seeds AS s ON s.key = k.id
LEFT JOIN branches AS b ON b.id = k.id
LEFT JOIN tokens AS t ON t.key = k.id
LEFT JOIN deliveries AS d ON d.key = k.id
"""  # noqa: S608

# A key and all beneath it. The depth is bounded, whatever the parents say.
_BENEATH = """
WITH RECURSIVE beneath (id, depth) AS (
    VALUES (?1, 0)
    UNION ALL
    SELECT keys.id, depth + 1 FROM beneath JOIN keys ON keys.parent = beneath.id WHERE depth < 3
)
"""

_SUMS_BENEATH = (
    _BENEATH
    + """
SELECT count(*), count(seeds.key), total(kind = 'account' AND signing = 0), total(kind = 'user'),
    total(signing)
FROM beneath JOIN keys USING (id) LEFT JOIN seeds ON seeds.key = keys.id
"""
)

_WITH_SEEDS = (
    _BENEATH
    + """
SELECT public FROM beneath JOIN keys USING (id) JOIN seeds ON seeds.key = id
"""
)


class NewRow(NamedTuple):
    """A row as `insert` writes it: columns of `keys`. Without an id, SQLite gives one."""

    id: int | None
    public: str
    kind: str
    parent: int | None
    branch: int
    name: str
    place: str
    created: int
    tags: str
    folded: str | None
    marks: str
    notes: str
    signing: int
    expires: int | None


_INSERT = (
    f"INSERT INTO keys ({', '.join(NewRow._fields)}) "  # noqa: S608
    f"VALUES ({', '.join('?' * len(NewRow._fields))})"
)


def select(sql: sqlite3.Connection, where: str, *values: object) -> Iterator[KeyRecord]:
    """The keys that `where` (SQL over `k`) picks.

    Raises `ContentsInvalidError` for a row that no writer of ours leaves.
    """
    for row in sql.execute(_SELECT + where, values):
        try:
            yield _record(KeyRow._make(row))
        except (LookupError, ValueError, OverflowError, OSError, TypeError) as error:
            raise invalid() from error


def select_one(sql: sqlite3.Connection, key: int) -> KeyRecord:
    """The key with this id. Raises `NoSuchKeyError`."""
    record = next(select(sql, "WHERE k.id = ?", key), None)
    if record is None:
        raise NoSuchKeyError("That key is no longer in this vault.")
    return record


def by_branch(sql: sqlite3.Connection) -> dict[int, list[KeyRecord]]:
    """Every key, by the branch of the tree that it is on, in the order of that."""
    branches: dict[int, list[KeyRecord]] = {}
    for record in select(sql, "ORDER BY k.branch, k.place, k.id"):
        branches.setdefault(branch_of(record.kind, record.parent), []).append(record)
    return branches


def take_branch(branches: dict[int, list[KeyRecord]], branch: int) -> Iterator[KeyRecord]:
    """Take the keys of a branch out of `branches`, each with all beneath it behind it."""
    for record in branches.pop(branch, ()):
        yield record
        if record.children:
            yield from take_branch(branches, record.id)


def _record(row: KeyRow) -> KeyRecord:
    return KeyRecord(
        id=_int(row.id),
        public=str(row.public),
        kind=_KINDS[row.kind],
        name=str(row.name),
        parent=None if row.parent is None else _int(row.parent),
        path=str(row.path),
        status=str(row.status),
        created=moment(_int(row.created)),
        tags=tuple(str(row.tags).split()),
        notes=str(row.notes),
        has_seed=bool(row.has_seed),
        expires=None if row.expires is None else moment(_int(row.expires)),
        children=_int(row.children),
        signing=bool(row.signing),
        revoked=bool(row.revoked),
        has_jwt=bool(row.has_jwt),
        rotating=bool(row.rotating),
        unwritten=bool(row.unwritten),
        unproved=bool(row.unproved),
        last_test=None if row.last_test is None else _last_test(str(row.last_test)),
    )


def _last_test(text: str) -> LastTest:
    at, outdated, ok, verdict = text.split(" ", 3)
    return LastTest(moment(int(at)), ok != "0", verdict, outdated=outdated != "0")


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


def branch_of(kind: Kind, parent: int | None) -> int:
    """The branch of the tree that a key hangs on."""
    if parent is not None:
        return parent
    return OPERATORS if kind is Kind.OPERATOR else STANDALONE


def new_row(
    key: int | None,
    public: PublicKey,
    name: str,
    parent: KeyRecord | None,
    tags: Sequence[str] = (),
    notes: str = "",
    *,
    has_seed: bool,
    has_jwt: bool = False,
    expires: int | None = None,
    signing: bool = False,
) -> NewRow:
    """A row to `insert`, made now and active. Without an id, SQLite gives one."""
    under = None if parent is None else parent.id
    return NewRow(
        id=key,
        public=public.text,
        kind=public.kind.value,
        parent=under,
        branch=branch_of(public.kind, under),
        name=name,
        place=place(name, "active", signing=signing),
        created=int(time.time()),
        tags=" ".join(tags),
        folded=_folded(name),
        marks=marks(
            public.kind, "active", tags, has_seed=has_seed, has_jwt=has_jwt, signing=signing
        ),
        notes=notes,
        signing=int(signing),
        expires=expires,
    )


def insert(sql: sqlite3.Connection, row: NewRow) -> int:
    """Insert one row; its id."""
    key = sql.execute(_INSERT, row).lastrowid
    if key is None:
        raise invalid()
    return key


def insert_many(
    sql: sqlite3.Connection,
    rows: Iterable[NewRow],
    cells: Iterable[tuple[int, bytes]],
    tokens: Iterable[tuple[int, str]] = (),
) -> None:
    """Insert new rows with seeds and JWTs. Raises `UsageError` when one of the keys is here."""
    try:
        sql.executemany(_INSERT, rows)
        sql.executemany("INSERT INTO seeds VALUES (?, ?)", cells)
        sql.executemany("INSERT INTO tokens VALUES (?, ?)", tokens)
    except sqlite3.IntegrityError as error:
        if "keys.public" not in str(error):
            raise
        raise StateRefusesError(
            "One of these keys is already in this vault. None was added."
        ) from None


def next_id(sql: sqlite3.Connection) -> int:
    """The id after the highest ever given."""
    row = sql.execute("SELECT seq FROM sqlite_sequence WHERE name = 'keys'").fetchone()
    return 1 if row is None else _int(row[0]) + 1


def is_free(sql: sqlite3.Connection, name: str, under: int | None) -> bool:
    """Whether no key at that place in the tree is called so."""
    return (
        sql.execute(
            "SELECT 1 FROM keys WHERE name = ? AND ifnull(parent, 0) = ?", (name, under or 0)
        ).fetchone()
        is None
    )


def free_name(sql: sqlite3.Connection, stem: str, under: int | None) -> str:
    """`stem-<n>` for a small n, found in few questions however many are taken."""
    high = 1
    while not is_free(sql, f"{stem}-{high}", under):
        high *= 2
    low = high // 2  # taken, or 0
    while high - low > 1:
        middle = (low + high) // 2
        if is_free(sql, f"{stem}-{middle}", under):
            high = middle
        else:
            low = middle
    return f"{stem}-{high}"


def free_names(sql: sqlite3.Connection, stem: str, under: int | None) -> Iterator[str]:
    """`stem-1`, `stem-2` and on, without those taken when asked first."""
    taken = {
        name
        for (name,) in sql.execute(
            "SELECT name FROM keys WHERE name > ? AND name < ? AND ifnull(parent, 0) = ?",
            (f"{stem}-", f"{stem}.", under or 0),
        )
    }
    number = 0
    while True:
        number += 1
        if (name := f"{stem}-{number}") not in taken:
            yield name


def reindex(sql: sqlite3.Connection, key: int) -> None:
    """Write again what the order and the filter need of a key."""
    (record,) = select_ids(sql, [key])
    sql.execute(
        "UPDATE keys SET place = ?, folded = ?, marks = ? WHERE id = ?",
        (
            place(record.name, record.status, signing=record.signing),
            _folded(record.name),
            marks(
                record.kind,
                record.status,
                record.tags,
                has_seed=record.has_seed,
                has_jwt=record.has_jwt,
                revoked=record.revoked,
                signing=record.signing,
            ),
            key,
        ),
    )


def _folded(name: str) -> str | None:
    folded = fold(name)
    return None if folded == name else folded


def select_ids(sql: sqlite3.Connection, ids: Sequence[int]) -> list[KeyRecord]:
    """The keys with these ids, in this order. Raises `ContentsInvalidError` when one is not."""
    by_id: dict[int, KeyRecord] = {}
    for start in range(0, len(ids), MOST_VALUES):
        some = ids[start : start + MOST_VALUES]
        marks = ",".join("?" * len(some))
        for record in select(sql, f"WHERE k.id IN ({marks})", *some):
            by_id[record.id] = record
    try:
        return [by_id[key] for key in ids]
    except KeyError as error:
        raise invalid() from error


def cost_of_deleting(sql: sqlite3.Connection, record: KeyRecord) -> DeletionCost:
    """The keys and seeds that are deleted with `record`, counted and in a sentence."""
    keys, seeds, accounts, users, signing = sql.execute(_SUMS_BENEATH, (record.id,)).fetchone()
    accounts = int(accounts) - (record.kind is Kind.ACCOUNT and not record.signing)
    users = int(users) - (record.kind is Kind.USER)
    signing = int(signing) - record.signing
    parts = [
        _number(signing, "signing key"),
        _number(accounts, "account"),
        _number(users, "user"),
    ]
    beneath = " and ".join(part for part in parts if part)
    what = record.role if record.signing else f"{record.kind.value} key"
    sentence = f"This deletes the {what} {record.path}"
    sentence += f" and {beneath} beneath it. " if beneath else ". "
    if seeds:
        its = "1 seed goes" if seeds == 1 else f"{seeds:,} seeds go"
        sentence += f"{its} with that: only a backup is sure to bring a seed back."
    else:
        sentence += "No seed goes with that."
    if record.kind is Kind.USER and record.has_jwt and not (record.revoked or record.is_spent):
        sentence += " Its account's JWT revokes it, for copies of its JWT may be about."
    return DeletionCost(record.public, keys, seeds, accounts, users, sentence)


def with_seeds(sql: sqlite3.Connection, key: int) -> frozenset[str]:
    """The public keys of a key and those beneath it that have a seed here."""
    return frozenset(str(public) for (public,) in sql.execute(_WITH_SEEDS, (key,)))


def _number(count: int, what: str) -> str:
    return "" if count == 0 else f"1 {what}" if count == 1 else f"{count:,} {what}s"
