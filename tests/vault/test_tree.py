"""The tree as it is shown: what is folded, what a filter leaves, and what a window costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.vault.many import Cells
from wallet.nats.nkeys import Kind, Seed, generate_many
from wallet.vault.records import Records
from wallet.vault.tree.tree import Tree


def add(records: Records, kind: Kind, name: str, under: int | None = None, *tags: str) -> int:
    with Seed.generate(kind) as seed:
        return records.add(seed, name=name, under=under, tags=tags).id


@pytest.fixture
def records() -> Records:
    """acme/{metrics/grafana, orders/{billing, reports}}, beta, and n1 standing alone."""
    made = Records.empty(Cells())
    acme = add(made, Kind.OPERATOR, "acme")
    metrics = add(made, Kind.ACCOUNT, "metrics", acme)
    orders = add(made, Kind.ACCOUNT, "orders", acme)
    add(made, Kind.USER, "grafana", metrics, "prod")
    add(made, Kind.USER, "billing", orders, "prod")
    add(made, Kind.USER, "reports", orders, "dev")
    add(made, Kind.OPERATOR, "beta")
    add(made, Kind.SERVER, "n1")
    return made


ALL = [
    *("acme", "  metrics", "    grafana", "  orders", "    billing", "    reports"),
    *("beta", "Standalone", "  n1"),
]


def shown(tree: Tree) -> list[str]:
    """Every line, indented."""
    rows = tree.rows(0, len(tree))
    return ["  " * row.depth + (row.key.name if row.key else row.group or "") for row in rows]


def line(tree: Tree, name: str) -> int:
    return [text.strip() for text in shown(tree)].index(name)


def test_operators_come_first_and_then_what_stands_alone(records: Records) -> None:
    tree = Tree(records)
    tree.unfold_all()
    assert shown(tree) == ALL
    assert len(tree) == len(ALL)
    assert [row.foldable for row in tree.rows(0, 3)] == [True, True, False]


def test_fold_all_leaves_what_is_at_the_top(records: Records) -> None:
    tree = Tree(records)
    tree.fold_all()
    assert shown(tree) == ["acme", "beta", "Standalone"]
    assert all(row.folded for row in tree.rows(0, 9) if row.foldable)
    tree.unfold_all()
    assert shown(tree) == ALL


def test_one_branch_folds_and_unfolds(records: Records) -> None:
    tree = Tree(records)
    tree.unfold_all()
    tree.fold(line(tree, "orders"))
    assert shown(tree) == [text for text in ALL if text.strip() not in {"billing", "reports"}]
    tree.toggle(line(tree, "orders"))
    tree.toggle(line(tree, "Standalone"))
    assert shown(tree) == ALL[:-1]
    tree.toggle(line(tree, "Standalone"))
    tree.fold(line(tree, "billing"))
    assert shown(tree) == ALL


def test_each_line_knows_what_it_hangs_beneath(records: Records) -> None:
    tree = Tree(records)
    tree.unfold_all()
    for text in ("", "l"):  # without a filter, and with one that finds all it needs
        tree.filter(text)
        assert tree.parent_of(line(tree, "billing")) == line(tree, "orders")
        assert tree.parent_of(line(tree, "orders")) == line(tree, "acme")
        assert tree.parent_of(line(tree, "acme")) is None
    tree.filter("")
    assert tree.parent_of(line(tree, "n1")) == line(tree, "Standalone")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("bill", ["acme", "  orders", "    billing"]),
        ("BILL", ["acme", "  orders", "    billing"]),
        ("tag:prod", ["acme", "  metrics", "    grafana", "  orders", "    billing"]),
        ("tag:prod orders", ["acme", "  orders", "    billing"]),
        ("kind:server", ["Standalone", "  n1"]),
        ("kind:operator", ["acme", "beta"]),
        ("orders/rep", ["acme", "  orders", "    reports"]),
        ("nothing-like-it", []),
        ("no:seed", []),
    ],
)
def test_a_filter_leaves_the_matches_and_what_is_above_them(
    records: Records, text: str, left: list[str]
) -> None:
    tree = Tree(records)
    tree.fold_all()
    tree.filter(text)
    assert shown(tree) == left
    assert tree.filtered
    tree.filter("")
    assert shown(tree) == ["acme", "beta", "Standalone"]


def test_a_public_keys_beginning_is_found(records: Records) -> None:
    tree = Tree(records)
    tree.filter(records.find("reports").public[:12].lower())
    assert shown(tree) == ["acme", "  orders", "    reports"]
    assert tree.matches_known == 1


def test_what_was_found_can_be_folded_too(records: Records) -> None:
    tree = Tree(records)
    tree.filter("prod")
    tree.fold(line(tree, "orders"))
    assert shown(tree) == ["acme", "  metrics", "    grafana", "  orders"]
    tree.fold_all()
    assert shown(tree) == ["acme"]
    tree.unfold_all()
    assert "    billing" in shown(tree)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_fewer_than_four_characters_are_not_looked_for_in_public_keys(
    records: Records, length: int
) -> None:
    public = records.find("reports").public
    tree = Tree(records)
    for at in range(50):
        part = public[at : at + length].lower()
        if not any(part in f"{key.path} {key.tags}" for key in records.all()):
            tree.filter(part)
            assert len(tree) == 0


def test_a_folded_or_filtered_key_can_be_shown(records: Records) -> None:
    tree = Tree(records)
    tree.fold_all()
    billing = records.find("billing").id
    assert tree.row_of(billing) is None
    assert tree.reveal(billing) == line(tree, "billing")
    tree.fold_all()
    assert tree.reveal(records.find("n1").id) == line(tree, "n1")
    tree.filter("prod")
    tree.fold_all()
    assert tree.reveal(billing) == line(tree, "billing")
    assert tree.reveal(records.find("reports").id) == line(tree, "reports")
    assert not tree.filtered
    assert tree.reveal(10**6) is None


def test_a_change_of_the_records_shows_at_once(records: Records) -> None:
    tree = Tree(records)
    tree.unfold_all()
    tree.filter("prod")
    records.rename(records.find("billing").id, "invoices")
    assert "    invoices" in shown(tree)
    tree.filter("")
    records.delete(records.find("acme").id)
    assert shown(tree) == ["beta", "Standalone", "  n1"]


def test_another_tree_can_open_as_this_one_is(records: Records) -> None:
    tree = Tree(records)
    tree.unfold_all()
    tree.fold(line(tree, "orders"))
    again = Tree(Records.load(records.database.serialize(), Cells()), like=tree)
    assert shown(again) == shown(tree)
    tree.filter("prod")
    tree.fold(line(tree, "metrics"))
    again = Tree(Records.load(records.database.serialize(), Cells()), like=tree)
    assert shown(again) == shown(tree)


def test_lines_that_are_not_there_are_none(records: Records) -> None:
    tree = Tree(records)
    assert tree.rows(-1, 5) == []
    assert tree.rows(10_000, 5) == []
    assert tree.rows(0, 0) == []
    assert Tree(Records.empty(Cells())).rows(0, 10) == []


@contextmanager
def counted(records: Records) -> Iterator[list[str]]:
    """The questions that SQLite is asked meanwhile."""
    asked: list[str] = []
    with records.database.question() as sql:
        sql.set_trace_callback(asked.append)
    try:
        yield asked
    finally:
        with records.database.question() as sql:
            sql.set_trace_callback(None)


def test_a_window_costs_the_same_questions_at_any_size() -> None:
    counts = []
    for users in (30, 3000):
        records = Records.empty(Cells())
        acme = add(records, Kind.OPERATOR, "acme")
        orders = add(records, Kind.ACCOUNT, "orders", acme)
        records.add_many(generate_many(Kind.USER, users), stem="device", under=orders)
        tree = Tree(records)
        tree.unfold_all()
        tree.rows(0, 20)
        with counted(records) as asked:
            rows = tree.rows(10, 20)
        assert len(rows) == 20
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 3
    assert sqlite3.sqlite_version_info >= (3, 35)


def test_a_state_is_looked_for_anew_after_a_change(records: Records) -> None:
    tree = Tree(records)
    tree.filter("state:untested bil")
    assert len(tree) > 0
    public = records.find("billing").public
    records.results.add(public, "nats://n1:4222", True, "accepted", "", datetime.now(UTC))
    tree.filter("state:untested")
    assert "billing" not in " ".join(shown(tree))
    assert "reports" in " ".join(shown(tree))
