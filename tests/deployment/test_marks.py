"""The two marks: not written since it changed, and not proved on servers; and what takes them."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

import pytest

from tests.app import test_main
from tests.app.test_main import dialog, find, opened, sees
from tests.cli.conftest import PASSPHRASE
from tests.deployment.conftest import House
from tests.deployment.test_push import describe, revoke
from wallet.tasks.deployment.deliveries import Sighting, note_sightings, open_line
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

pytestmark = pytest.mark.newer_server


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_main, "PASSPHRASE", PASSPHRASE)


def marks(house: House, ref: str) -> tuple[bool, bool]:
    """Whether a key is unwritten, and unproved."""
    (key,) = [
        key for key in house.call("list", "--json").json() if key["path"] == house.record(ref).path
    ]
    return key["unwritten"], key["unproved"]


def test_a_new_account_is_neither_written_nor_proved_until_a_push(house: House) -> None:
    assert marks(house, "acme/orders") == (True, True)
    assert marks(house, "billing") == (False, False)
    server = house.server()
    assert house.push("--server", server.url)["ok"]
    assert marks(house, "acme/orders") == (False, False)


def test_written_takes_one_mark_and_not_the_other(house: House, tmp_path: Path) -> None:
    house.call("jwt", "acme/orders")
    assert marks(house, "acme/orders") == (False, True)
    assert marks(house, "acme/metrics") == (True, True)
    house.call("config", "--for", "operator")
    assert marks(house, "acme/metrics") == (False, True)
    assert marks(house, "acme") == (False, False)
    house.change(describe("other"))
    assert marks(house, "acme/orders") == (True, True)
    assert house.call("export", "acme", "--as", "nsc", "--to", str(tmp_path / "nsc")).status == 0
    assert marks(house, "acme/orders") == (False, True)


def test_a_user_that_was_signed_anew_wants_its_creds_written(house: House, tmp_path: Path) -> None:
    house.call("edit", "billing", "--allow-pub", "orders.>")
    assert marks(house, "billing") == (True, False)
    shown = house.call("show", "billing").out
    assert "↑ to export: no creds written since it changed" in shown
    house.call("export", "billing", "--as", "public", "--to", str(tmp_path / "b.pub"))
    assert marks(house, "billing") == (True, False)
    house.call("creds", "billing", "--to", str(tmp_path / "b.creds"))
    assert marks(house, "billing") == (False, False)
    house.call("edit", "billing", "--allow-pub", "orders.new")
    revoke(house, "billing")
    assert marks(house, "billing") == (False, True)  # nobody is to get its creds now


def test_a_revocation_keeps_its_mark_until_it_is_proved(house: House) -> None:
    server = house.server()
    house.push("--server", server.url)
    revoke(house, "laptop")
    house.call("config", "--for", "operator")
    assert marks(house, "laptop") == (False, True)
    assert "not proved to be refused" in house.call("show", "laptop").out
    with house.open() as vault:
        assert "acme/orders (1 revocation)" in open_line(vault.records)
    house.push("--server", server.url)
    assert marks(house, "laptop") == (False, False)
    assert marks(house, "acme/orders") == (False, False)


def test_one_of_two_servers_that_had_the_account_proves_nothing_for_the_other(
    house: House,
) -> None:
    first, second = house.server("n1"), house.server("n2")
    for server in (first, second):
        house.push("--server", server.url)
    revoke(house, "laptop")
    house.push("--server", first.url)
    assert marks(house, "laptop") == (False, True)
    house.push("--server", second.url)
    assert marks(house, "laptop") == (False, False)


def test_a_test_proves_the_refusal_of_one_user_and_nothing_of_the_account(house: House) -> None:
    server = house.server()
    house.push("--server", server.url)
    revoke(house, "laptop")
    before = house.call("test", "laptop", "--server", server.url, "--beside", "billing")
    assert "laptop" in before.out
    assert marks(house, "laptop") == (False, True)  # it is still let in
    with house.open() as vault, vault.change() as records:  # pushed by another tool
        records.deliveries.take_word(records.find("acme/metrics").id)
    other = house.copy("other")
    other.push("--server", server.url)
    assert marks(house, "laptop") == (False, True)
    done = house.call(
        *("test", "laptop", "--server", server.url, "--beside", "billing", "--expect", "refused")
    )
    assert done.status == 0, done
    assert marks(house, "laptop") == (False, False)
    assert marks(house, "acme/orders")[1] is True


def test_a_revoked_user_that_a_test_finds_let_in_is_open_again(house: House) -> None:
    server = house.server()
    house.push("--server", server.url)
    stale = house.copy("stale")
    revoke(house, "laptop")
    house.call("push", "--on-my-word", "--yes")
    assert marks(house, "laptop") == (False, False)
    assert stale.call("test", "laptop", "--server", server.url).status == 0
    house.call("test", "laptop", "--server", server.url)
    assert marks(house, "laptop") == (False, True)
    assert marks(house, "acme/orders") == (False, True)


def test_a_push_that_finds_another_jwt_than_was_proved_opens_the_account_again(
    house: House,
) -> None:
    server = house.server()
    house.push("--server", server.url)
    other = house.copy("other")
    other.change(describe("changed there"))
    other.push("--server", server.url)
    assert not house.push("--server", server.url)["ok"]
    assert marks(house, "acme/orders") == (False, True)


def test_what_changed_while_it_was_pushed_is_not_proved_by_that(house: House) -> None:
    pushed = house.token("acme/orders")
    revoke(house, "laptop")  # by another process, in the same second
    with house.open() as vault, vault.change() as records:
        public = records.find("acme/orders").public
        sighting = Sighting(public, pushed, {"nats://n1:4222": True})
        assert note_sightings(records, [sighting]) == set()
        assert records.find("laptop").unproved
        now = Sighting(public, house.token("acme/orders"), {"nats://n1:4222": True})
        assert note_sightings(records, [now]) == {public}
        assert not records.find("laptop").unproved


def test_the_marks_stand_in_the_tree_and_at_the_start(house: House) -> None:
    house.call("push", "--on-my-word", "--yes")
    revoke(house, "laptop")

    async def look() -> None:
        async with opened(house.path, (80, 24)) as pilot:
            await sees(pilot, "Not proved on servers: acme/orders (1")
            await find(pilot, "orders")
            await sees(pilot, "↑ to deploy ?", "revoked ?", "not proved on servers: push")

    asyncio.run(look())


def test_health_tells_a_revocation_that_is_not_proved_as_a_problem(house: House) -> None:
    house.call("push", "--on-my-word", "--yes")
    house.call("config", "--for", "operator")
    revoke(house, "laptop")
    told = house.call("health", "--json").json()
    codes = {(note["code"], note["path"], note["problem"]) for note in told}
    assert ("revocation-not-proved", "acme/orders/laptop", True) in codes
    assert ("not-proved", "acme/orders", False) in codes
    assert ("not-written", "acme/orders", False) in codes
    assert ("not-proved", "acme/metrics", False) not in codes


def test_a_change_is_told_with_the_command_that_brings_it_to_servers(house: House) -> None:
    silent = house.call("revoke", "grafana")  # no server is known yet
    assert "nkey-wallet push acme" not in silent.err
    server = house.server()
    house.push("--server", server.url)
    for change in (
        ["revoke", "laptop"],
        ["edit", "acme/orders", "--limit", "conn=7"],
        ["rename", "acme/orders", "sales"],
        ["delete", "acme/sales/billing", "--yes"],
    ):
        told = house.call(*change).err
        (words,) = [
            line.partition("nkey-wallet ")[2] for line in told.splitlines() if "push" in line
        ]
        done = house.call(*shlex.split(words))
        assert done.status == 0, (words, done)
    house.call("servers", "add", "prod", "--url", server.url)
    told = house.call("edit", "acme/sales", "--limit", "conn=8").err
    assert "nkey-wallet push acme/sales --server prod" in told


def test_no_command_is_told_that_would_not_work(house: House) -> None:
    server = house.server()
    house.push("--server", server.url)

    def without_system_account(issuing: Issuing, records: Records) -> None:
        operator = records.find("acme")
        claims = issuing.claims(operator.id)
        issuing.edit(operator.id, {n: v for n, v in claims.items() if n != "system_account"})

    house.change(without_system_account)
    told = house.call("revoke", "laptop").err
    assert "nkey-wallet push acme" not in told
    assert "put it into resolver_preload" in told
    refused = house.call("push", "--server", server.url)
    assert refused.status == 1
    assert "nkey-wallet edit acme --system-account ACCOUNT" in refused.err
    assert "nkey-wallet config acme --for operator --resolver full" in refused.err


def test_a_change_in_the_app_is_told_with_the_key_that_pushes(house: House) -> None:
    house.call("push", "--on-my-word", "--yes")

    async def look() -> None:
        async with opened(house.path, (80, 24)) as pilot:
            await find(pilot, "laptop")
            await dialog(pilot, "x", "Revoke laptop")
            await pilot.press("left", "enter")
            await sees(pilot, "Servers may lack the new JWT", "P pushes")

    asyncio.run(look())


def test_a_restored_backup_is_not_what_servers_were_seen_to_hold(
    house: House, tmp_path: Path
) -> None:
    server = house.server()
    house.push("--server", server.url)
    backup = tmp_path / "backup.nkw"
    assert house.call("backup", str(backup)).status == 0
    house.change(describe("later"))
    house.push("--server", server.url)
    assert house.call("restore", str(backup), "--yes").status == 0
    assert marks(house, "acme/orders") == (True, True)
    assert marks(house, "acme/metrics") == (False, False)


def test_a_backup_from_before_a_proof_brings_no_mark_back(house: House, tmp_path: Path) -> None:
    server = house.server()
    revoke(house, "laptop")
    backup = tmp_path / "backup.nkw"
    assert house.call("backup", str(backup)).status == 0
    house.push("--server", server.url)
    assert house.call("restore", str(backup), "--yes").status == 0
    assert marks(house, "laptop") == (False, False)
    assert marks(house, "acme/orders") == (False, False)
