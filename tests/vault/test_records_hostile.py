"""Images that someone with the passphrase made to do harm: refused, in bounded time."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.tools import count
from tests.vault.many import Cells, many
from wallet.errors import ContentsInvalidError, NewerContentsError, WalletError
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.db import image as images
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.db.parts.rotations import Manner, Phase
from wallet.vault.records import Records
from wallet.vault.tree.tree import Tree

INTERIOR = 0x05


@pytest.fixture(scope="module")
def sound() -> bytes:
    """An operator, two accounts and 300 users: each table has more than one page, or one."""
    return many(300, 2).database.serialize()


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images open as large ones do: without a look at every page."""
    monkeypatch.setattr(images, "CHECKED_AT_ONCE", 0)


def changed(image: bytes, *statements: str) -> bytes:
    """The image after someone else's SQLite changed it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.deserialize(image)
        database.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            database.execute(statement)
        return database.serialize()


SCHEMAS = {
    "a table": "CREATE TABLE more (x)",
    "a view": "CREATE VIEW more AS SELECT * FROM keys",
    "a trigger": "CREATE TRIGGER more AFTER INSERT ON tests BEGIN DELETE FROM seeds; END",
    "a full-text table": "CREATE VIRTUAL TABLE more USING fts5 (x)",
    "an index": "CREATE INDEX more ON keys (notes)",
    "statistics": "ANALYZE",
    "one trigger less": "DROP TRIGGER key_deleted",
    "one table less": "DROP TABLE servers",
    "another column": "ALTER TABLE settings ADD COLUMN more TEXT",
}

CONTENTS = {
    "keys above each other": "UPDATE keys SET parent = 4, branch = 4 WHERE id = 2",
    "a key above itself": "UPDATE keys SET parent = 2, branch = 2 WHERE id = 2",
    "a user under an operator": "UPDATE keys SET parent = 1, branch = 1 WHERE id = 9",
    "a parent that is not there": "UPDATE keys SET parent = 5000, branch = 5000 WHERE id = 9",
    "a branch that is not its parent": "UPDATE keys SET branch = -1 WHERE id = 9",
    "an unknown kind": "UPDATE keys SET kind = 'robot' WHERE id = 9",
    "an unknown status": "UPDATE keys SET status = 'asleep' WHERE id = 9",
    "a name with a slash": "UPDATE keys SET name = 'a/b' WHERE id = 9",
    "a name without end": "UPDATE keys SET name = hex(zeroblob(50000)) WHERE id = 9",
    "a time without end": "UPDATE keys SET created = 9223372036854775807 WHERE id = 9",
    "a time before time": "UPDATE keys SET expires = -9223372036854775808 WHERE id = 9",
    "a short cell": "INSERT INTO seeds VALUES (9, x'00')",
    "a cell of no key": "INSERT INTO seeds VALUES (5000, zeroblob(72))",
    "ids at their end": "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    "children below zero": "UPDATE branches SET keys = -5 WHERE id = 2",
    "children without end": f"UPDATE branches SET keys = {2**63 - 1}",
    "children not counted": "DELETE FROM branches WHERE id = 2",
}


@pytest.mark.parametrize("statement", SCHEMAS.values(), ids=SCHEMAS)
def test_tables_other_than_ours_are_refused(sound: bytes, unchecked: None, statement: str) -> None:
    with pytest.raises(ContentsInvalidError):
        Records.load(changed(sound, statement), Cells())


# Columns that are never empty, and what asks for them.
EMPTIED = {
    "entries": (("at", "what", "path", "by", "jwt", "keys"), "history"),
    "strands": (("start", "anchor", "head", "folded", "until"), "damage taken"),
    "tests": (("at",), "tests"),
    "rotations": (("manner", "phase", "begun", "changed"), "rotations"),
    "configurations": (("target", "chosen", "place", "digest", "at"), "configurations"),
    "deliveries": (("changed",), "deliveries"),
}


@pytest.mark.parametrize(
    ("table", "column", "asked"),
    [(table, column, asked) for table, (columns, asked) in EMPTIED.items() for column in columns],
)
def test_an_empty_cell_where_none_can_be_is_met_when_it_is_read(
    sound: bytes, unchecked: None, table: str, column: str, asked: str
) -> None:
    records = Records.load(sound, Cells())
    operator, account = (records.get(number).public for number in (1, 2))
    records.history.note(What.IMPORTED)
    records.results.add(f"U{5:055d}", "nats://there", True, "accepted", "", datetime.now(UTC))
    records.rotations.begin(operator, account, Manner.PLANNED, Phase.BOTH, "acme")
    records.configurations.note(Recipe("memory"), "there.conf", bytes(32))
    records.deliveries.note_change(2, (), written=False)
    image = records.database.serialize()
    assert use(Records.load(image, Cells())) == []
    assert asked in use(Records.load(emptied(image, table, column), Cells()))


def emptied(image: bytes, table: str, column: str) -> bytes:
    """The image with nothing in a column, which the schema, put back after that, says cannot be."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.deserialize(image)
        [(sql,)] = database.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,))
        kind = re.search(rf"\n    {column} (INTEGER|TEXT|BLOB) NOT NULL", sql)
        assert kind
        looser = sql.replace(kind[0], kind[0].removesuffix(" NOT NULL"))
        for text, after in ((looser, f"UPDATE {table} SET {column} = NULL"), (sql, "SELECT 1")):
            database.execute("PRAGMA writable_schema = ON")
            database.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (text, table))
            database.execute("PRAGMA writable_schema = RESET")
            database.execute(after)
        return database.serialize()


