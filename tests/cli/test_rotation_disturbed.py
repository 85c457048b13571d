"""`rotate` after a person changed one of the two keys in another way: retired, moved, deleted,
or put an older vault back."""

from __future__ import annotations

import json
import os
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE, Run
from tests.cli.test_check_wanted import retire
from tests.cli.test_rotation import Wallet, codes, going_on, issuer_of, key
from tests.cli.test_rotation import acme as acme
from tests.cli.test_rotation import lists as lists
from tests.cli.test_rotation import roles as roles
from tests.cli.test_rotation import wallet as wallet
from wallet.nats import jwt
from wallet.secrets.passphrase import Passphrase
from wallet.vault.vault import Vault


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
    assert done.status == 1
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
    assert done.status == 1
    assert "nkey-wallet rotate acme/orders/billing-old --undo" in done.err
    assert key(acme, "billing-old")["status"] == "active"
    acme("rotate", "billing-old", "--undo", "--yes")
    assert key(acme, "billing")["public"] == old


def test_a_user_that_was_revoked_while_its_role_changed_keys_is_allowed_by_the_new_key(
    roles: Wallet,
) -> None:
    """What a revoked user's signing key signed is not signed anew when that key goes."""
    before = key(roles, "report")["claims"]
    roles("revoke", "report")
    roles("rotate", "readers", "--as", "leaked", "--yes")
    roles("rotate", "readers", "--as", "leaked", "--yes")  # and that one leaked too
    roles("allow", "report")
    assert issuer_of(roles, "report") == key(roles, "readers")["public"]
    assert key(roles, "report")["claims"] == before


def test_that_the_old_key_of_a_rotation_leaked_is_told_before_as_it_comes(
    acme: Wallet, run: Run
) -> None:
    new = json.loads(acme("rotate", "billing", "--as", "planned", "--yes", "--json"))["new"]
    told = run("rotate", "billing-old", "--as", "leaked").err
    assert "A new key" not in told
    assert "billing-old-old" not in told
    assert new in told
    assert "acme/orders/billing, which is there already" in told
    leak = json.loads(acme("rotate", "billing-old", "--as", "leaked", "--yes", "--json"))
    assert (leak["new"], leak["as"], leak["phase"]) == (new, "leaked", "out")
    assert len(going_on(acme)) == 1


def test_a_leaked_key_gets_another_successor_where_the_one_that_was_there_is_gone(
    acme: Wallet, run: Run
) -> None:
    old = key(acme, "billing")["public"]
    acme("rotate", "billing", "--as", "planned", "--yes")
    acme("delete", "billing", "--yes")
    assert (
        "A new key takes the name acme/orders/billing,"
        in run("rotate", "billing-old", "--as", "leaked").err
    )
    leak = json.loads(acme("rotate", "billing-old", "--as", "leaked", "--yes", "--json"))
    assert leak["old"] == old
    assert key(acme, "billing")["public"] == leak["new"]
    assert key(acme, "billing-old")["revoked"]
    assert [one["new"] for one in going_on(acme)] == [leak["new"]]


@pytest.mark.parametrize("closed", [False, True])
def test_a_backup_from_before_a_leak_says_that_the_leaked_key_is_in_force_again(
    lists: Wallet, closed: bool, tmp_path: Path
) -> None:
    lists("backup", str(tmp_path / "before.nkw"))
    leak = json.loads(lists("rotate", "feeder", "--as", "leaked", "--yes", "--json"))
    if closed:
        lists("rotate", "feeder", "--finish", "--on-my-word")
    lists("restore", str(tmp_path / "before.nkw"), "--yes")
    (still,) = going_on(lists)
    assert codes(still)[:2] == ["finish", "missing"]
    assert "in force here again" in still["open"][0]["why"]
    assert leak["new"] in still["open"][1]["why"]
    # A new one takes its place, as after any leak; the one that is missing is of no use.
    again = shlex.split(still["open"][1]["fix"].rpartition(": ")[2])
    after = json.loads(lists(*again[1:], "--yes", "--json"))
    assert after["old"] == leak["old"]
    assert key(lists, "feeder")["public"] == after["new"]
    assert [one["new"] for one in going_on(lists)] == [after["new"]]


