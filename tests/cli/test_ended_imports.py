"""Who deletes or moves an account is told which imports in other accounts end by that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_account_links import done, paired
from wallet.nats.nkeys import Kind, Seed

ENDS = "in acme/metrics"


def test_deleting_the_exporter_names_them_before_it_asks(vault: Run) -> None:
    paired(vault)
    outcome = vault("delete", "orders")
    assert outcome.status == 2
    assert f"end by that: service orders.status {ENDS}." in outcome.err
    assert vault("public", "orders").status == 0


@pytest.mark.parametrize("keys", [["metrics"], ["orders", "metrics"], ["acme"]])
def test_imports_that_go_too_are_not_named(vault: Run, keys: list[str]) -> None:
    paired(vault)
    assert "end by that" not in done(vault, "delete", *keys, "--yes")


def test_moving_the_exporter_names_them_before_it_asks(vault: Run) -> None:
    paired(vault)
    done(vault, "new", "operator", "beta")
    asked = vault("move", "orders", "beta")
    assert asked.status == 2
    assert f"trust both operators: service orders.status {ENDS}." in asked.err
    assert vault("public", "acme/orders").status == 0
    words = done(vault, "move", "orders", "beta", "--yes")
    assert f"trust both operators: service orders.status {ENDS}." in words
    assert "trust both" not in done(vault, "move", "beta/orders", "acme")
    words = done(vault, "move", "orders", "", "--yes")
    assert f"accounts end: service orders.status {ENDS}." in words


@pytest.mark.parametrize("known", [False, True])
def test_a_revoked_key_is_let_in_by_a_move_only_where_that_is_agreed_to(
    vault: Run, tmp_path: Path, known: bool
) -> None:
    with Seed.generate(Kind.USER) as seed:
        bare = seed.public.text
    done(vault, "revoke", bare, "--under", "acme/orders")
    (tmp_path / "bare.txt").write_text(bare)
    done(vault, "import", str(tmp_path / "bare.txt"))
    if known:
        done(vault, "move", bare, "acme/metrics")
    before = vault("show", bare, "--json").json()["path"]
    asked = vault("move", bare, "acme/orders")
    assert asked.status == 2
    assert "lets it in again" in asked.err
    assert vault("show", bare, "--json").json()["path"] == before
    done(vault, "move", bare, "acme/orders", "--yes")
    assert not vault("show", bare, "--json").json()["revoked"]


def test_moving_an_account_to_where_it_is_ends_none(vault: Run) -> None:
    paired(vault)
    assert "end" not in done(vault, "move", "orders", "acme")