@pytest.mark.parametrize("statement", CONTENTS.values(), ids=CONTENTS)
def test_rows_that_no_writer_of_ours_leaves_are_refused(sound: bytes, statement: str) -> None:
    with pytest.raises(ContentsInvalidError):
        Records.load(changed(sound, statement), Cells())


@pytest.mark.parametrize("statement", CONTENTS.values(), ids=CONTENTS)
def test_unseen_they_harm_nobody_until_they_are_looked_for(
    sound: bytes, unchecked: None, statement: str
) -> None:
    records = Records.load(changed(sound, statement), Cells())
    use(records)
    with pytest.raises(ContentsInvalidError):
        Records.load(changed(sound, statement), Cells()).database.check()


def test_a_name_that_is_no_text_is_met_when_it_is_read(sound: bytes) -> None:
    statement = "UPDATE keys SET name = CAST(x'ff' AS TEXT) WHERE id = 9"
    records = Records.load(changed(sound, statement), Cells())
    with pytest.raises(ContentsInvalidError):
        list(records.all())


def test_the_control_is_taken_and_answers(sound: bytes, unchecked: None) -> None:
    records = Records.load(changed(sound), Cells())
    records.database.check()
    assert use(records) == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.slow
def test_bytes_changed_anywhere_never_give_another_error(
    sound: bytes, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    met = 0
    for turn in range(count(60, 150)):
        monkeypatch.setattr(images, "CHECKED_AT_ONCE", 0 if turn % 2 else 2**20)
        damaged = bytearray(sound)
        for _ in range(chance.choice((1, 3, 30))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            records = Records.load(damaged, Cells())
        except ContentsInvalidError:
            met += 1
            continue
        met += bool(use(records))
    assert met > 10  # the damage is damage


def test_a_table_of_endless_rows_is_given_up(sound: bytes, unchecked: None) -> None:
    with pytest.raises(ContentsInvalidError):
        list(Records.load(endless(sound, root_of("keys", sound)), Cells()).all())


@pytest.mark.slow
def test_a_schema_of_endless_rows_is_given_up(sound: bytes, unchecked: None) -> None:
    with pytest.raises(ContentsInvalidError):
        Records.load(endless(sound, 1), Cells())


def test_a_newer_arrangement_asks_for_a_newer_wallet(sound: bytes) -> None:
    with pytest.raises(NewerContentsError, match="Update nkey-wallet"):
        Records.load(changed(sound, "PRAGMA user_version = 999"), Cells())


def use(records: Records) -> list[str]:
    """Ask and change about everything; what was refused. Any other error is let through."""
    public = f"U{5:055d}"
    refused = []

    def browse() -> None:
        tree = Tree(records)
        tree.unfold_all()
        tree.rows(0, len(tree))
        for text in ("device-7", "kind:user 3", "nothing"):
            tree.filter(text)
            tree.rows(0, len(tree))

    def add() -> None:
        with Seed.generate(Kind.USER) as seed:
            records.add(seed, under=2)

    attempts: dict[str, Callable[[], object]] = {
        "all": lambda: list(records.all()),
        "find": lambda: records.find("acme/tenant-1/device-5"),
        "sealed": lambda: records.sealed(public),
        "tests": lambda: records.results.of_key(public),
        "servers": records.servers.recent,
        "history": records.history.events,
        "damage taken": records.history.take_as_it_is,
        "rotations": records.rotations.open,
        "configurations": records.configurations.all,
        "deliveries": records.deliveries.unproved,
        "browse": browse,
        "add": add,
        "rename": lambda: records.rename(2, "renamed"),
        "setting": lambda: records.settings.set("x", "y"),
        "cost": lambda: records.cost_of_deleting(1),
        "delete": lambda: records.delete(2),
        "serialize": records.database.serialize,
    }
    for name, attempt in attempts.items():
        try:
            attempt()
        except WalletError:
            refused.append(name)
    return refused


def root_of(table: str, image: bytes) -> int:
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(image)
        row = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,))
        return int(row.fetchone()[0])


