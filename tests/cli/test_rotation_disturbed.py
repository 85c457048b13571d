"""`rotate` after a person changed one of the two keys in another way: retired, moved, deleted."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from tests.cli.test_check_wanted import retire
from tests.cli.test_rotation import Wallet, going_on, key
from tests.cli.test_rotation import acme as acme
from tests.cli.test_rotation import wallet as wallet
from wallet.nats import jwt


@pytest.mark.parametrize("manner", ["planned", "leaked"])
def test_retiring_a_key_here_is_not_what_takes_it_out_at_servers(acme: Wallet, manner: str) -> None:
    """Servers go by JWTs: a retired user is let in until its account's JWT revokes it."""
    old = key(acme, "billing")["public"]
    acme("rotate", "billing", "--as", "planned", "--yes")
    retire("billing-old")
    if manner == "leaked":
        acme("rotate", "billing-old", "--as", "leaked", "--yes")
    else:
        acme("rotate", "billing", "--finish", "--yes", exits=1)
    assert old in jwt.decode(acme("jwt", "acme/orders").strip()).nats.get("revocations", {})


def test_a_retired_signing_key_is_named_no_longer_once_it_is_rotated_out(acme: Wallet) -> None:
    acme("new", "account", "daily", "--signing", "--under", "acme/orders")
    old = key(acme, "daily")["public"]
    acme("rotate", "daily", "--as", "planned", "--yes")
    retire("daily-old")
    acme("rotate", "daily", "--finish", "--yes", exits=1)
    assert old not in jwt.decode(acme("jwt", "acme/orders").strip()).nats.get("signing_keys", [])


def test_a_retired_user_that_servers_let_in_is_told_to_be_revoked(acme: Wallet, run: Run) -> None:
    retire("billing")
    done = run("rotate", "billing", "--as", "planned", "--yes")
    assert done.status == 2
    assert "out already" not in done.err
    assert "nkey-wallet revoke acme/orders/billing" in done.err
    acme("revoke", "billing")


def test_the_old_key_is_not_taken_out_where_the_new_one_was_deleted(acme: Wallet, run: Run) -> None:
    """Nobody would be left who gets in; the rotation can be undone."""
    old = key(acme, "billing")["public"]
    acme("rotate", "billing", "--as", "planned", "--yes")
    acme("delete", "billing", "--yes")
    (rotation,) = going_on(acme)
    assert "--undo" in rotation["open"][-1]["fix"]
    done = run("rotate", "billing-old", "--finish", "--yes")
    assert done.status == 2
    assert "nkey-wallet rotate acme/orders/billing-old --undo" in done.err
    assert key(acme, "billing-old")["status"] == "active"
    acme("rotate", "billing-old", "--undo", "--yes")
    assert key(acme, "billing")["public"] == old
