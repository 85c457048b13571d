"""The undoing of an account's rotation: its limits come back, and who was revoked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Deploy, Run
from tests.cli.test_rotation import Wallet, export, going_on, key, let_in
from tests.cli.test_rotation import acme as acme
from tests.cli.test_rotation import wallet as wallet


def limits(wallet: Wallet, ref: str) -> Any:
    return key(wallet, ref)["claims"]["limits"]


@pytest.mark.parametrize(
    "given", [("conn=0", "leaf=3"), ("conn=5", "leaf=0"), ("conn=5", "leaf=-1")]
)
@pytest.mark.parametrize("meanwhile", ["nothing", "edited", "deleted", "retired"])
def test_an_account_that_comes_back_lets_in_as_many_as_before(
    acme: Wallet, given: tuple[str, ...], meanwhile: str
) -> None:
    acme("edit", "acme/orders", *(word for limit in given for word in ("--limit", limit)))
    before = limits(acme, "acme/orders")
    acme("rotate", "acme/orders", "--as", "planned", "--yes")
    acme("rotate", "acme/orders", "--finish", "--yes", exits=1)
    assert {limits(acme, "acme/orders-old").get(name, 0) for name in ("conn", "leaf")} == {0}
    if meanwhile == "edited":
        acme("edit", "acme/orders", "--limit", "conn=77", "--limit", "leaf=78")
    elif meanwhile == "deleted":
        acme("delete", "acme/orders", "--yes")
    elif meanwhile == "retired":  # and taken out twice
        acme("edit", "acme/orders-old", "--limit", "conn=9")
        acme("rotate", "acme/orders", "--finish", "--yes", exits=1)
        before = {**before, "conn": 9, "leaf": 0}
    acme("rotate", "acme/orders-old", "--undo", "--yes")
    now = limits(acme, "acme/orders")
    assert {name: now.get(name, 0) for name in before} == {
        name: before.get(name, 0) for name in before
    }


def test_a_restored_save_from_before_brings_the_limits_back_too(
    acme: Wallet, tmp_path: Any
) -> None:
    acme("edit", "acme/orders", "--limit", "conn=5")
    acme("rotate", "acme/orders", "--as", "planned", "--yes")
    acme("rotate", "acme/orders", "--finish", "--yes", exits=1)
    acme("backup", str(tmp_path / "later.nkw"))
    acme("note", "acme/orders", "later")
    acme("restore", str(tmp_path / "later.nkw"), "--yes")
    acme("delete", "acme/orders", "--yes")
    acme("rotate", "acme/orders-old", "--undo", "--yes")
    assert limits(acme, "acme/orders")["conn"] == 5


@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize("whom", ["billing", "*"])
def test_who_was_revoked_meanwhile_comes_home_revoked_and_can_be_allowed_again(
    another_process: Wallet, acme: Wallet, deploy: Deploy, tmp_path: Any, finished: bool, whom: str
) -> None:
    acme("rotate", "acme/orders", "--as", "planned", "--yes")
    early = export(acme, "acme/orders/billing", tmp_path / "early.creds")
    acme("revoke", whom, *(("--under", "acme/orders") if whom == "*" else ()))
    if finished:
        acme("rotate", "acme/orders", "--finish", "--yes", exits=1)
    another_process("rotate", "acme/orders", "--undo", "--yes")
    billing = key(acme, "billing")
    assert (billing["path"], billing["revoked"]) == ("acme/orders/billing", True)
    (rotation,) = going_on(acme)
    assert "move" not in [step["code"] for step in rotation["open"]]
    server = deploy(acme("config", "acme", "--for", "operator", "--resolver", "full"))
    acme("push", "acme", "--server", server.url)
    assert not let_in(server.url, early)
    acme("allow", "billing")
    assert let_in(server.url, export(acme, "billing", tmp_path / "again.creds"))
    assert not let_in(server.url, early)


def test_two_revoked_users_of_one_name_are_both_at_home(acme: Wallet) -> None:
    acme("revoke", "billing")
    acme("rotate", "acme/orders", "--as", "planned", "--yes")
    acme("new", "user", "billing", "--under", "acme/orders")
    acme("revoke", "acme/orders/billing")
    acme("rotate", "acme/orders", "--undo", "--yes")
    for path in ("acme/orders/billing", "acme/orders/billing-2"):
        assert key(acme, path)["revoked"]


def test_who_was_revoked_with_everybody_is_not_told_as_left_behind(acme: Wallet) -> None:
    acme("revoke", "*", "--under", "acme/orders")
    acme("rotate", "acme/orders", "--as", "planned", "--yes")
    acme("rotate", "acme/orders", "--finish", "--yes", exits=1)
    (rotation,) = going_on(acme)
    assert "move" not in [step["code"] for step in rotation["open"]]


def test_as_with_finish_finishes_what_is_under_way_and_begins_nothing(
    acme: Wallet, run: Run
) -> None:
    before = acme("list", "--json")
    done = run("rotate", "billing", "--as", "planned", "--finish", "--yes")
    assert done.status == 1
    assert "nkey-wallet rotate acme/orders/billing --as planned" in done.err
    assert acme("list", "--json") == before
    acme("rotate", "billing", "--as", "planned", "--yes")
    done = run("rotate", "billing", "--as", "leaked", "--finish", "--yes")
    assert done.status == 2
    assert "is planned, not leaked" in done.err
    assert run("rotate", "billing", "--as", "planned", "--undo", "--yes").status == 2
    acme("rotate", "billing", "--as", "planned", "--finish", "--yes", exits=1)
    assert key(acme, "billing-old")["revoked"]


@pytest.mark.parametrize(
    ("ref", "way"),
    [
        ("acme/orders/billing", "nkey-wallet allow acme/orders/billing-old"),
        ("acme/orders", "Rotate the new one"),
        ("feeder", "nkey-wallet retire feeder-old --undo"),
    ],
)
def test_that_a_leak_is_not_undone_is_said_with_the_way_there_is(
    acme: Wallet, run: Run, ref: str, way: str
) -> None:
    acme("new", "user", "feeder")
    acme("rotate", ref, "--as", "leaked", "--yes")
    done = run("rotate", ref, "--undo", "--yes")
    assert done.status == 1
    assert "leaked, so its rotation is not undone" in done.err
    assert way in done.err
    assert "goes out" not in done.err + done.out, (
        "what is refused is not told as if it were to come"
    )


def test_what_takes_whose_place_is_told_of_each_key_also_once_that_is_undone(acme: Wallet) -> None:
    acme("rotate", "billing", "--as", "planned", "--yes")
    assert "billing takes its place" in acme("show", "billing-old")
    acme("rotate", "billing-old", "--undo", "--yes")
    old, new = acme("show", "acme/orders/billing"), acme("show", "billing-undone")
    assert "takes the place" not in old + new
    assert "takes its place" not in old + new
    assert "billing-undone was to replace it; undone" in old
    assert "it was to take the place of" in new


def test_deleting_a_key_of_an_open_rotation_says_so(acme: Wallet, run: Run) -> None:
    acme("rotate", "billing", "--as", "planned", "--yes")
    done = run("delete", "billing-old")
    assert "billing-old is being rotated: acme/orders/billing takes its place" in done.err
    done = run("delete", "acme/orders/billing")
    assert "that rotation can only be undone" in done.err
    assert "Nothing was deleted" in done.err
