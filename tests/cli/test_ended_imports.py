"""Who deletes or moves an account is told which imports in other accounts end by that."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from tests.cli.test_account_links import done, paired

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


def test_moving_the_exporter_names_them(vault: Run) -> None:
    paired(vault)
    done(vault, "new", "operator", "beta")
    words = done(vault, "move", "orders", "beta")
    assert f"trust both operators: service orders.status {ENDS}." in words
    assert "trust both" not in done(vault, "move", "beta/orders", "acme")
    assert f"accounts end: service orders.status {ENDS}." in done(vault, "move", "orders", "")


def test_moving_an_account_to_where_it_is_ends_none(vault: Run) -> None:
    paired(vault)
    assert "end" not in done(vault, "move", "orders", "acme")
