"""`rotate` of accounts and operators, on real servers: another one takes over what hung on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Any

import nats.errors
import pytest
from nats.aio.msg import Msg

from tests.cli.conftest import Deploy, Once, Run
from tests.cli.test_check_wanted import retire
from tests.cli.test_rotation import (
    Wallet,
    codes,
    export,
    going_on,
    issuer_of,
    key,
    let_in,
)
from tests.cli.test_rotation import acme as acme
from tests.cli.test_rotation import roles as roles
from tests.cli.test_rotation import wallet as wallet
from tests.natspy import connected
from wallet.nats import jwt


@pytest.fixture
def shared(roles: Wallet, once: Once, tmp_path: Path) -> Wallet:
    """The same vault, where acme/parts imports what orders exports, and nobody is revoked."""

    def make() -> None:
        roles("new", "account", "parts", "--under", "acme")
        roles("new", "user", "shelf", "--under", "acme/parts")
        exports = {"exports": [{"name": "new", "subject": "orders.new", "type": "stream"}]}
        imported = {"name": "new", "subject": "orders.new", "type": "stream"}
        imports = {"imports": [{**imported, "account": key(roles, "orders")["public"]}]}
        for name, shares in (("orders", exports), ("parts", imports)):
            (tmp_path / name).write_text(json.dumps({**key(roles, name)["claims"], **shares}))
            roles("edit", name, "--claims", str(tmp_path / name))

    once("shared", make)
    return roles


def claims_of(wallet: Wallet, ref: str) -> dict[str, Any]:
    return dict(jwt.decode(wallet("jwt", ref).strip()).nats)


@pytest.mark.parametrize("resolver", ["memory", "full"])
def test_a_planned_account_rotation_runs_with_both_until_the_old_one_is_shut(
    another_process: Wallet, shared: Wallet, deploy: Deploy, tmp_path: Path, resolver: str
) -> None:
    configuration = ("config", "acme", "--for", "operator", "--resolver", resolver)
    old_creds = {name: export(shared, name, tmp_path / f"{name}-old.creds") for name in USERS}
    server = deploy(shared(*configuration))
    before = key(shared, "orders")
    shared("test", "orders", "--server", server.url)

    begun = json.loads(shared("rotate", "orders", "--as", "planned", "--yes", "--json"))
    assert begun["old"] == before["public"]
    new = key(shared, "orders")
    assert begun["new"] == new["public"] != before["public"]
    assert {**new["claims"], "signing_keys": 0} == {**before["claims"], "signing_keys": 0}
    (role,) = new["claims"]["signing_keys"]
    assert role["key"] == key(shared, "acme/orders/readers")["public"] == issuer_of(shared, REPORT)
    assert role["role"] == "reader"
    assert claims_of(shared, "parts")["imports"][0]["account"] == begun["old"]
    assert codes(begun) == ["deploy", "hand-out", "imports", "finish"]

    new_creds = {name: export(shared, name, tmp_path / f"{name}-new.creds") for name in USERS}
    if resolver == "memory":  # a server shows an account once somebody needs it
        server.reload(shared(*configuration))
        assert let_in(server.url, new_creds["billing"])
        shared("push", "acme/orders", "--server", server.url)
    else:
        shared("push", "acme", "--server", server.url)
    assert codes(going_on(another_process)[0]) == ["imports", "finish"]
    another_process("rotate", "orders", "--importers", "--yes")
    assert claims_of(shared, "parts")["imports"][0]["account"] == begun["new"]
    assert codes(going_on(another_process)[0]) == ["imports", "finish"]
    if resolver == "memory":
        server.reload(shared(*configuration))
        assert let_in(server.url, export(shared, "shelf", tmp_path / "shelf.creds"))
    shared("push", "acme/parts", "--server", server.url)
    assert codes(going_on(another_process)[0]) == ["finish"]
    for creds in (*old_creds.values(), *new_creds.values()):
        assert let_in(server.url, creds)
    shared("test", REPORT, "--server", server.url, "--may", "pub:orders.new", exits=1)

    words = ("rotate", "orders", "--finish", "--yes", "--json")
    finished = json.loads(another_process(*words, exits=1))
    assert codes(finished) == ["deploy", "prove", "remove"]
    if resolver == "memory":  # it lives on there, and lets nobody in
        assert finished["old"] in shared(*configuration)
        server.reload(shared(*configuration))
    shared("push", "acme/orders", "acme/orders-old", "--server", server.url)
    assert codes(going_on(shared)[0]) == ["remove"]
    for name in USERS:
        assert not let_in(server.url, old_creds[name])
        assert let_in(server.url, new_creds[name])
    shared("test", "acme/orders", "--server", server.url)
    # Whoever has the old seed signs users with it still, and they are refused too.
    shared("new", "user", "late", "--under", "acme/orders-old")
    assert not let_in(server.url, export(shared, "late", tmp_path / "late.creds"))
    shared("rotate", "orders", "--finish", "--on-my-word")
    assert going_on(shared) == []
    assert finished["old"] not in shared(*configuration)


USERS = ("billing", "report", "nightly")
REPORT = "acme/orders/report"


def test_a_leaked_account_is_shut_in_one_change_and_undone_by_nobody(
    another_process: Wallet, shared: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_creds = export(shared, "billing", tmp_path / "old.creds")
    server = deploy(shared("config", "acme", "--for", "operator", "--resolver", "full"))
    shared("push", "acme", "--server", server.url)
    assert let_in(server.url, old_creds)
    leak = json.loads(shared("rotate", "orders", "--as", "leaked", "--yes", "--json"))
    assert codes(leak) == ["deploy", "hand-out", "prove", "remove"]
    new_creds = export(shared, "billing", tmp_path / "new.creds")
    shared("push", "acme", "--server", server.url)
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    assert "prove" not in codes(going_on(another_process)[0])
    shared("rotate", "orders", "--undo", "--yes", exits=1)


@pytest.mark.parametrize("finished", ["no", "importers", "yes"])
def test_a_planned_account_rotation_is_undone(
    another_process: Wallet, shared: Wallet, deploy: Deploy, tmp_path: Path, finished: str
) -> None:
    before = key(shared, "orders")
    imported = claims_of(shared, "parts")
    server = deploy(shared("config", "acme", "--for", "operator", "--resolver", "full"))
    shared("rotate", "orders", "--as", "planned", "--yes")
    shared("push", "acme", "--server", server.url)
    new_creds = export(shared, "billing", tmp_path / "new.creds")
    shared("revoke", "report")
    if finished == "importers":
        another_process("rotate", "orders", "--importers", "--yes")
    if finished == "yes":
        another_process("rotate", "orders", "--finish", "--yes", exits=1)
        shared("push", "acme", "--server", server.url)
    undone = json.loads(another_process("rotate", "orders", "--undo", "--yes", "--json"))
    assert key(shared, "orders")["public"] == before["public"]
    assert claims_of(shared, "parts") == imported
    assert key(shared, "orders")["claims"]["limits"] == before["claims"]["limits"]
    assert issuer_of(shared, "billing") == before["public"]
    # Whom the new one revoked, the old one keeps out as well.
    assert key(shared, "report")["public"] in claims_of(shared, "orders")["revocations"]
    shared("push", "acme", "--server", server.url)
    assert not let_in(server.url, new_creds)
    assert let_in(server.url, export(shared, "billing", tmp_path / "again.creds"))
    assert codes(undone)[-1] == "remove"


def test_users_come_back_within_the_second_in_which_their_account_was_shut(
    shared: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared("rotate", "orders", "--as", "planned", "--yes")
    now = time.time() + 5  # later than what was signed before
    monkeypatch.setattr(time, "time", lambda: now)
    shared("rotate", "orders", "--finish", "--yes", exits=1)
    shared("rotate", "orders", "--undo", "--yes")
    assert not key(shared, "acme/orders/billing")["revoked"]
    assert key(shared, "acme/orders/report")["path"] == REPORT


@pytest.mark.parametrize("manner", ["planned", "leaked"])
def test_the_system_account_is_rotated_by_the_configuration(
    acme: Wallet, deploy: Deploy, tmp_path: Path, manner: str
) -> None:
    acme("new", "user", "watch", "--under", "acme/SYS")
    begun = json.loads(acme("rotate", "SYS", "--as", manner, "--yes", "--json"))
    assert claims_of(acme, "acme")["system_account"] == begun["new"]
    assert "restart" in begun["open"][0]["fix"]
    server = deploy(acme("config", "acme", "--for", "operator", "--resolver", "full"))
    acme("push", "acme", "--server", server.url)
    assert let_in(server.url, export(acme, "watch", tmp_path / "watch.creds"))


def test_what_hangs_on_an_account_is_told_before_it_is_rotated(acme: Wallet, run: Run) -> None:
    acme("new", "account", "store", "--under", "acme", "--limit", "disk_storage=1000000")
    before = acme("list", "--json")
    for ref, words in {
        "acme": ("3 accounts", "system account is acme/SYS"),
        "acme/orders": ("2 users: billing, nightly",),
        "acme/SYS": ("It is the system account", "No user hangs on it."),
        "acme/store": ("streams and their data stay with the old account",),
    }.items():
        done = run("rotate", ref, "--as", "planned")
        assert done.status == 2
        for word in words:
            assert word in done.err
    assert acme("list", "--json") == before


@pytest.fixture
def lost(
    acme: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Wallet, dict[str, Path]]:
    """Another vault with all but the seeds of acme and of orders; the creds of before."""
    creds = {
        name: export(acme, name, tmp_path / f"{name}.creds") for name in ("billing", "nightly")
    }
    for name in ("acme", "SYS", "orders"):
        (tmp_path / f"{name}.jwt").write_text(acme("jwt", name))
    seeds = {name: export(acme, name, tmp_path / f"{name}.nk") for name in ("acme", "SYS")}
    monkeypatch.setenv("NKEY_WALLET_VAULT", str(tmp_path / "other" / "vault.nkw"))
    acme("init", "--cost", "light")
    tokens = [str(tmp_path / f"{name}.jwt") for name in ("acme", "SYS", "orders")]
    acme("import", *tokens, *map(str, creds.values()), str(seeds["SYS"]))
    return acme, {**creds, "acme": seeds["acme"]}


def test_an_account_whose_seed_is_lost_gets_another_and_the_old_one_lives_on(
    another_process: Wallet,
    lost: tuple[Wallet, dict[str, Path]],
    deploy: Deploy,
    tmp_path: Path,
    run: Run,
) -> None:
    wallet, files = lost
    wallet("import", str(files["acme"]))
    server = deploy(wallet("config", "acme", "--for", "operator", "--resolver", "full"))
    assert run("new", "user", "more", "--under", "acme/orders").status == 0
    assert not key(wallet, "more")["has_jwt"]
    wallet("rotate", "acme/SYS", "--as", "lost", "--yes", exits=1)  # its seed is here
    begun = json.loads(wallet("rotate", "acme/orders", "--as", "lost", "--yes", "--json"))
    assert codes(begun) == ["deploy", "hand-out", "finish"]
    new = {n: export(wallet, n, tmp_path / f"{n}-new.creds") for n in ("billing", "more")}
    wallet("push", "acme", "--server", server.url)
    assert let_in(server.url, files["billing"])  # the old account lives on
    for creds in new.values():
        assert let_in(server.url, creds)
    finished = json.loads(
        another_process("rotate", "acme/orders", "--finish", "--yes", "--json", exits=1)
    )
    assert codes(finished)[-1] == "remove"
    wallet("push", "acme", "--server", server.url)
    assert not let_in(server.url, files["billing"])
    assert let_in(server.url, new["billing"])
    assert codes(going_on(wallet)[0])[-1] == "remove"
    wallet("rotate", "acme/orders", "--undo", "--yes", exits=1)
    wallet("rotate", "acme/orders", "--finish", "--on-my-word")
    assert going_on(wallet) == []


def test_an_operator_whose_seed_is_lost_gets_another_and_users_keep_their_creds(
    lost: tuple[Wallet, dict[str, Path]], deploy: Deploy
) -> None:
    wallet, files = lost
    old = key(wallet, "acme")["public"]
    wallet("rotate", "acme/orders", "--as", "lost", "--yes", exits=1)  # nobody signs it
    begun = json.loads(wallet("rotate", "acme", "--as", "lost", "--yes", "--json"))
    assert issuer_of(wallet, "orders") == issuer_of(wallet, "SYS") == begun["new"] != old
    server = deploy(begun["texts"][0]["text"])
    assert let_in(server.url, files["billing"])


def test_an_operator_is_rotated_with_both_trusted_and_servers_that_still_trust_the_old_named(
    another_process: Wallet, acme: Wallet, deploy: Deploy, tmp_path: Path, run: Run
) -> None:
    """Tried by hand besides, with both operators in one configuration: 2.10.24 and 2.15.1 take it
    and let users in, 2.9.10 refuses the configuration (“error parsing operators”)."""
    creds = export(acme, "billing", tmp_path / "billing.creds")
    full = ("--for", "operator", "--resolver", "full")
    server = deploy(acme("config", "acme", *full))
    acme("push", "acme", "--server", server.url)
    acme("test", "billing", "--server", server.url)
    begun = json.loads(acme("rotate", "acme", "--as", "planned", "--yes", "--json"))
    assert codes(begun) == ["deploy", "finish"]
    assert key(acme, "acme-old")["public"] == begun["old"]
    assert issuer_of(acme, "orders") == begun["new"]
    assert claims_of(acme, "acme") == claims_of(acme, "acme-old")
    assert key(acme, "billing")["path"] == "acme/orders/billing"

    both = acme("config", *full)  # of the one that is in use
    assert acme("jwt", "acme").strip() in both
    assert acme("jwt", "acme-old").strip() in both
    server.restart(both)
    assert let_in(server.url, creds)
    acme("push", "--server", server.url)
    assert codes(going_on(another_process)[0]) == ["finish"]
    acme("test", "billing", "--server", server.url)

    finished = json.loads(another_process("rotate", "acme", "--finish", "--yes", "--json", exits=1))
    assert codes(finished) == ["deploy", "prove"]
    done = run("push", "--server", server.url)
    assert "still trust acme-old" in done.err + done.out
    assert codes(going_on(acme)[0]) == ["deploy", "prove"]
    alone = acme("config", *full)
    assert acme("jwt", "acme-old").strip() not in alone
    server.restart(alone)
    done = run("push", "--server", server.url)
    assert "still trust" not in done.err + done.out
    assert going_on(acme) == []
    assert let_in(server.url, creds)
    acme("test", "billing", "--server", server.url)


@pytest.mark.parametrize("finished", [False, True])
def test_a_planned_operator_rotation_is_undone(
    another_process: Wallet, acme: Wallet, deploy: Deploy, finished: bool, tmp_path: Path
) -> None:
    acme("new", "operator", "oper", "--under", "acme", "--signing")
    acme("edit", "acme", "--strict")
    creds = export(acme, "billing", tmp_path / "billing.creds")
    before, signer = key(acme, "acme")["public"], issuer_of(acme, "orders")
    begun = json.loads(acme("rotate", "acme", "--as", "planned", "--yes", "--json"))
    assert issuer_of(acme, "orders") == key(acme, "acme/oper")["public"] != signer
    assert let_in(deploy(begun["texts"][0]["text"]).url, creds)
    if finished:
        another_process("rotate", "acme", "--finish", "--yes", exits=1)
    another_process("rotate", "acme", "--undo", "--yes")
    assert key(acme, "acme")["public"] == before
    assert issuer_of(acme, "orders") == signer
    assert let_in(deploy(acme("config", "acme", "--for", "operator")).url, creds)


def test_a_leaked_operator_is_trusted_no_longer_by_the_text_that_is_handed_over(
    acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    creds = export(acme, "billing", tmp_path / "billing.creds")
    by_old = acme("jwt", "orders").strip()
    leak = json.loads(acme("rotate", "acme", "--as", "leaked", "--yes", "--json"))
    assert codes(leak) == ["deploy", "prove"]
    text, now = leak["texts"][0]["text"], acme("jwt", "orders").strip()
    server = deploy(text)
    assert let_in(server.url, creds)
    assert not let_in(deploy(text.replace(now, by_old)).url, creds)
    acme("push", "acme", "--server", server.url)
    assert going_on(acme) == []


def activation(wallet: Wallet, importer: str) -> tuple[str, str]:
    """Who activated the one import of an account that needs it, and for whom."""
    (one,) = [one for one in claims_of(wallet, importer)["imports"] if one.get("token")]
    claims = jwt.decode(one["token"])
    assert one["account"] == claims.issuer.text
    return claims.issuer.text, claims.subject


@pytest.mark.parametrize("manner", ["planned", "leaked"])
def test_what_an_account_shares_privately_is_activated_anew_on_both_sides(
    another_process: Wallet, shared: Wallet, deploy: Deploy, tmp_path: Path, manner: str
) -> None:
    shared("pair", "acme/orders", "acme/parts", "orders.price", "--service", "--private")
    shared("pair", "acme/parts", "acme/orders", "parts.left", "--service", "--private")
    parts = key(shared, "parts")["public"]
    server = deploy(shared("config", "acme", "--for", "operator", "--resolver", "full"))
    old_creds = export(shared, "nightly", tmp_path / "old.creds")
    shared("rotate", "orders", "--as", manner, "--yes")
    new = key(shared, "orders")["public"]
    nightly, shelf = (export(shared, name, tmp_path / f"{name}.creds") for name in SHARING)
    if manner == "planned":
        (still,) = going_on(shared)
        assert "push acme/orders --server" in still["open"][0]["fix"]  # the new one alone
        assert activation(shared, "parts") == (still["old"], parts)
        shared("push", "acme", "--server", server.url)  # all of them changes nothing for parts
        assert answered(server.url, old_creds, shelf, "orders.price")
        another_process("rotate", "orders", "--importers", "--yes")
    assert activation(shared, "parts") == (new, parts)
    assert activation(shared, "orders") == (parts, new)
    shared("push", "acme", "--server", server.url)
    assert "imports" not in codes(going_on(shared)[0])
    assert answered(server.url, nightly, shelf, "orders.price")
    assert answered(server.url, shelf, nightly, "parts.left")
    if manner == "planned":
        old = going_on(shared)[0]["old"]
        shared("rotate", "orders", "--undo", "--yes")
        assert activation(shared, "parts") == (old, parts)
        assert activation(shared, "orders") == (parts, old)


SHARING = ("nightly", "shelf")


def answered(url: str, answers: Path, asks: Path, subject: str) -> bool:
    """Whether a user of one account gets an answer from one of the other, by nats-py."""

    async def ask() -> bool:
        async def answer(message: Msg) -> None:
            await message.respond(b"7")

        async with (
            connected(url, user_credentials=str(answers)) as there,
            connected(url, user_credentials=str(asks)) as here,
        ):
            await there.subscribe(subject, cb=answer)
            await there.flush()
            for _ in range(100):
                with contextlib.suppress(nats.errors.NoRespondersError):
                    return (await here.request(subject, b"", timeout=5)).data == b"7"
                await asyncio.sleep(0.1)  # the server hears of the subscription in its own time
            return False

    return asyncio.run(ask())


def test_an_importer_that_was_shut_out_gets_no_activation_by_a_rotation(shared: Wallet) -> None:
    shared("pair", "acme/orders", "acme/parts", "orders.price", "--service", "--private")
    old, parts = key(shared, "orders")["public"], key(shared, "parts")["public"]
    shared("exports", "acme/orders", "revoke", "orders.price", "acme/parts")
    begun = json.loads(shared("rotate", "orders", "--as", "planned", "--yes", "--json"))
    assert "share" not in codes(begun)  # its other import can change over
    over = json.loads(shared("rotate", "orders", "--importers", "--yes", "--json"))
    assert activation(shared, "parts") == (old, parts)
    assert any("acme/parts" in step["why"] for step in over["open"] if step["code"] == "share")


@pytest.mark.parametrize("command", [("revoke", "billing"), ("delete", "billing", "--yes")])
def test_whom_the_new_account_revokes_the_old_one_keeps_out_too_while_both_are_in_force(
    shared: Wallet, deploy: Deploy, tmp_path: Path, command: tuple[str, ...]
) -> None:
    old_creds = export(shared, "billing", tmp_path / "old.creds")
    other = export(shared, "nightly", tmp_path / "other.creds")
    server = deploy(shared("config", "acme", "--for", "operator", "--resolver", "full"))
    shared("rotate", "orders", "--as", "planned", "--yes")
    shared("push", "acme", "--server", server.url)
    assert let_in(server.url, old_creds)
    shared(*command)
    shared("push", "acme", "--server", server.url)
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, other)


def test_the_proof_that_no_server_trusts_an_operator_comes_after_it_was_deleted_too(
    acme: Wallet, deploy: Deploy
) -> None:
    acme("rotate", "acme", "--as", "leaked", "--yes")
    acme("delete", "acme-old", "--yes")
    server = deploy(acme("config", "acme", "--for", "operator", "--resolver", "full"))
    assert codes(going_on(acme)[0])[-1] == "prove"
    acme("push", "acme", "--server", server.url)
    assert going_on(acme) == []


def test_who_cannot_be_signed_anew_is_named_as_left_behind(shared: Wallet) -> None:
    shared("revoke", "nightly")
    retire("acme/orders/readers")  # nobody gets the role of a key that is no longer in use
    begun = json.loads(shared("rotate", "orders", "--as", "leaked", "--yes", "--json"))
    (step,) = [step for step in begun["open"] if step["code"] == "move"]
    assert "acme/orders-old/report" in step["why"]
    assert "billing" not in step["why"]
    assert "nightly" not in step["why"]  # is out on purpose
    assert key(shared, "report")["path"] == "acme/orders-old/report"
    shared("delete", "acme/orders-old/report", "--yes")
    assert "move" not in codes(going_on(shared)[0])


def test_an_account_that_went_to_an_operator_without_a_system_account_is_told_to_be_pushed(
    shared: Wallet, deploy: Deploy
) -> None:
    server = deploy(shared("config", "acme", "--for", "operator", "--resolver", "full"))
    shared("push", "acme", "--server", server.url)
    shared("rotate", "orders", "--as", "planned", "--yes")
    shared("new", "operator", "bare")
    shared("move", "acme/orders", "bare", "--yes")
    shared("rotate", "bare/orders", "--finish", "--yes", exits=1)
    fixes = [step["fix"] for step in going_on(shared)[0]["open"] if step["code"] == "deploy"]
    assert any("push bare/orders --server" in fix for fix in fixes), fixes
    assert any("push acme" in fix for fix in fixes), fixes


def test_an_account_that_leaks_again_is_rotated_again(
    shared: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    server = deploy(shared("config", "acme", "--for", "operator", "--resolver", "full"))
    creds = []
    for number in range(3):
        creds.append(export(shared, "report", tmp_path / f"{number}.creds"))
        if number < 2:
            shared("rotate", "acme/orders", "--as", "leaked", "--yes")
    shared("push", "acme", "--server", server.url)
    assert [let_in(server.url, one) for one in creds] == [False, False, True]
    assert key(shared, "acme/orders-old-2")["status"] == "retired"
    assert claims_of(shared, "parts")["imports"][0]["account"] == key(shared, "orders")["public"]


def test_an_account_that_leaks_while_it_is_rotated_out_is_shut_at_once(shared: Wallet) -> None:
    begun = json.loads(shared("rotate", "orders", "--as", "planned", "--yes", "--json"))
    leak = json.loads(shared("rotate", "orders-old", "--as", "leaked", "--yes", "--json"))
    assert (leak["new"], leak["as"], leak["phase"]) == (begun["new"], "leaked", "out")
    shared("rotate", "orders", "--undo", "--yes", exits=1)


@pytest.mark.parametrize("gone", ["acme/orders-old", "acme/orders"])
def test_importers_change_over_also_where_one_of_the_two_accounts_was_deleted(
    shared: Wallet, gone: str
) -> None:
    begun = json.loads(shared("rotate", "orders", "--as", "planned", "--yes", "--json"))
    if gone == "acme/orders":
        shared("rotate", "orders", "--importers", "--yes")
    shared("delete", gone, "--yes")
    if gone == "acme/orders":
        shared("rotate", "acme/orders-old", "--undo", "--yes")
        stays = begun["old"]
    else:
        assert "imports" in codes(going_on(shared)[0])
        shared("rotate", "acme/orders", "--finish", "--yes", exits=1)
        stays = begun["new"]
    assert claims_of(shared, "parts")["imports"][0]["account"] == stays
