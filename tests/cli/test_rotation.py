"""`rotate` and `rotations`, on real servers: who is let in after each step, and what is open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import nats.errors
import pytest

from tests.cli.conftest import Deploy, Once, Run
from tests.natspy import connected
from wallet.nats import jwt
from wallet.system.disk import files

Wallet = Callable[..., str]


@pytest.fixture
def wallet(run: Run) -> Wallet:
    """A command that has to end as it is told; what it prints."""

    def call(*words: str, exits: int = 0) -> str:
        done = run(*words)
        assert done.status == exits, f"{words}: {done.out}{done.err}"
        return done.out

    return call


ACME = """\
init --cost light
new operator acme
new account SYS --under acme
edit acme --system-account SYS
new account orders --under acme
new user billing --under acme/orders --allow-pub orders.>
new user nightly --under acme/orders
"""


@pytest.fixture
def acme(wallet: Wallet, once: Once) -> Wallet:
    """A vault with an operator, its system account, and billing and nightly under acme/orders."""
    once("acme", lambda: [wallet(*line.split()) for line in ACME.splitlines()])
    return wallet


LISTS = """\
init --cost light
new account plant
new user feeder --under plant --allow-pub plant.>
new user reader --under plant
"""


@pytest.fixture
def lists(wallet: Wallet, once: Once) -> Wallet:
    """A vault without JWTs: feeder and reader in an account that configurations list."""
    once("lists", lambda: [wallet(*line.split()) for line in LISTS.splitlines()])
    return wallet


def going_on(call: Callable[..., str]) -> list[dict[str, Any]]:
    rotations: list[dict[str, Any]] = json.loads(call("rotations", "--json"))
    return rotations


def codes(rotation: dict[str, Any]) -> list[str]:
    return [step["code"] for step in rotation["open"]]


def key(wallet: Wallet, ref: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(wallet("show", ref, "--json"))
    return record


def let_in(url: str, exported: Path) -> bool:
    """Whether nats-py gets in with a creds file or an nkey seed file, and may publish."""

    async def connect() -> bool:
        how = {"user_credentials" if exported.suffix == ".creds" else "nkeys_seed": str(exported)}
        try:
            async with connected(url, connect_timeout=5, **how) as client:
                await client.publish("orders.new", b"")
                await client.flush()
                return True
        except nats.errors.Error:
            return False

    return asyncio.run(connect())


def export(wallet: Wallet, ref: str, to: Path) -> Path:
    form = to.suffix.removeprefix(".")
    wallet("export", ref, "--as", form, "--to", str(to))
    return to


SAME = ("kind", "tags", "notes", "expires")


def test_a_planned_rotation_leaves_both_keys_until_the_old_one_is_taken_out(
    another_process: Wallet, acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_creds = export(acme, "billing", tmp_path / "old.creds")
    server = deploy(acme("config", "--for", "operator"))
    before = key(acme, "billing")
    acme("test", "billing", "--server", server.url)

    begun = json.loads(acme("rotate", "billing", "--as", "planned", "--yes", "--json"))
    old, new = key(acme, "billing-old"), key(acme, "billing")
    assert (old["public"], new["public"]) == (begun["old"], begun["new"])
    assert old["public"] == before["public"]
    assert old["path"] == "acme/orders/billing-old"
    assert [new[name] for name in SAME] == [before[name] for name in SAME]
    assert new["claims"] == before["claims"]
    assert codes(begun) == ["hand-out", "finish"]
    assert "rotating out" in acme("show", "billing-old")
    new_creds = export(acme, "billing", tmp_path / "new.creds")
    assert codes(going_on(acme)[0]) == ["finish"]

    # The server needs nothing new: both are let in.
    acme("test", "billing", "billing-old", "--server", server.url)
    assert let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)

    # Another process, on a later day, takes the old one out; a third asks what is open.
    finished = json.loads(
        another_process("rotate", "billing", "--finish", "--yes", "--json", exits=1)
    )
    assert codes(finished) == ["deploy", "prove"]
    assert "resolver_preload" in finished["texts"][0]["text"]
    assert begun["old"] in json.dumps(key(acme, "orders")["claims"]["revocations"])
    assert let_in(server.url, old_creds)  # nobody gave the server the account's JWT yet
    acme("test", "billing-old", "--server", server.url)
    assert codes(going_on(another_process)[0]) == ["deploy", "prove"]

    # The test that its step names, before and after the server has the JWT.
    refused = ("--expect", "refused", "--beside", "acme/orders/billing")
    words = ("test", "acme/orders/billing-old", "--server", server.url, *refused)
    assert going_on(acme)[0]["open"][1]["fix"].split()[1:] == list(words)
    acme(*words, exits=1)
    assert codes(going_on(acme)[0]) == ["deploy", "prove"]
    server.reload(acme("config", "--for", "operator"))
    acme(*words)
    assert going_on(acme) == []
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    acme("test", "billing", "--server", server.url)
    acme("rotate", "billing", "--finish")  # nothing is open, and nothing is changed
    assert key(acme, "billing-old")["has_seed"]


def test_a_refusal_that_may_be_for_another_reason_proves_nothing(
    acme: Wallet, deploy: Deploy
) -> None:
    server = deploy(acme("config", "--for", "operator"))
    acme("test", "billing", "--server", server.url)
    acme("rotate", "billing", "--as", "leaked", "--yes")
    server.reload(acme("config", "--for", "operator"))
    (leak,) = going_on(acme)
    acme("test", "billing-old", "--server", server.url, "--expect", "refused", exits=1)
    assert going_on(acme) == [leak]
    acme("test", "acme/orders", "--server", server.url)
    assert [codes(one) for one in going_on(acme)] == [["hand-out"]]


def test_that_a_revoked_key_was_retired_too_makes_no_proof_of_another_refusal(
    acme: Wallet, deploy: Deploy
) -> None:
    acme("new", "user", "away", "--under", "acme/orders", "--source", "10.9.8.0/24")
    server = deploy(acme("config", "--for", "operator"))
    acme("rotate", "away", "--as", "leaked", "--yes")
    acme("retire", "away-old")
    refused = ("--expect", "refused", "--beside", "nightly")
    acme("test", "nightly", "--server", server.url)
    # Refused from here in any case: the server has not heard of the revocation.
    acme("test", "away-old", "--server", server.url, *refused)
    assert "prove" in codes(going_on(acme)[0])


def test_a_leaked_key_is_out_in_one_change_and_open_until_each_server_refuses_it(
    another_process: Wallet, acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_creds = export(acme, "billing", tmp_path / "old.creds")
    servers = [deploy(acme("config", "--for", "operator")) for _ in range(2)]
    acme("test", "billing", "--server", servers[0].url)
    acme("test", "nightly", "--server", servers[1].url)  # where a sibling is at home

    leak = json.loads(acme("rotate", "billing", "--as", "leaked", "--yes", "--json"))
    assert codes(leak) == ["deploy", "hand-out", "prove", "prove"]
    assert key(acme, "billing-old")["revoked"]
    new_creds = export(acme, "billing", tmp_path / "new.creds")
    servers[0].reload(acme("config", "--for", "operator"))
    refused = ("--expect", "refused", "--beside", "billing")
    acme("test", "billing-old", "--server", servers[0].url, *refused)
    assert codes(going_on(acme)[0]) == ["deploy", "prove"]
    acme("test", "billing-old", "--server", servers[1].url, *refused, exits=1)
    (still,) = going_on(another_process)
    assert servers[1].url in still["open"][1]["why"]
    assert let_in(servers[1].url, old_creds)
    acme("rotate", "billing", "--finish", exits=1)

    servers[1].reload(acme("config", "--for", "operator"))
    acme("test", "billing-old", "--server", servers[1].url, *refused)
    assert going_on(acme) == []
    for server in servers:
        assert not let_in(server.url, old_creds)
        assert let_in(server.url, new_creds)
        acme("test", "billing", "--server", server.url)
    acme("rotate", "billing", "--undo", "--yes", exits=1)  # the old key comes back by allow alone
    assert key(acme, "billing-old")["revoked"]


def test_with_a_full_resolver_the_old_key_is_refused_once_its_account_is_pushed(
    acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_creds = export(acme, "billing", tmp_path / "old.creds")
    server = deploy(acme("config", "--for", "operator", "--resolver", "full"))
    acme("test", "billing", "--server", server.url)
    acme("rotate", "billing", "--as", "leaked", "--yes")
    new_creds = export(acme, "billing", tmp_path / "new.creds")
    assert codes(going_on(acme)[0]) == ["deploy", "prove"]
    acme("push", "acme/orders", "--server", server.url)  # which tries the old key, too
    assert going_on(acme) == []
    refused = ("--expect", "refused", "--beside", "billing")
    acme("test", "billing-old", "--server", server.url, *refused)
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)


def test_new_creds_that_nobody_has_are_open_though_a_push_proved_the_leak(
    acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    server = deploy(acme("config", "--for", "operator", "--resolver", "full"))
    for name in ("billing", "nightly"):
        acme("rotate", name, "--as", "leaked", "--yes")
    acme("push", "acme/orders", "--server", server.url)
    assert [codes(one) for one in going_on(acme)] == [["hand-out"], ["hand-out"]]
    assert "the old key is out" in acme("rotations")
    assert "it takes the place of" in acme("show", "billing")
    acme("rotate", "billing", "--finish", exits=1)
    export(acme, "billing", tmp_path / "new.creds")
    acme("rotate", "nightly", "--finish", "--on-my-word")
    assert going_on(acme) == []


def test_nothing_is_to_be_deployed_any_more_once_every_server_has_it(
    acme: Wallet, deploy: Deploy
) -> None:
    servers = [
        deploy(acme("config", "--for", "operator", "--resolver", "full")).url for _ in range(2)
    ]
    for url in servers:
        acme("push", "acme/orders", "--server", url)
    acme("rotate", "billing", "--as", "leaked", "--yes")
    acme("push", "acme/orders", "--server", servers[0])
    (still,) = going_on(acme)
    assert codes(still) == ["deploy", "hand-out", "prove"]
    assert servers[1] in still["open"][2]["why"]
    acme("push", "--on-my-word", "acme/orders", "--yes")
    assert codes(going_on(acme)[0]) == ["hand-out", "prove"]


def test_a_user_of_a_role_gets_a_successor_of_the_same_role(
    acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    (tmp_path / "claims.json").write_text('{"tags": ["prod"]}')
    flags = ("--signing", "--role", "reader", "--deny-pub", ">")
    acme("new", "account", "readers", "--under", "acme/orders", *flags)
    more = ("--expires", "90d", "--claims", str(tmp_path / "claims.json"))
    acme("new", "user", "report", "--under", "acme/orders", "--signer", "readers", *more)
    before = key(acme, "report")
    assert before["tags"] == ["prod"]
    acme("rotate", "report", "--as", "planned", "--yes")
    after = key(acme, "report")
    assert (after["claims"], after["tags"]) == (before["claims"], before["tags"])
    assert abs(_days(after["expires"]) - _days(before["expires"])) < 1
    server = deploy(acme("config", "--for", "operator"))
    may = ("--may", "pub:orders.new")
    acme("test", "report", "--server", server.url)
    acme("test", "report", "--server", server.url, *may, exits=1)


def _days(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() / 86_400


def test_a_listed_user_is_rotated_by_lists_with_both_then_with_the_new_key(
    another_process: Wallet, lists: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_seed = export(lists, "feeder", tmp_path / "old.nk")
    server = deploy(lists("config", "plant", "--for", "server", "--accounts"))
    lists("test", "plant", "--server", server.url)

    begun = json.loads(lists("rotate", "feeder", "--as", "planned", "--yes", "--json"))
    assert codes(begun) == ["deploy", "hand-out", "finish"]
    (both,) = begun["texts"]
    assert begun["old"] in both["text"]
    assert begun["new"] in both["text"]
    assert both["text"].count('"plant.>"') == 2
    server.reload(both["text"])
    new_seed = export(lists, "feeder", tmp_path / "new.nk")
    lists("test", "feeder", "feeder-old", "--server", server.url)
    assert let_in(server.url, old_seed)
    assert let_in(server.url, new_seed)
    assert codes(going_on(lists)[0]) == ["finish"]

    words = ("rotate", "feeder", "--finish", "--yes", "--json")
    (new_alone,) = json.loads(another_process(*words, exits=1))["texts"]
    assert begun["old"] not in new_alone["text"]
    server.reload(new_alone["text"])
    refused = ("--expect", "refused", "--beside", "feeder")
    lists("test", "feeder-old", "--server", server.url, *refused)
    assert going_on(lists) == []
    assert not let_in(server.url, old_seed)
    assert let_in(server.url, new_seed)
    assert key(lists, "feeder-old")["status"] == "retired"


def test_a_leaked_listed_user_is_off_the_list_at_once(
    lists: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_seed = export(lists, "feeder", tmp_path / "old.nk")
    server = deploy(lists("config", "plant", "--for", "server", "--accounts"))
    lists("test", "feeder", "--server", server.url)
    leak = json.loads(lists("rotate", "feeder", "--as", "leaked", "--yes", "--json"))
    assert codes(leak) == ["deploy", "hand-out", "prove"]
    new_seed = export(lists, "feeder", tmp_path / "new.nk")
    assert let_in(server.url, old_seed)
    server.reload(leak["texts"][0]["text"])
    lists("test", "feeder-old", "--server", server.url, "--beside", "feeder", exits=1)
    assert going_on(lists) == []
    assert not let_in(server.url, old_seed)
    assert let_in(server.url, new_seed)


def test_a_planned_rotation_is_undone_before_and_after_the_old_key_is_out(
    another_process: Wallet, acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old = key(acme, "billing")["public"]
    old_creds = export(acme, "billing", tmp_path / "old.creds")
    server = deploy(acme("config", "--for", "operator"))
    acme("test", "billing", "--server", server.url)
    for finished in (False, True):
        acme("rotate", "billing", "--as", "planned", "--yes")
        new_creds = export(acme, "billing", tmp_path / f"new-{finished}.creds")
        if finished:
            acme("rotate", "billing", "--finish", "--yes", exits=1)
        another_process("rotate", "billing", "--undo", "--yes")
        assert key(acme, "billing")["public"] == old
        assert jwt.parse(acme("jwt", "billing").strip()).name == "billing"  # roles go by it
        server.reload(acme("config", "--for", "operator"))
        acme("test", "billing", "--server", server.url)
        assert not let_in(server.url, new_creds)
        if finished:
            assert codes(going_on(acme)[0]) == ["deploy", "hand-out", "prove"]
            old_creds = export(acme, "billing", tmp_path / "old-again.creds")
        assert let_in(server.url, old_creds)
        refused = ("--expect", "refused", "--beside", "billing")
        gone = going_on(acme)[0]["new"]
        acme("test", gone, "--server", server.url, *refused)
        assert going_on(acme) == []
        assert key(acme, gone)["has_seed"]


def test_a_step_that_cannot_be_saved_leaves_the_rotation_where_it_was(
    another_process: Wallet, acme: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(files.System):
        def write(self, descriptor: int, data: memoryview) -> int:
            raise OSError(28, "No space left on device")

    def fails(*words: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(files, "system", Full())
            acme(*words, "--yes", exits=3)

    fails("rotate", "billing", "--as", "planned")
    assert going_on(acme) == []
    assert "billing-old" not in acme("list")
    acme("rotate", "billing", "--as", "planned", "--yes")
    for words in (("--finish",), ("--undo",)):
        fails("rotate", "billing", *words)
        (still,) = going_on(another_process)
        assert codes(still) == ["hand-out", "finish"]
        assert not key(acme, "billing-old")["revoked"]
        assert not key(acme, "billing")["revoked"]
    another_process("rotate", "billing-old", "--finish", "--yes", exits=1)
    assert key(acme, "billing-old")["revoked"]


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
def test_a_process_killed_at_any_moment_leaves_a_rotation_that_another_one_finishes(
    another_process: Wallet,
    acme: Wallet,
) -> None:
    for number in range(8):
        acme("rotate", "nightly", "--as", "planned", "--yes")
        process = subprocess.Popen(
            [sys.executable, "-m", "wallet", "rotate", "nightly", "--finish", "--yes"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.15 + 0.1 * number)
        process.kill()
        process.wait()
        rotation = going_on(acme)[-1]
        assert (rotation["phase"] == "out") is key(acme, rotation["old"])["revoked"]
        another_process("rotate", "nightly", "--finish", "--yes", exits=1)
        assert key(acme, rotation["old"])["revoked"]
        assert key(acme, rotation["old"])["has_seed"]
        acme("rotate", "nightly", "--finish", "--on-my-word")
        assert going_on(acme) == []


def test_a_handover_notes_who_got_the_new_key_and_does_not_lead_back(acme: Wallet) -> None:
    acme("rotate", "billing", "--as", "handover", "--yes", exits=2)  # to whom?
    done = acme("rotate", "billing", "--as", "handover", "--to", "Zoë, ops", "--yes")
    assert "Zoë, ops" in done
    assert going_on(acme)[0]["to"] == "Zoë, ops"
    assert not key(acme, "billing-old")["revoked"]
    acme("rotate", "billing", "--finish", "--yes", exits=1)
    assert key(acme, "billing-old")["revoked"]
    acme("rotate", "billing", "--undo", "--yes", exits=1)
    assert key(acme, "billing-old")["revoked"]
    acme("rotate", "billing", "--finish", "--on-my-word")
    assert going_on(acme) == []


def test_a_leak_is_proved_beside_the_key_in_force_where_its_successor_leaked_too(
    acme: Wallet,
) -> None:
    first = key(acme, "billing")["public"]
    acme("rotate", "billing", "--as", "leaked", "--yes")
    second = key(acme, "billing")["public"]
    acme("rotate", second, "--as", "leaked", "--yes")
    for rotation in going_on(acme):
        assert rotation["old"] in {first, second}
        (prove,) = [step for step in rotation["open"] if step["code"] == "prove"]
        assert prove["fix"].endswith("--expect refused --beside acme/orders/billing")


def test_a_handed_over_key_works_beside_the_old_one_until_the_agreed_moment(
    another_process: Wallet, acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_creds = export(acme, "billing", tmp_path / "old.creds")
    server = deploy(acme("config", "--for", "operator", "--resolver", "full"))
    acme("test", "billing", "--server", server.url)
    to = ("--to", "Zoë, operations")
    handed = json.loads(acme("rotate", "billing", "--as", "handover", *to, "--yes", "--json"))
    assert codes(handed) == ["hand-out", "finish"]
    assert "Zoë, operations needs the key" in handed["open"][0]["why"]
    new_creds = export(acme, "billing", tmp_path / "new.creds")
    assert seed_in(new_creds) != seed_in(old_creds)
    assert codes(going_on(another_process)[0]) == ["finish"]
    assert let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    acme("test", "billing", "billing-old", "--server", server.url)

    another_process("rotate", "billing", "--finish", "--yes", exits=1)
    acme("push", "acme/orders", "--server", server.url)
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    refused = ("--expect", "refused", "--beside", "billing")
    acme("test", "billing-old", "--server", server.url, *refused)
    assert going_on(acme) == []
    assert "handover, for Zoë, operations: done" in another_process("rotate", "billing")


def seed_in(creds: Path) -> str:
    return next(line for line in creds.read_text().splitlines() if line.startswith("SU"))


def test_a_listed_user_that_is_handed_over_is_off_the_list_from_the_agreed_moment(
    another_process: Wallet, lists: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_seed = export(lists, "feeder", tmp_path / "old.nk")
    server = deploy(lists("config", "plant", "--for", "server", "--accounts"))
    lists("test", "feeder", "--server", server.url)
    words = ("rotate", "feeder", "--as", "handover", "--to", "Zoë", "--yes", "--json")
    (both,) = json.loads(lists(*words))["texts"]
    server.reload(both["text"])
    new_seed = export(lists, "feeder", tmp_path / "new.nk")
    assert let_in(server.url, old_seed)
    assert let_in(server.url, new_seed)
    finish = ("rotate", "feeder", "--finish", "--yes", "--json")
    (alone,) = json.loads(another_process(*finish, exits=1))["texts"]
    server.reload(alone["text"])
    refused = ("--expect", "refused", "--beside", "feeder")
    lists("test", "feeder-old", "--server", server.url, *refused)
    assert not let_in(server.url, old_seed)
    assert let_in(server.url, new_seed)
    assert going_on(lists) == []


def test_a_key_that_leaks_while_it_is_rotated_out_goes_at_once(acme: Wallet) -> None:
    acme("rotate", "billing", "--as", "planned", "--yes")
    acme("rotate", "billing", "--as", "leaked", "--yes", exits=1)  # the new one: undo comes first
    leak = json.loads(acme("rotate", "billing-old", "--as", "leaked", "--yes", "--json"))
    assert leak["as"] == "leaked"
    assert key(acme, "billing-old")["revoked"]
    assert len(going_on(acme)) == 1
    acme("rotate", "billing", "--as", "leaked", "--yes")  # and so can the one that took its place
    paths = [one["path"] for one in going_on(acme)]
    assert paths == ["acme/orders/billing-old-2", "acme/orders/billing"]


def test_without_a_terminal_or_yes_nothing_is_changed(acme: Wallet) -> None:
    before = acme("list", "--json")
    acme("rotate", "billing", "--as", "planned", exits=2)
    acme("rotate", "billing", exits=1)
    acme("rotate", "billing", "--finish", exits=1)
    assert acme("list", "--json") == before


def test_a_restored_backup_forgets_no_open_rotation(acme: Wallet, tmp_path: Path) -> None:
    acme("backup", str(tmp_path / "before.nkw"))
    acme("rotate", "billing", "--as", "leaked", "--yes")
    (leak,) = going_on(acme)
    acme("restore", str(tmp_path / "before.nkw"), "--yes")
    (still,) = going_on(acme)
    assert (still["old"], still["new"]) == (leak["old"], leak["new"])
    assert "prove" in codes(still)


@pytest.fixture
def roles(acme: Wallet, once: Once) -> Wallet:
    """The same vault with signing keys: readers, of a role, signed report; oper is acme's."""

    def make() -> None:
        flags = ("--signing", "--role", "reader", "--deny-pub", ">")
        acme("new", "account", "readers", "--under", "acme/orders", *flags)
        acme("new", "user", "report", "--under", "acme/orders", "--signer", "readers")

    once("roles", make)
    return acme


