"""What is said after an action agrees with what every screen and command says of it later."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done
from tests.deployment.conftest import House, add
from wallet.exchange import configurations
from wallet.nats.nkeys import Kind
from wallet.show.states.last_results import verdict_now
from wallet.tasks.deployment.shut_out import shut_out_at
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

pytestmark = pytest.mark.newer_server


def revoked_and_pushed(house: House, user: str = "acme/orders/laptop") -> str:
    """Revoke a user, and push that to a server, which is given by its address."""
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.call("test", user, "--server", url).status == 0
    time.sleep(1.1)  # a revocation is of what was issued up to that second
    assert house.call("revoke", user).status == 0
    assert house.push("--server", url)["ok"]
    return url


def seen(house: House, ref: str) -> dict[str, datetime]:
    with house.open() as vault:
        return shut_out_at(vault.records, vault.records.find(ref))


def asked(house: House, ref: str, url: str, *flags: str) -> tuple[Done, dict[str, Any]]:
    done = house.call("test", ref, "--server", url, "--json", *flags)
    return done, done.json()


def was_expected(house: House, ref: str, url: str) -> bool:
    told = asked(house, ref, url)[1]
    return "As expected" in told["summary"] and f"{url.split('/')[-1]} was seen on" in str(told)


def test_revoking_again_what_is_revoked_and_proved_changes_nothing_and_says_so(
    house: House,
) -> None:
    url = revoked_and_pushed(house)
    before = house.token("acme/orders")
    again = house.call("revoke", "laptop")
    assert again.status == 0
    assert house.token("acme/orders") == before
    assert "revoked already" in again.err
    assert f"{url} was seen on" in again.err
    assert "keep letting" not in again.err
    assert not house.record("acme/orders").unwritten
    assert not house.record("acme/orders/laptop").unproved


def test_revoking_again_what_no_server_was_seen_to_have_says_how_that_is_proved(
    house: House,
) -> None:
    house.server("n1", "acme/orders")
    assert house.call("revoke", "laptop").status == 0
    again = house.call("revoke", "laptop")
    assert "revoked already. That servers refuse it is not proved" in again.err


def test_a_revocation_up_to_now_takes_back_also_what_was_issued_elsewhere_since(
    house: House,
) -> None:
    assert house.call("revoke", "laptop").status == 0
    before = house.token("acme/orders")
    time.sleep(2.1)  # what is issued in the second of `now` is not revoked
    again = house.call("revoke", "laptop", "--before", "now")
    assert "is revoked" in again.err
    assert house.token("acme/orders") != before


def test_a_test_knows_that_a_push_proved_the_revocation_and_takes_it_for_no_proof_of_its_own(
    house: House,
) -> None:
    url = revoked_and_pushed(house)
    done, told = asked(house, "laptop", url)
    assert done.status == 1  # of one key, whether it was taken
    assert told["as_wanted"] is None  # another server at this address would refuse it too
    (cause,) = told["causes"]
    assert cause["code"] == "jwt-revoked"
    assert cause["certain"] is False  # somebody may have given the server another JWT since
    assert "was seen on" in cause["why"]
    assert "As expected: it is revoked." in str(told["summary"])
    assert "To prove it anew" in cause["fix"]
    assert asked(house, "laptop", url, "--expect", "refused")[0].status == 1
    proved, told = asked(house, "laptop", url, "--expect", "refused", "--beside", "billing")
    assert (proved.status, told["as_wanted"]) == (0, True)
    said = house.call("test", "laptop", "--server", url, "--beside", "billing").err
    assert "It ends with 1, as whenever a key is not taken; with --expect refused, with 0." in said


def test_what_a_test_only_expects_is_no_proof_of_its_own(house: House) -> None:
    url = revoked_and_pushed(house)
    before = seen(house, "acme/orders/laptop")
    assert set(before) == {url}
    time.sleep(1.1)
    asked(house, "laptop", url)
    assert seen(house, "acme/orders/laptop") == before


def test_a_revocation_that_was_proved_is_known_after_the_next_change_of_its_account(
    house: House,
) -> None:
    url = revoked_and_pushed(house)
    assert house.call("revoke", "billing").status == 0
    assert was_expected(house, "laptop", url)
    assert seen(house, "acme/orders/billing") == {}  # which nothing was seen of yet


def test_a_server_that_lets_the_user_in_again_is_believed_and_not_the_push(house: House) -> None:
    url = revoked_and_pushed(house)

    def let_in(_: Issuing, records: Records) -> None:
        user = records.find("acme/orders/laptop")
        assert user.parent is not None
        records.deliveries.note_refusal(user.parent, user.public, url, refused=False)

    time.sleep(1.1)
    house.change(let_in)
    assert seen(house, "acme/orders/laptop") == {}


def test_a_server_that_was_seen_with_another_jwt_later_is_not_known_to_revoke(
    house: House,
) -> None:
    url = revoked_and_pushed(house)
    time.sleep(1.1)

    def lacks(_: Issuing, records: Records) -> None:
        account = records.find("acme/orders")
        records.deliveries.note_seen(account.id, {url: False})

    house.change(lacks)
    assert seen(house, "acme/orders/laptop") == {}


def test_a_user_that_everybody_is_revoked_with_is_known_to_be_shut_out(house: House) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics").url
    time.sleep(1.1)
    assert house.call("revoke", "*", "--under", "acme/orders").status == 0
    house.push("--server", url)
    assert set(seen(house, "acme/orders/laptop")) == {url}
    assert was_expected(house, "laptop", url)


def test_after_a_proved_revocation_no_speaker_says_that_something_is_open(house: House) -> None:
    ref = "acme/orders/laptop"
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.call("revoke", ref).status == 0
    time.sleep(1.1)
    assert asked(house, ref, url)[1]["ok"] is True  # which has not heard of it
    time.sleep(1.1)
    assert house.push("--server", url)["ok"]
    said = {
        "health": house.call("health", "--json").out,
        "show": house.call("show", ref).out,
        "list": house.call("list").out,
    }
    assert house.call("servers", "add", "n1", "--url", url).status == 0
    said["servers"] = house.call("servers").out
    with house.open() as vault:
        (last,) = vault.records.results.last([url])
        said["S"] = verdict_now(vault.records, vault.records.by_public(last.public), last)
    assert "revoked-let-in" not in said["health"]
    assert "not-proved" not in said["health"]
    assert "still let in" not in said["show"]
    lines = [line for line in said["list"].splitlines() if "acme/orders" in line]
    assert not [line for line in lines if "?" in line or "↑" in line]
    assert "1 of 1 refused" in said["servers"]
    assert "shut out since" in said["servers"]
    assert said["S"] == "✓ accepted, shut out since"


def test_a_push_proves_that_a_deleted_successor_is_out_and_closes_its_rotation(
    house: House,
) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.push("--server", url)["ok"]
    assert house.call("rotate", "laptop", "--as", "planned", "--yes").status == 0
    assert house.call("delete", "acme/orders/laptop", "--yes").status == 0
    assert house.call("rotate", "acme/orders/laptop-old", "--undo", "--yes").status == 0
    (rotation,) = house.call("rotations", "--json").json()
    assert "No test can prove" not in str(rotation["open"])
    assert f"push acme/orders --server {url}" in rotation["open"][-1]["fix"]
    assert house.push("--server", url)["ok"]
    assert house.call("rotations", "--json").json() == []
    assert house.call("rotate", "acme/orders/laptop", "--finish", "--yes").status == 0


def test_an_account_in_the_place_of_another_is_expected_where_that_one_was(house: House) -> None:
    first = house.server("n1", "acme/orders", "acme/metrics").url
    second = house.server("n2", "acme/orders", "acme/metrics").url
    assert house.push("--server", first, "--server", second)["ok"]
    assert house.call("rotate", "acme/orders", "--as", "planned", "--yes").status == 0
    done = house.call("push", "acme/orders", "--server", first)
    assert f"acme/orders is not proved at {second}, where it is expected." in done.out + done.err


def test_a_configuration_for_a_full_resolver_is_not_outdated_by_what_pushes_bring(
    house: House,
) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.call("config", "acme", "--for", "operator", "--resolver", "full").status == 0
    assert house.push("--server", url)["ok"]
    time.sleep(1.1)

    def outdated() -> str:
        told = house.call("health", "--json").json()
        return "".join(
            f"{one['why']} {one['fix']}" for one in told if one["code"] == "configuration-outdated"
        )

    assert house.call("new", "account", "passing", "--under", "acme").status == 0
    assert outdated() == ""
    passing = house.record("acme/passing").public
    assert house.push("--server", url)["ok"]
    assert house.call("delete", "acme/passing", "--yes").status == 0
    assert outdated() == "", "it never stood in that configuration"
    metrics = house.record("acme/metrics").public
    assert house.call("delete", "acme/metrics", "--yes").status == 0
    said = outdated()
    assert f"delete {metrics}.jwt in its directory" in said
    assert "allow_delete: true" in said
    assert passing not in said
    assert "go by the old one" not in said
    assert house.call("edit", "acme", "--service-urls", "nats://x:1").status == 0
    assert "go by the old one" in outdated()  # of that servers hear in no other way


def test_where_a_memory_resolver_was_given_out_a_push_comes_after_its_configuration(
    house: House,
) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics", resolver="memory").url
    assert house.call("config", "acme", "--for", "operator").status == 0
    assert house.call("test", "laptop", "--server", url).status == 0
    way = (
        "nkey-wallet config acme --for operator, into each server's configuration, and reload "
        f"them; then nkey-wallet push acme/orders --server {url}"
    )
    assert way in house.call("revoke", "laptop").err
    assert way in house.call("revoke", "laptop").err, "it is revoked already"
    time.sleep(1.1)
    let_in = house.call("test", "laptop", "--server", url)
    assert let_in.status == 0
    assert (
        "It ends with 0, as whenever a key is taken; with --expect refused, with 1." in let_in.err
    )
    told = {one["code"]: one["fix"] for one in house.call("health", "--json").json()}
    assert "whose resolver is MEMORY" in told["not-proved"]
    assert f"push acme/orders --server {url}" in told["revoked-let-in"]


def test_a_retired_user_that_servers_let_in_is_told_until_it_is_revoked(house: House) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.call("retire", "laptop").status == 0
    assert asked(house, "laptop", url)[1]["ok"] is True
    health = house.call("health", "--json").json()
    (note,) = [one for one in health if one["code"] == "retired-let-in"]
    assert note["path"] == "acme/orders/laptop"
    assert not note["problem"]
    assert "which takes it off lists alone" in house.call("show", "laptop").out
    time.sleep(1.1)
    assert house.call("revoke", "laptop").status == 0
    assert house.push("--server", url)["ok"]
    assert "retired-let-in" not in house.call("health", "--json").out


def test_a_refusal_where_the_account_was_never_at_home_is_not_told_as_the_wanted_one(
    house: House,
) -> None:
    home = revoked_and_pushed(house)
    stranger = house.copy("elsewhere")
    with stranger.open() as vault, vault.change() as records:
        other = add(Issuing(records), Kind.OPERATOR, "other")
        system = add(Issuing(records), Kind.ACCOUNT, "SYS", other)
        Issuing(records).set_system_account(system.id)
        text = configurations.operator(records, records.get(other.id))
    wrong = house._serve(text).url
    for url in (home, wrong):
        assert asked(house, "laptop", url)[1]["verdict"] == "refused"
    assert house.call("servers", "add", "home", "--url", home).status == 0
    assert house.call("servers", "add", "wrong", "--url", wrong).status == 0
    told = house.call("servers").out
    assert "laptop refused as wanted" in told
    assert "laptop refused, not proved why" in told


def test_before_an_account_is_deleted_it_is_said_that_servers_go_on_letting_its_users_in(
    house: House,
) -> None:
    assert "letting its users in" not in house.copy("b").call("delete", "acme/metrics", "--yes").err
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.push("--server", url)["ok"]
    done = house.copy("c").call("delete", "acme/metrics", "--yes")
    assert f"{url} has acme/metrics, and goes on letting its users in" in done.err
    time.sleep(1.1)
    assert house.call("revoke", "*", "--under", "acme/metrics").status == 0
    assert house.push("--server", url)["ok"]


def test_the_configuration_that_is_asked_for_has_the_resolver_that_was_given_out(
    house: House,
) -> None:
    assert house.call("config", "acme", "--for", "operator", "--resolver", "full").status == 0
    assert house.call("edit", "acme/orders", "--description", "new").status == 0
    told = {one["code"]: one["fix"] for one in house.call("health", "--json").json()}
    assert "nkey-wallet config acme --for operator --resolver full" in told["not-proved"]


def test_an_account_that_a_push_brings_is_not_to_be_exported_as_well(house: House) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.push("--server", url)["ok"]
    assert house.call("revoke", "laptop").status == 0
    codes = [
        one["code"] for one in house.call("health", "--json").json() if one["path"] == "acme/orders"
    ]
    assert "not-proved" in codes
    assert "not-written" not in codes


def test_a_server_that_did_not_answer_is_not_told_as_one_that_let_the_key_in(house: House) -> None:
    server = house.server("n1", "acme/orders", "acme/metrics")
    assert house.push("--server", server.url)["ok"]
    server.stop()
    assert house.call("revoke", "laptop").status == 0
    asked(house, "laptop", server.url)
    shown = house.call("show", "laptop").out
    assert f"{server.url} failed: " in shown


def test_what_is_written_of_a_revoked_user_is_refused_by_servers_once_that_is_proved(
    house: House, tmp_path: Path
) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.push("--server", url)["ok"]
    assert house.call("revoke", "laptop").status == 0
    to = ("--as", "creds", "--to", str(tmp_path / "laptop.creds"))
    said = house.call("export", "laptop", *to).err
    assert "is revoked: servers that have that revocation refuse it" in said
    assert house.push("--server", url)["ok"]
    assert "is revoked: servers refuse it" in house.call("export", "laptop", *to, "--force").err


def test_revoking_everybody_once_more_leaves_proved_who_was_out_before(house: House) -> None:
    url = house.server("n1", "acme/orders", "acme/metrics").url
    assert house.call("test", "acme/orders/laptop", "--server", url).status == 0
    time.sleep(1.1)
    assert house.call("revoke", "*", "--under", "acme/orders").status == 0
    assert house.record("billing").unproved
    assert house.push("--server", url)["ok"]
    assert not house.record("billing").unproved
    assert house.call("new", "user", "late", "--under", "acme/orders").status == 0
    assert house.call("allow", "laptop").status == 0
    time.sleep(2.1)
    assert house.call("revoke", "*", "--under", "acme/orders").status == 0
    unproved = {name: house.record(name).unproved for name in ("billing", "laptop", "late")}
    assert unproved == {"billing": False, "laptop": True, "late": True}
    assert house.record("acme/orders").unproved
    assert set(seen(house, "acme/orders/billing")) == {url}
    assert seen(house, "acme/orders/laptop") == {}, "it was let in since"
    assert house.push("--server", url)["ok"]
    assert not any(house.record(name).unproved for name in ("billing", "laptop", "late"))
