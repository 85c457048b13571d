"""The tree at 100,000 keys: right, and at the cost of 300."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate

import pytest

from tests.vault.many import Cells, many
from wallet.nats.nkeys import Kind, PublicKey
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.tree import Tree

pytestmark = pytest.mark.slow

SHAPES = {"one account": 1, "ten users an account": 10}
STEPS = 100


@dataclass
class Cost:
    """What SQLite was asked for: rows that came back, and hundreds of its machine's steps."""

    rows: int = 0
    steps: int = 0


@contextmanager
def cost_of(records: Records) -> Iterator[Cost]:
    """What is fetched and computed meanwhile. Counted, not timed: the same on any machine."""
    cost = Cost()

    def row(_cursor: sqlite3.Cursor, values: tuple[object, ...]) -> tuple[object, ...]:
        cost.rows += 1
        return values

    def step() -> int:
        cost.steps += 1
        return 0

    with records.database.question() as sql:
        sql.row_factory = row
        sql.set_progress_handler(step, STEPS)
    try:
        yield cost
    finally:
        with records.database.question() as sql:
            sql.row_factory = None
            sql.set_progress_handler(None, 0)


def shaped(keys: int, shape: str) -> Records:
    return many(keys, 1 if SHAPES[shape] == 1 else keys // 10)


@pytest.fixture(scope="module", params=SHAPES)
def pair(request: pytest.FixtureRequest) -> tuple[Records, Records]:
    """The same shape at 300 users, more than a screenful, and at 100,000."""
    return shaped(300, request.param), shaped(100_000, request.param)


def opened(records: Records) -> Tree:
    """Down to the users of the first account."""
    tree = Tree(records)
    tree.fold_all()
    tree.toggle(0)
    tree.toggle(1)
    return tree


ACTIONS: dict[str, Callable[[Tree], object]] = {
    "the first screenful": lambda tree: tree.rows(0, 24),
    "one line further down": lambda tree: tree.rows(1, 24),
    "the last screenful": lambda tree: tree.rows(len(tree) - 24, 24),
    "one line": lambda tree: tree.rows(7, 1),
    "what is above a line": lambda tree: tree.parent_of(5),
    "a fold": lambda tree: tree.toggle(1),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_window_fetches_and_computes_the_same_at_any_size(
    pair: tuple[Records, Records], action: str
) -> None:
    costs = []
    for records in pair:
        tree = opened(records)
        with cost_of(records) as cost:
            ACTIONS[action](tree)
        costs.append(cost)
    small, large = costs
    assert large.rows <= small.rows + 1
    assert large.steps <= 2 * small.steps + 5


def test_opening_fetches_no_more_at_any_size(pair: tuple[Records, Records]) -> None:
    fetched = []
    for records in pair:
        with cost_of(records) as cost:
            Tree(records).rows(0, 24)
        fetched.append(cost.rows)
    assert fetched[1] <= fetched[0] + 1


def test_the_first_matches_of_a_filter_fetch_the_same_at_any_size(
    pair: tuple[Records, Records],
) -> None:
    for text in ("d", "device-77", "tenant-1/ 7", "nothing-like-it"):
        fetched = []
        for records in pair:
            tree = opened(records)
            tree.prepare()
            with cost_of(records) as cost:
                tree.filter(text)
                tree.step(24)
                tree.rows(0, 24)
            fetched.append(cost.rows)
        assert max(fetched) <= 24 + 1
        assert fetched[1] <= 24


def test_all_matches_are_found_among_100_000(pair: tuple[Records, Records]) -> None:
    _, records = pair
    tree = Tree(records)
    for text, matches in (("device-99999", 1), ("kind:user", 100_000), ("device-1234", 11)):
        tree.filter(text)
        assert len(tree) >= matches
        assert tree.matches_known == matches
    tree.filter("kind:operator")
    assert [row.key.name for row in tree.rows(0, 9) if row.key] == ["acme"]


def test_lines_anywhere_among_100_000_are_the_right_ones(pair: tuple[Records, Records]) -> None:
    _, records = pair
    tree = Tree(records)
    tree.unfold_all()
    every = [key.id for key in records.all()]
    assert len(tree) == len(every)
    chance = random.Random(1)
    starts = [chance.randrange(len(every)) for _ in range(40)]
    # Then on in small steps both ways, as a person scrolls.
    starts += accumulate((chance.choice((-23, -1, 1, 23)) for _ in range(40)), initial=50_000)
    for start in starts:
        rows = tree.rows(start, 24)
        assert [row.key.id for row in rows if row.key] == every[start : start + 24]
    for start in starts[:10]:
        assert tree.row_of(every[start]) == start


WORDS = ("7", "a", "zz", "d1", "ä", "tenant-2/", "tag:pro", "tag:dev", "kind:user", "no:seed", "x")


@pytest.mark.parametrize("seed", range(5))
def test_a_filter_finds_what_looking_at_each_key_finds(seed: int) -> None:
    chance = random.Random(seed)
    records = mixed(chance)
    tree = Tree(records)
    every = list(records.all())
    of_keys = [chance.choice(every).public[at : at + 4].lower() for at in (5, 20, 40)]
    numbers = ["2", "22", "77", *of_keys, of_keys[0][:3]]
    for _ in range(90):
        words = chance.sample([*WORDS, *numbers], chance.choice((1, 1, 2, 3)))
        wanted = [key for key in every if all(holds(key, word) for word in words)]
        tree.filter(" ".join(words))
        lines = tree.rows(0, len(tree))
        shown = [row.key.id for row in lines if row.key]
        above = ancestors(wanted, every)
        assert tree.matches_known == len(wanted)
        assert shown == [key.id for key in every if key in wanted or key.id in above]
        if wanted:
            first = lines[tree.first_match or 0].key
            assert first is not None
            assert first.id == wanted[0].id


def mixed(chance: random.Random) -> Records:
    """Operators, accounts, users and others, under each other and alone, tagged at random."""
    records = Records.empty(Cells())

    def add(kind: Kind, name: str, under: list[int]) -> int:
        public = PublicKey.from_raw(kind, chance.randbytes(32))
        tags = chance.sample(["Prod", "dev", "eu"], chance.randrange(3))
        parent = chance.choice(under) if under and chance.random() < 0.8 else None
        return records.add_public(public, name=name, under=parent, tags=tags).id

    operators = [add(Kind.OPERATOR, f"Op{n}", []) for n in range(3)]
    accounts = [add(Kind.ACCOUNT, f"tenant-{n}", operators) for n in range(8)]
    accounts.append(add(Kind.ACCOUNT, "Ärzte", []))
    for n in range(120):
        add(Kind.USER, f"D{chance.randrange(20)} n{n}", accounts)
    for n in range(10):
        add(chance.choice([Kind.SERVER, Kind.CURVE]), f"X{n}", [])
    return records


def holds(key: KeyRecord, word: str) -> bool:
    """What the filter promises, written another way."""
    if word.startswith("tag:"):
        return any(tag.casefold().startswith(word[4:]) for tag in key.tags)
    if word.startswith("kind:"):
        return key.kind.value == word[5:]
    if word == "no:seed":
        return not key.has_seed
    public = [key.public] if len(word) >= 4 else []
    return any(word in text.casefold() for text in (key.path, *public, *key.tags))


def ancestors(keys: list[KeyRecord], every: list[KeyRecord]) -> set[int]:
    parents = {key.id: key.parent for key in every}
    found: set[int] = set()
    for key in keys:
        above = key.parent
        while above is not None:
            found.add(above)
            above = parents[above]
    return found
