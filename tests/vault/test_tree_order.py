"""Siblings in other orders than that of names, with and without a filter."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tests.vault.many import Cells, many
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.records import Records
from wallet.vault.tree.search import SearchText
from wallet.vault.tree.sibling_order import Order
from wallet.vault.tree.tree import Tree


@pytest.fixture
def records() -> Records:
    """acme/orders with a, b, c and d, of which d is retired; two operators."""
    records = Records.empty(Cells())

    def add(kind: Kind, name: str, under: int | None = None) -> int:
        with Seed.generate(kind) as seed:
            return records.add(seed, name=name, under=under).id

    orders = add(Kind.ACCOUNT, "orders", add(Kind.OPERATOR, "acme"))
    add(Kind.OPERATOR, "zeta")
    keys = {name: add(Kind.USER, name, orders) for name in "abcd"}
    times = {"a": (30, None, 300), "b": (10, 2000, None), "c": (20, 1000, 100), "d": (5, 1, 1)}
    with records.database.change() as sql:
        for name, (created, expires, _) in times.items():
            sql.execute(
                "UPDATE keys SET created = ?, expires = ? WHERE id = ?",
                (created, expires, keys[name]),
            )
    for name, (_, _, tested) in times.items():
        if tested is not None:
            public, at = records.get(keys[name]).public, datetime.fromtimestamp(tested, UTC)
            records.results.add(
                public, "nats://one", ok=True, verdict="accepted", summary="", at=at
            )
    records.set_status(keys["d"], "retired")
    return records


def names(tree: Tree) -> list[str]:
    return [row.key.name for row in tree.rows(0, 100) if row.key is not None]


BY = {Order.NAME: "abcd", Order.AGE: "bcad", Order.EXPIRY: "cbad", Order.TEST: "bcad"}


@pytest.mark.parametrize("order", Order)
def test_siblings_stand_in_the_order_beneath_what_they_hang_beneath(
    records: Records, order: Order
) -> None:
    tree = Tree(records, order=order)
    assert names(tree)[:6] == ["acme", "orders", *BY[order]]
    for line, name in enumerate(BY[order], 2):
        assert tree.row_of(records.find(name).id) == line
        assert tree.parent_of(line) == 1


@pytest.mark.parametrize("order", Order)
def test_a_filter_keeps_the_order(records: Records, order: Order) -> None:
    tree = Tree(records, order=order)
    tree.filter("kind:user")
    assert names(tree) == ["acme", "orders", *BY[order]]
    assert len(tree.matches()) == 4


def test_another_order_keeps_the_filter_and_the_folds(records: Records) -> None:
    tree = Tree(records)
    tree.filter("kind:user")
    assert names(Tree(records, tree, order=Order.AGE)) == ["acme", "orders", *"bcad"]
    plain = Tree(records)
    plain.fold(1)
    assert names(Tree(records, plain, order=Order.AGE)) == ["acme", "orders", "zeta"]


def test_the_orders_follow_each_other_in_a_ring() -> None:
    assert Order.NAME.next.next.next.next is Order.NAME


@pytest.mark.slow
@pytest.mark.parametrize("order", [Order.AGE, Order.EXPIRY, Order.TEST])
def test_many_keys_in_an_order_are_sorted_once(order: Order) -> None:
    records = many(100_000)
    started = time.process_time()
    tree = Tree(records, order=order)
    tree.unfold_all()
    tree.rows(50_000, 40)
    first = time.process_time() - started
    started = time.process_time()
    for line in range(0, 90_000, 3000):
        tree.rows(line, 40)
    each = (time.process_time() - started) / 30
    assert each < first / 5


@pytest.mark.parametrize("order", Order)
def test_each_key_is_searched_by_its_own_path_and_public_key(
    records: Records, order: Order
) -> None:
    acme = records.find("acme").id
    for name in ("Bills", "alpha"):
        with Seed.generate(Kind.ACCOUNT) as seed:
            account = records.add(seed, name=name, under=acme).id
        with Seed.generate(Kind.USER) as seed:
            records.add(seed, name=f"of-{name}", under=account)
    with Seed.generate(Kind.SERVER) as seed:
        records.add(seed, name="alone")
    search, keys = SearchText(records, order), {key.id: key for key in records.all()}
    assert sorted(search.ids) == sorted(keys)
    assert search.paths.count("\0") == len(keys)
    for number, key_id in enumerate(search.ids):
        key = keys[key_id]
        assert search.path(number).endswith(f"{key.path.casefold()}\0")
        assert search.path(number).count("\0") == 1
        assert search.public(number) == f"{key.public}\n"
        assert search.number_at(search.start(number)) == number
        assert search.branch_of(number) == (
            key.parent or (0 if key.name in {"acme", "zeta"} else -1)
        )