def test_creds_are_not_to_be_handed_out_for_a_leaked_key_that_is_in_force_again(
    acme: Wallet,
) -> None:
    """As after a merge with a version in which its account was rotated."""
    acme("rotate", "billing", "--as", "leaked", "--yes")
    acme("allow", "billing-old")
    begun = json.loads(acme("rotate", "acme/orders", "--as", "planned", "--yes", "--json"))
    (step,) = [step for step in begun["open"] if step["code"] == "hand-out"]
    assert "acme/orders/billing" in step["why"]
    assert "billing-old" not in step["why"]
    acme("rotate", "acme/orders/billing-old", "--finish", "--yes", exits=1)
    assert key(acme, "billing-old")["revoked"]


def test_a_successor_that_leaked_itself_is_not_to_be_handed_out(acme: Wallet) -> None:
    acme("rotate", "billing", "--as", "leaked", "--yes")
    first = key(acme, "billing")["public"]
    acme("rotate", "billing", "--as", "leaked", "--yes")
    second = key(acme, "billing")["public"]
    told = {one["new"]: codes(one) for one in going_on(acme)}
    assert "hand-out" not in told[first]
    assert "hand-out" in told[second]


def test_a_rotation_of_which_both_keys_are_gone_is_named_by_the_old_public_key(
    acme: Wallet,
) -> None:
    acme("rotate", "billing", "--as", "planned", "--yes")
    acme("delete", "billing", "billing-old", "--yes")
    while steps := [step for one in going_on(acme) for step in one["open"]]:
        words = shlex.split(steps[-1]["fix"].rpartition(": ")[2])
        assert words[:2] == ["nkey-wallet", "rotate"]
        acme(*words[1:], "--yes", exits=0 if "--on-my-word" in words else 1)
    assert going_on(acme) == []


def test_names_at_their_greatest_length_are_rotated_and_come_back(acme: Wallet) -> None:
    name = "b" * 128
    acme("rename", "billing", name)
    old = key(acme, name)["public"]
    for _ in range(3):
        acme("rotate", name, "--as", "planned", "--yes")
        assert key(acme, name)["public"] != old
        acme("rotate", old, "--undo", "--yes")
        assert key(acme, name)["public"] == old


def test_a_roles_user_that_moves_elsewhere_is_offered_a_role_of_the_new_account(
    roles: Wallet, run: Run
) -> None:
    roles("new", "account", "parts", "--under", "acme")
    flags = ("--signing", "--role", "viewer", "--deny-pub", ">")
    roles("new", "account", "viewers", "--under", "acme/parts", *flags)
    done = run("move", "report", "acme/parts")
    assert done.status == 0
    assert "edit acme/parts/report --signer acme/parts/viewers" in done.err
    roles("edit", "acme/parts/report", "--signer", "acme/parts/viewers")
    assert issuer_of(roles, "report") == key(roles, "viewers")["public"]


def test_a_store_for_nsc_has_the_key_that_took_the_place_and_tells_of_the_one_before(
    acme: Wallet, tmp_path: Path
) -> None:
    """Both their JWTs say the same name, which is that of a file there."""
    acme("rotate", "billing", "--as", "leaked", "--yes")
    new = key(acme, "billing")["public"]
    acme("export", "acme", "--as", "nsc", "--to", str(tmp_path / "store"), "--yes", exits=1)
    (token,) = (tmp_path / "store").rglob("users/billing.jwt")
    assert jwt.decode(token.read_text().strip()).subject == new
    (creds,) = (tmp_path / "store").rglob("billing.creds")
    assert token.read_text().strip() in creds.read_text()


def test_a_proof_of_a_listed_key_ends_when_that_was_in_use_again_and_is_retired_anew(
    lists: Wallet,
) -> None:
    """Servers were given lists with it meanwhile."""
    one, two = "nats://one:4222", "nats://two:4222"
    old = key(lists, "feeder")["public"]
    lists("rotate", "feeder", "--as", "leaked", "--yes")
    with (
        Passphrase(PASSPHRASE) as passphrase,
        Vault.unlock(Path(os.environ["NKEY_WALLET_VAULT"]), passphrase) as vault,
        vault.change() as records,
    ):
        for url in (one, two):
            at = datetime.now(UTC)
            records.results.add(old, url, ok=True, verdict="accepted", summary="", at=at)
        records.rotations.note_test(records.rotations.of_key(old)[0].id, one, refused=True)
    assert going_on(lists)[0]["lacking"] == [two]
    lists("retire", old, "--undo")
    lists("retire", old)
    assert going_on(lists)[0]["lacking"] == [one, two]