def issuer_of(wallet: Wallet, ref: str) -> str:
    return jwt.parse(wallet("jwt", ref).strip()).issuer.text


def test_a_signing_key_is_rotated_with_all_that_it_signed(
    another_process: Wallet, roles: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_creds = export(roles, "report", tmp_path / "old.creds")
    server = deploy(roles("config", "--for", "operator", "--resolver", "full"))
    roles("test", "report", "--server", server.url)
    begun = json.loads(roles("rotate", "readers", "--as", "planned", "--yes", "--json"))
    assert issuer_of(roles, "report") == begun["new"]
    assert codes(begun) == ["deploy", "hand-out", "finish"]
    assert begun["new"] in json.dumps(key(roles, "orders")["claims"]["signing_keys"])
    assert begun["old"] in json.dumps(key(roles, "orders")["claims"]["signing_keys"])
    roles("test", "report", "--server", server.url, exits=1)  # it does not know the new one yet
    roles("push", "acme/orders", "--server", server.url)
    assert codes(going_on(roles)[0]) == ["hand-out", "finish"]
    new_creds = export(roles, "report", tmp_path / "new.creds")
    assert let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    roles("test", "report", "--server", server.url)
    roles("test", "report", "--server", server.url, "--may", "pub:orders.new", exits=1)

    finished = json.loads(
        another_process("rotate", "readers", "--finish", "--yes", "--json", exits=1)
    )
    assert codes(finished) == ["deploy", "prove"]
    assert begun["old"] not in json.dumps(key(roles, "orders")["claims"]["signing_keys"])
    assert let_in(server.url, old_creds)
    roles("push", "acme/orders", "--server", server.url)
    assert going_on(roles) == []
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    assert key(roles, "readers-old")["has_seed"]


def test_a_signing_key_has_no_importers_to_let_over(roles: Wallet, run: Run) -> None:
    roles("rotate", "readers", "--as", "planned", "--yes")
    both = key(roles, "orders")["claims"]["signing_keys"]
    roles("rotate", "readers", "--importers", "--yes")
    assert key(roles, "orders")["claims"]["signing_keys"] == both
    assert "import" not in run("rotate", "readers", "--finish", "--yes").err
    told = run("rotate", "acme/orders", "--as", "planned", "--yes").err
    assert "It names 1 signing key: readers." in told


def test_a_leaked_signing_key_is_out_at_once_and_its_users_keep_their_role(
    roles: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    old_creds = export(roles, "report", tmp_path / "old.creds")
    server = deploy(roles("config", "--for", "operator"))
    roles("test", "report", "--server", server.url)
    leak = json.loads(roles("rotate", "readers", "--as", "leaked", "--yes", "--json"))
    assert codes(leak) == ["deploy", "hand-out", "prove"]
    server.reload(roles("config", "--for", "operator"))
    new_creds = export(roles, "report", tmp_path / "new.creds")
    assert not let_in(server.url, old_creds)
    assert let_in(server.url, new_creds)
    roles("test", "report", "--server", server.url)
    roles("test", "report", "--server", server.url, "--may", "pub:orders.new", exits=1)
    roles("push", "acme/orders", "--server", server.url)  # looks, and has nothing to send
    assert going_on(roles) == []


@pytest.mark.parametrize("finished", [False, True])
def test_the_rotation_of_a_signing_key_is_undone(
    another_process: Wallet, roles: Wallet, deploy: Deploy, finished: bool, tmp_path: Path
) -> None:
    before = key(roles, "readers")
    roles("rotate", "readers", "--as", "planned", "--yes")
    if finished:
        roles("rotate", "readers", "--finish", "--yes", exits=1)
    another_process("rotate", "readers", "--undo", "--yes")
    assert key(roles, "readers")["public"] == before["public"] == issuer_of(roles, "report")
    assert key(roles, "readers")["claims"] == before["claims"]
    server = deploy(roles("config", "--for", "operator"))
    roles("test", "report", "--server", server.url)
    roles("test", "report", "--server", server.url, "--may", "pub:orders.new", exits=1)


def test_an_operators_signing_key_is_rotated_and_accounts_are_signed_anew(
    acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    acme("new", "operator", "oper", "--under", "acme", "--signing")
    acme("edit", "acme", "--strict")
    old = key(acme, "oper")["public"]
    assert issuer_of(acme, "orders") == old
    old_account = acme("jwt", "orders").strip()
    creds = export(acme, "billing", tmp_path / "billing.creds")
    begun = json.loads(acme("rotate", "oper", "--as", "leaked", "--yes", "--json"))
    assert issuer_of(acme, "orders") == issuer_of(acme, "SYS") == begun["new"]
    assert codes(begun) == ["deploy", "prove"]
    (whole,) = begun["texts"]
    server = deploy(whole["text"])
    assert let_in(server.url, creds)
    now = acme("jwt", "orders").strip()
    refusing = deploy(whole["text"].replace(now, old_account))  # what the leaked key signed
    assert not let_in(refusing.url, creds)
    acme("push", "acme", "--server", server.url)  # whose configuration tells whom it trusts
    assert going_on(acme) == []


@pytest.mark.parametrize("ref", ["acme", "oper"])
def test_servers_keep_the_resolver_that_they_were_given(acme: Wallet, ref: str) -> None:
    acme("new", "operator", "oper", "--under", "acme", "--signing")
    acme("config", "--for", "operator", "--resolver", "full")
    begun = json.loads(acme("rotate", ref, "--as", "planned", "--yes", "--json"))
    deployed = next(step for step in begun["open"] if step["code"] == "deploy")
    assert "config acme --for operator --resolver full, into each" in deployed["fix"]
    assert "type: full" in begun["texts"][0]["text"]
    acme("config", "--for", "operator")
    again = json.loads(acme("rotate", ref, "--json", exits=1))
    assert "--resolver" not in next(one["fix"] for one in again["open"] if one["code"] == "deploy")
    assert "resolver: MEMORY" in again["texts"][0]["text"]


def test_servers_take_what_both_signing_keys_of_an_operator_signed_until_one_is_out(
    another_process: Wallet, acme: Wallet, deploy: Deploy, tmp_path: Path
) -> None:
    acme("new", "operator", "oper", "--under", "acme", "--signing")
    acme("edit", "acme", "--strict")
    by_old = acme("jwt", "orders").strip()
    creds = export(acme, "billing", tmp_path / "billing.creds")
    begun = json.loads(acme("rotate", "oper", "--as", "planned", "--yes", "--json"))
    by_new = acme("jwt", "orders").strip()
    assert codes(begun) == ["deploy", "finish"]
    both = begun["texts"][0]["text"]
    words = ("rotate", "oper", "--finish", "--yes", "--json")
    new_alone = json.loads(another_process(*words, exits=1))["texts"][0]["text"]
    now = acme("jwt", "orders").strip()
    for text, account, taken in (
        (both, by_new, True),
        (both.replace(by_new, by_old), by_old, True),
        (new_alone, now, True),
        (new_alone.replace(now, by_old), by_old, False),
    ):
        assert account in text
        assert let_in(deploy(text).url, creds) is taken
    acme("test", "billing", "--server", deploy(new_alone).url)


@pytest.mark.parametrize("kind", ["server", "cluster", "curve"])
def test_keys_that_no_server_lists_are_rotated_on_a_persons_word(
    another_process: Wallet, acme: Wallet, kind: str
) -> None:
    acme("new", kind, "n1")
    begun = json.loads(acme("rotate", "n1", "--as", "planned", "--yes", "--json"))
    assert codes(begun) == ["deploy", "hand-out", "finish"]
    assert key(acme, "n1")["kind"] == kind
    another_process("rotate", "n1", "--finish", "--yes", exits=1)
    assert key(acme, "n1-old")["status"] == "retired"
    acme("rotate", "n1", "--undo", "--yes")
    assert key(acme, "n1")["public"] == begun["old"]
    assert key(acme, begun["new"])["status"] == "retired"


@pytest.mark.parametrize("ref", ["billing", "acme/orders"])
def test_a_key_in_the_place_of_one_that_ended_before_it_was_issued_is_told_to_have_ended(
    vault: Run, ref: str
) -> None:
    assert vault("edit", ref, "--expires", "2020-01-01").status == 0
    done = vault("rotate", ref, "--as", "planned", "--yes")
    assert done.status == 0
    assert "Its end lies in the past, 2020-01-01 00:00:00 UTC" in done.err
    assert vault("show", ref, "--json").json()["expires"] == "2020-01-01T00:00:00Z"