def endless(image: bytes, root: int) -> bytes:
    """A table's pages so arranged that it has 100¹² rows: each page a hundred times the next."""
    size = int.from_bytes(image[16:18], "big")
    pages = [bytearray(image[at : at + size]) for at in range(0, len(image), size)]
    leaf = len(pages)  # any page that is a leaf will do at the end
    path = [root, *range(len(pages) - 12, len(pages)), leaf]
    pages.append(bytearray(leaf_like(image, root, size)))
    path[-1] = len(pages)
    for page, below in pairwise(path):
        pages[page - 1] = interior(pages[page - 1], below, 100 if page == 1 else 0)
    pages[0][28:32] = len(pages).to_bytes(4, "big")
    return b"".join(pages)


def leaf_like(image: bytes, root: int, size: int) -> bytes:
    """A leaf of the table at `root`: its own first page, or the first one below it."""
    start = 100 if root == 1 else 0
    page = image[(root - 1) * size : root * size]
    if page[start] != INTERIOR:
        return page if start == 0 else leaf_from_first(page)
    first = int.from_bytes(page[start + 12 : start + 14], "big")
    below = int.from_bytes(page[first : first + 4], "big")
    return leaf_like(image, below, size)


def leaf_from_first(page: bytes) -> bytes:
    """The same leaf on a page that has no database header before it."""
    cells = int.from_bytes(page[103:105], "big")
    moved = bytearray(page)
    moved[0 : 8 + 2 * cells] = page[100 : 108 + 2 * cells]
    return bytes(moved)


def interior(page: bytearray, below: int, start: int) -> bytearray:
    """An interior page whose hundred children are all `below`."""
    made = bytearray(len(page))
    made[:start] = page[:start]
    cells = 100
    content = len(page) - 5 * cells
    made[start : start + 8] = (
        bytes([INTERIOR, 0, 0]) + cells.to_bytes(2, "big") + (content.to_bytes(2, "big") + b"\0")
    )
    made[start + 8 : start + 12] = below.to_bytes(4, "big")
    for cell in range(cells):
        at = content + 5 * cell
        made[start + 12 + 2 * cell : start + 14 + 2 * cell] = at.to_bytes(2, "big")
        made[at : at + 5] = below.to_bytes(4, "big") + bytes([cell + 1])
    return made
