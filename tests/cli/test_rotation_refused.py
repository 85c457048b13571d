"""Rotations that are refused, with the way there is: nothing is changed by them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


def state(vault: Run) -> str:
    return vault("list", "--json").out


@pytest.mark.parametrize("manner", ["planned", "leaked"])
def test_a_retired_user_with_a_jwt_is_taken_out_before_another_takes_its_place(
    vault: Run, manner: str
) -> None:
    """Servers go by its JWT, and take it still: only as leaked does it go out at once."""
    assert vault("retire", "billing").status == 0
    before = state(vault)
    done = vault("rotate", "billing", "--as", manner, "--yes")
    if manner == "leaked":
        assert (done.status, state(vault) == before) == (0, False)
        assert vault("show", "billing-old", "--json").json()["revoked"]
        return
    assert (done.status, state(vault)) == (1, before)
    assert "servers take it still. To take it out: nkey-wallet revoke acme/orders/billing" in (
        done.err
    )


@pytest.mark.parametrize("key", ["billing", "n1"])
def test_lost_is_only_what_signs_for_others(vault: Run, key: str) -> None:
    before = state(vault)
    done = vault("rotate", key, "--as", "lost", "--yes")
    assert (done.status, state(vault)) == (2, before)
    assert "Lost are seeds of operators and accounts" in done.err


@pytest.mark.parametrize("key", ["acme", "acme/orders"])
def test_a_seed_that_is_here_is_not_lost(vault: Run, key: str) -> None:
    before = state(vault)
    done = vault("rotate", key, "--as", "lost", "--yes")
    assert (done.status, state(vault)) == (1, before)
    assert "is here, so it is not lost" in done.err


@pytest.mark.parametrize("manner", ["planned", "leaked", "lost"])
def test_an_account_without_a_jwt_is_not_rotated(vault: Run, manner: str) -> None:
    assert vault("new", "account", "plain").status == 0
    before = state(vault)
    done = vault("rotate", "plain", "--as", manner, "--yes")
    assert (done.status, state(vault)) == (1, before)
    assert "has no JWT: servers know such an account by its name" in done.err
