"""Who needs new creds, or a new JWT, after a rotation: told until it was handed out."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Deploy
from tests.cli.test_rotation import Wallet, export, going_on, issuer_of, key
from tests.cli.test_rotation import acme as acme
from tests.cli.test_rotation import roles as roles
from tests.cli.test_rotation import wallet as wallet
from tests.cli.test_rotation_interrupted import lose_seed


def hand_outs(call: Wallet) -> list[dict[str, str]]:
    (rotation,) = going_on(call)
    return [step for step in rotation["open"] if step["code"] == "hand-out"]


def close_a_leak_by_a_push(roles: Wallet, deploy: Deploy) -> None:
    """Rotate the signing key of report and audit, which leaked, and push that."""
    roles("new", "user", "audit", "--under", "acme/orders", "--signer", "readers")
    server = deploy(roles("config", "--for", "operator", "--resolver", "full"))
    roles("push", "acme/orders", "--server", server.url)
    roles("rotate", "readers", "--as", "leaked", "--yes")
    roles("push", "acme/orders", "--server", server.url)


def test_a_leak_of_a_signing_key_that_a_push_closed_names_whose_creds_to_hand_out(
    roles: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    close_a_leak_by_a_push(roles, deploy)
    (closed,) = going_on(roles)
    assert [step["code"] for step in closed["open"]] == ["hand-out"]
    assert "acme/orders/report" in closed["open"][0]["why"]
    assert "acme/orders/audit" in closed["open"][0]["why"]
    export(roles, "report", tmp_path / "report.creds")
    (step,) = hand_outs(roles)
    assert "acme/orders/report" not in step["why"] + step["fix"]
    export(roles, "audit", tmp_path / "audit.creds")
    assert going_on(roles) == []
    roles("edit", "readers", "--deny-pub", "other.>")
    roles("new", "user", "later", "--under", "acme/orders", "--signer", "readers")
    assert going_on(roles) == []


def test_an_old_user_that_is_let_in_again_gets_its_new_jwt_where_its_seed_is_elsewhere(
    acme: Wallet,
) -> None:
    lose_seed("acme/orders/billing")
    acme("rotate", "billing", "--as", "planned", "--yes")
    acme("rotate", "billing", "--finish", "--yes", exits=1)
    acme("rotate", "billing", "--undo", "--yes")
    (step,) = hand_outs(acme)
    assert "nkey-wallet jwt acme/orders/billing" in step["fix"]
    acme("jwt", "billing")
    assert not any(step["code"] == "hand-out" for one in going_on(acme) for step in one["open"])


def test_a_persons_word_ends_the_hand_out_of_a_closed_leak(roles: Wallet, deploy: Deploy) -> None:
    close_a_leak_by_a_push(roles, deploy)
    roles("rotate", "readers", "--finish", "--on-my-word", "--yes")
    assert going_on(roles) == []


def test_whoever_holds_the_seed_of_a_user_gets_its_new_jwt(roles: Wallet) -> None:
    roles("new", "user", "remote", "--under", "acme/orders", "--signer", "readers")
    lose_seed("acme/orders/remote")
    roles("rotate", "readers", "--as", "leaked", "--yes")
    creds, token = hand_outs(roles)
    assert "acme/orders/report" in creds["why"]
    assert "remote" not in creds["why"] + creds["fix"]
    assert "acme/orders/remote" in token["why"]
    assert "nkey-wallet jwt acme/orders/remote" in token["fix"]
    assert issuer_of(roles, "remote") == key(roles, "readers")["public"]  # which prints it
    assert hand_outs(roles) == [creds]


def test_users_without_a_seed_get_the_jwts_of_a_rotated_account(roles: Wallet) -> None:
    lose_seed("acme/orders/billing")
    roles("rotate", "acme/orders", "--as", "planned", "--yes")
    creds, token = hand_outs(roles)
    assert "billing" not in creds["why"]
    assert "nkey-wallet jwt acme/orders/billing" in token["fix"]
