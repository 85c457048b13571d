"""Whoever adds a column to `keys` says in `COLUMNS` which parts of the vault are to mind it.

Each then is seen to: the history notes a change of it, undoing takes the change back, joining two
versions takes it over and a stranger's file changes nothing in it, a restore tells of it, and a key
that takes another's place has it too. Without that a column is lost without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.merging.worlds import World, copy, merged
from tests.vault.support import CHEAP, passphrase
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.rotation import stages
from wallet.tasks.undo.steps import go_back, next_back
from wallet.vault.copies.restoration import compare
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

HISTORY, UNDO, MERGE, STRANGERS = "history", "undo", "merge", "strangers"
COPIES, ROTATION = "copies", "rotation"
PLACES = (HISTORY, UNDO, MERGE, STRANGERS, COPIES, ROTATION)
STAYS = dict.fromkeys(PLACES, "it is what the key is, and never changes")
FOLLOWS = dict.fromkeys(PLACES, "it is written anew with what it follows from")

# Of each column a change that a person could make, and the places that need not mind it, with why.
COLUMNS: dict[str, tuple[str, dict[str, str]]] = {
    "id": ("", STAYS),
    "public": ("", STAYS),
    "kind": ("", STAYS),
    "signing": (
        "signing = 1",
        {
            **dict.fromkeys((HISTORY, UNDO), "only joining changes it, noted and not undone"),
            ROTATION: "the new key hangs where the old one does, as what that is",
        },
    ),
    "parent": (
        "parent = :other, branch = :other",
        {
            STRANGERS: "whoever joins them is asked",
            ROTATION: "the new key hangs where the old one does: seen by its path",
        },
    ),
    "branch": ("", FOLLOWS),
    "name": ("name = 'another'", {ROTATION: "the new key has the old one's, which gets another"}),
    "place": ("", FOLLOWS),
    "status": ("status = 'retired'", {ROTATION: "a retired key is not rotated"}),
    "created": (
        "created = created - 1",
        {
            HISTORY: "the entry of its making has the time",
            UNDO: "no change of this window sets another time",
            COPIES: "two files of one vault differ in it only after joining, and nobody misses it",
            ROTATION: "a new key was made now",
        },
    ),
    "expires": ("", FOLLOWS),
    "revoked": (
        "revoked = 1",
        {
            UNDO: "it follows from the account's JWT, which is undone",
            **dict.fromkeys(
                (MERGE, STRANGERS), "it follows from the account's JWT, which is joined"
            ),
            ROTATION: "a revoked key is not rotated",
            COPIES: "a restore keeps who is revoked, and tells that by itself",
        },
    ),
    "tags": ("tags = 'one two'", {STRANGERS: "of a key that both have all tags are kept"}),
    "notes": ("notes = 'said of it'", {STRANGERS: "a key that has none may get a stranger's"}),
    "folded": ("", FOLLOWS),
    "marks": ("", FOLLOWS),
}
CHANGING = [column for column, (change, _) in COLUMNS.items() if change]
KEY, OTHER = "one/key", "other"


def columns(records: Records) -> list[str]:
    with records.database.question() as sql:
        return [row[1] for row in sql.execute("PRAGMA table_info(keys)")]


def value(records: Records, column: str, public: str) -> object:
    with records.database.question() as sql:
        query = f"SELECT {column} FROM keys WHERE public = ?"
        return sql.execute(query, (public,)).fetchone()[0]


def change(records: Records, column: str, key: int, other: int) -> None:
    query = f"UPDATE keys SET {COLUMNS[column][0]} WHERE id = :key"
    with records.database.change() as sql:
        sql.execute(query, {"key": key, "other": other})


def fill(records: Records) -> tuple[int, int, str]:
    """Two operators, and an account under the first; the second may be another parent."""
    with (
        Seed.generate(Kind.OPERATOR) as first,
        Seed.generate(Kind.OPERATOR) as second,
        Seed.generate(Kind.ACCOUNT) as account,
    ):
        one = records.add(first, name="one")
        other = records.add(second, name=OTHER)
        key = records.add(account, name="key", under=one.id)
    return key.id, other.id, key.public


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[tuple[Vault, int, int, str]]:
    with passphrase() as typed, Vault.create(tmp_path / "vault.nkw", typed, CHEAP) as vault:
        with vault.change() as records:
            key, other, public = fill(records)
        vault.keep_past()
        yield vault, key, other, public


@pytest.fixture
def versions() -> Iterator[tuple[World, Records, Records, int, int, str]]:
    """A world with two versions of its base, alike as yet; and the keys of `fill` in them."""
    world = World(7)
    key, other, public = fill(world.base)
    ours, theirs = copy(world.base, world.box), copy(world.base, world.box)
    yield world, ours, theirs, key, other, public
    for records in (world.base, ours, theirs):
        records.close()


def is_minded(column: str, place: str) -> bool:
    return place not in COLUMNS[column][1]


def test_no_column_is_forgotten(vault: tuple[Vault, int, int, str]) -> None:
    assert columns(vault[0].records) == list(COLUMNS)
    for change_of_it, reasons in COLUMNS.values():
        assert reasons.keys() <= set(PLACES)
        assert change_of_it or reasons.keys() == set(PLACES)


@pytest.mark.parametrize("column", CHANGING)
def test_the_history_notes_a_change_of_it(vault: tuple[Vault, int, int, str], column: str) -> None:
    opened, key, other, public = vault
    before = len(opened.records.history.events(public))
    with opened.change() as records:
        change(records, column, key, other)
    notes = opened.records.history.events(public)[before:]
    assert bool(notes) == is_minded(column, HISTORY)


@pytest.mark.parametrize("column", [name for name in CHANGING if is_minded(name, UNDO)])
def test_undoing_takes_a_change_of_it_back(vault: tuple[Vault, int, int, str], column: str) -> None:
    opened, key, other, public = vault
    before = value(opened.records, column, public)
    with opened.change() as records:
        change(records, column, key, other)
    assert value(opened.records, column, public) != before
    go_back(opened, next_back(opened))
    assert value(opened.records, column, public) == before


@pytest.mark.parametrize("column", [name for name in CHANGING if is_minded(name, MERGE)])
def test_joining_takes_over_what_the_other_changed_in_it(
    versions: tuple[World, Records, Records, int, int, str], column: str
) -> None:
    world, ours, theirs, key, other, public = versions
    change(theirs, column, key, other)
    joined = merged(world, ours, theirs, world.base)
    assert value(joined, column, public) == value(theirs, column, public)
    assert value(joined, column, public) != value(ours, column, public)


@pytest.mark.parametrize("column", [name for name in CHANGING if is_minded(name, STRANGERS)])
def test_a_strangers_file_changes_nothing_in_it(
    versions: tuple[World, Records, Records, int, int, str], column: str
) -> None:
    world, ours, theirs, key, other, public = versions
    change(theirs, column, key, other)
    joined = merged(world, ours, theirs, None, are_kin=False)
    assert value(joined, column, public) == value(ours, column, public)
    assert value(joined, column, public) != value(theirs, column, public)


@pytest.mark.parametrize("old", ["account", "user", "signing key"])
@pytest.mark.parametrize("column", [name for name in CHANGING if is_minded(name, ROTATION)])
def test_a_key_in_the_place_of_another_has_it_too(
    vault: tuple[Vault, int, int, str], column: str, old: str
) -> None:
    opened, account, other, _ = vault
    keys = {"account": account}
    with (
        opened.change() as records,
        Seed.generate(Kind.USER) as user,
        Seed.generate(Kind.ACCOUNT) as signing,
    ):
        issuing = Issuing(records)
        keys["user"] = issuing.add(user, name="user", under=account).id
        keys["signing key"] = issuing.add_signing_key(account, signing, name="signs").id
        for key in keys.values():
            change(records, column, key, other)
    there = opened.records.get(keys[old])
    new = stages.begin(opened, there, Manner.PLANNED).rotation.new
    wanted = value(opened.records, column, there.public)
    assert value(opened.records, column, new) == wanted
    if old == "account":  # one that signs for it gets a counterpart, which is to be like it
        [counterpart] = opened.records.signing_keys(opened.records.find(new).id)
        assert value(opened.records, column, counterpart.public) == wanted


@pytest.mark.parametrize("column", CHANGING)
def test_a_restore_tells_of_a_key_that_differs_in_it(
    versions: tuple[World, Records, Records, int, int, str], column: str
) -> None:
    _, ours, theirs, key, other, public = versions
    change(theirs, column, key, other)
    changed = [record.public for record in compare(ours, theirs).changed]
    assert changed == [public] * is_minded(column, COPIES)
