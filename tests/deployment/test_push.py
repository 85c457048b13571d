"""Pushing accounts to real servers: what arrives, what is never sent, and what proves it."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.deployment.conftest import House, build
from tests.server.conftest import Authority, Serve
from wallet.connection.causes.evidence import Probe
from wallet.connection.check.attempt import opened
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.deployment import node_group
from wallet.connection.deployment.reached_servers import reached
from wallet.connection.protocol.conversation import ServerError
from wallet.connection.protocol.message import ClosedError
from wallet.connection.protocol.target import Target
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.tasks.connection.keys_under_test import keyring_of
from wallet.tasks.deployment.system_user import system_users
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


def revoke(house: House, ref: str, now: int | None = None) -> None:
    def work(issuing: Issuing, records: Records) -> None:
        issuing.revoking.revoke(records.find(ref).id)

    house.change(work, now)


def test_all_accounts_arrive_and_are_proved(house: House) -> None:
    server = house.server()
    told = house.push("--server", server.url)
    assert told["ok"], told
    assert {told[name]["state"] for name in ("orders", "metrics")} == {"only-here"}
    assert told["SYS"]["state"] == "same"
    assert told["orders"]["servers"] == {"n1": {"outcome": "holds", "why": ""}}
    assert told["orders"]["proved"] is True
    assert set(house.diff("--server", server.url).values()) == {"same"}


def test_a_second_push_sends_nothing(house: House) -> None:
    server = house.server()
    house.push("--server", server.url)
    told = house.push("--server", server.url)
    assert told["ok"]
    assert not any(told[name]["pushed"] for name in ("SYS", "orders", "metrics"))


def test_a_revocation_is_proved_by_a_refused_connection(house: House) -> None:
    server = house.server()
    house.push("--server", server.url)
    assert house.call("test", "laptop", "--server", server.url).status == 0
    revoke(house, "laptop")
    told = house.push("orders", "--server", server.url)
    assert told["ok"], told
    assert told["orders"]["state"] == "newer-here"
    (user,) = told["orders"]["users"]
    assert (user["path"], user["refused"]) == ("acme/orders/laptop", True)
    assert house.call("test", "laptop", "--server", server.url).status == 1


async def _stays_open(house: House, url: str, meanwhile: list[str]) -> bool:
    """Whether a connection of the laptop's, open before `meanwhile` is called, is open after it."""
    with house.open() as vault:
        key = decode_public(vault.records.find("laptop").public)
        server, options = Server(Target.parse(url)), CheckOptions(probe=Probe.NEVER)
        async with opened(server, key, keyring_of(vault), options) as attempt:
            assert attempt.talk is not None
            revoke(house, "laptop")
            done = await asyncio.to_thread(house.call, *meanwhile)
            assert done.status == 0, done
            try:
                async with asyncio.timeout(5):
                    await attempt.talk.round_trip()
            except (ServerError, ClosedError, OSError):
                return False
            return True


def test_a_revoked_users_live_connection_is_gone_after_the_push(house: House) -> None:
    server = house.server()
    house.push("--server", server.url)
    assert not asyncio.run(_stays_open(house, server.url, ["push", "--server", server.url]))


@pytest.mark.newer_server  # 2.9 finds no user of a JWT among its connections
async def test_a_revoked_users_connection_that_is_still_open_is_told(house: House) -> None:
    server = house.server("n1", "acme/orders", resolver="memory")
    with house.open() as vault:
        laptop = vault.records.find("laptop")
        options = CheckOptions(probe=Probe.NEVER)
        place = Server(Target.parse(server.url))
        async with opened(place, decode_public(laptop.public), keyring_of(vault), options) as one:
            assert one.talk is not None
            revoke(house, "laptop")
            told = await asyncio.to_thread(house.push, "orders", "--server", server.url)
    (user,) = told["orders"]["users"]
    assert (user["public"], user["server"], user["refused"]) == (laptop.public, "n1", False)
    assert "still has a connection" in user["why"]
    assert not told["orders"]["proved"]


def test_an_account_that_no_server_has_yet_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.9 does not answer at all when it is asked for one that it does not store."""
    monkeypatch.setattr(node_group, "QUIET", 60.0)
    server = house.server()
    began = time.monotonic()
    told = house.push("--server", server.url, "--timeout", "60")
    assert told["ok"], told
    assert time.monotonic() - began < 30


def test_a_later_issue_there_is_never_pushed_over(house: House) -> None:
    server = house.server()
    other = house.copy("elsewhere")
    other.change(describe("from elsewhere"))
    assert other.push("--server", server.url)["ok"]
    told = house.push("--server", server.url)
    assert not told["ok"]
    assert told["orders"]["state"] == "newer-there"
    assert not told["orders"]["pushed"]
    assert "pull" in told["orders"]["why"]
    assert told["metrics"]["proved"]
    assert set(other.diff("--server", server.url).values()) == {"same"}


def test_a_revocation_there_that_is_unknown_here_is_not_undone(house: House) -> None:
    server = house.server()
    other = house.copy("elsewhere")
    revoke(other, "laptop")
    assert other.push("--server", server.url)["ok"]
    later = int(time.time()) + 60
    house.change(describe("later, here"), later)
    told = house.push("orders", "--server", server.url)
    assert not told["ok"]
    assert told["orders"]["state"] == "unlike"
    assert "let them in again" in told["orders"]["why"]
    assert "pull" in told["orders"]["why"]
    assert set(other.diff("orders", "--server", server.url).values()) == {"same"}


def test_the_same_second_with_other_content_is_a_conflict(house: House) -> None:
    server = house.server()
    other = house.copy("elsewhere")
    moment = int(time.time()) + 5
    other.change(describe("there"), moment)
    house.change(describe("here"), moment)
    assert other.push("orders", "--server", server.url)["ok"]
    told = house.push("orders", "--server", server.url)
    assert told["orders"]["state"] == "unlike"
    assert not told["orders"]["pushed"]


def test_a_revocation_made_by_a_slow_clock_is_signed_anew_and_gets_out(house: House) -> None:
    server = house.server()
    other = house.copy("elsewhere")
    later = int(time.time()) + 600
    # The same again, later: what the slow clock issues now says all that it says, and more.
    other.change(lambda issuing, records: _reissue(issuing, records), later)
    assert other.push("orders", "--server", server.url)["ok"]
    revoke(house, "laptop")
    told = house.push("orders", "--server", server.url)
    assert told["ok"], told
    assert told["orders"]["state"] == "newer-there"
    assert told["orders"]["pushed"]
    issued = jwt.parse(house.token("acme/orders")).issued or 0
    assert issued == later + 1
    assert house.call("test", "laptop", "--server", server.url).status == 1


def test_an_account_of_another_operator_is_neither_sent_nor_overwritten(house: House) -> None:
    server = house.server()
    with Seed.generate(Kind.OPERATOR) as stranger:
        account = decode_public(house.record("acme/orders").public)
        foreign = jwt.issue(
            stranger, account, unlimited_account(), issued=int(time.time()) - 60, name="orders"
        )
        assert asyncio.run(_send(house, server.url, foreign))
        told = house.push("--server", server.url)
        assert told["orders"]["state"] == "foreign"
        assert not told["orders"]["pushed"]
        assert house.diff("orders", "--server", server.url) == {("acme/orders", "n1"): "foreign"}

        def give(_: Issuing, records: Records) -> None:
            records.tokens.set(records.find("metrics").id, of_metrics)

        metrics = decode_public(house.record("metrics").public)
        of_metrics = jwt.issue(
            stranger, metrics, unlimited_account(), issued=int(time.time()) + 60, name="metrics"
        )
        house.change(give)
        told = house.push("metrics", "--server", server.url)
        assert (told["metrics"]["state"], told["metrics"]["pushed"]) == ("foreign", False)


async def _send(house: House, url: str, token: str) -> bool:
    """Push a JWT as it is, as nothing in the wallet would."""
    with house.open() as vault:
        operator = vault.records.find("acme")
        with system_users(vault, operator, pushes=True) as users:
            async with reached([Server(Target.parse(url))], users, 5) as there:
                (answers,) = await there.send([token])
                return all(answer.taken for answer in answers.values())


def describe(text: str) -> Callable[[Issuing, Records], None]:
    """A change of the account orders that says something else."""

    def work(issuing: Issuing, records: Records) -> None:
        account = records.find("acme/orders")
        issuing.edit(account.id, {**issuing.claims(account.id), "description": text})

    return work


def _reissue(issuing: Issuing, records: Records) -> None:
    issuing.reissue(records.find("acme/orders").id)


def test_each_server_of_a_cluster_proves_for_itself(house: House) -> None:
    servers = house.cluster()
    told = house.push("--server", servers[0].url)
    assert told["ok"], told
    assert set(told["orders"]["servers"]) == {"n1", "n2", "n3"}


def test_servers_that_do_not_hear_each_other_are_each_pushed_to(house: House) -> None:
    east, west = house.server("east"), house.server("west")
    both = ["--server", east.url, "--server", west.url]
    told = house.push(*both)
    assert told["ok"], told
    assert set(told["orders"]["servers"]) == {"east", "west"}
    other = house.copy("elsewhere")
    other.change(describe("from elsewhere"), int(time.time()) + 60)
    assert other.push("orders", "--server", west.url)["ok"]
    house.change(describe("here"))
    assert house.diff("orders", *both) == {
        ("acme/orders", "east"): "newer-here",
        ("acme/orders", "west"): "newer-there",
    }
    # What stands against it at one of them keeps it from both.
    told = house.push("orders", *both)
    assert not told["orders"]["pushed"]
    assert told["orders"]["servers"]["east"]["outcome"] == "not-sent"


def test_a_node_that_is_down_is_named(house: House) -> None:
    servers = house.cluster()
    servers[2].stop()
    every = ",".join(server.url for server in servers)
    told = house.push("--server", every, "--timeout", "2")
    assert not told["ok"]
    address = servers[2].url.removeprefix("nats://")
    assert told["orders"]["servers"]["n1"]["outcome"] == "holds"
    assert told["orders"]["servers"]["n2"]["outcome"] == "holds"
    assert told["orders"]["servers"][address]["outcome"] == "silent"
    shown = house.call("push", "--server", every, "--timeout", "2")
    assert shown.status == 1
    assert address in shown.out


def test_a_node_that_the_others_forgot_is_suspected_by_their_routes(house: House) -> None:
    servers = house.cluster()
    whole = house.call("push", "--server", servers[0].url, "--json")
    assert whole.json()["remarks"] == []
    servers[2].stop()
    done = house.call("push", "--server", servers[0].url, "--json")
    assert done.status == 0, done  # a route is no proof that there is a server
    (remark,) = done.json()["remarks"]
    assert "routes to 3 addresses" in remark
    assert "2 of them answered" in remark


def test_a_node_that_hangs_is_named_by_the_others(house: House) -> None:
    if sys.platform == "win32":
        pytest.skip("signals of POSIX")
    servers = house.cluster()
    house.signal("n3", signal.SIGSTOP)
    try:
        told = house.push("--server", servers[0].url, "--timeout", "2")
    finally:
        house.signal("n3", signal.SIGCONT)
    assert not told["ok"]
    assert told["orders"]["servers"]["n3"]["outcome"] == "silent"
    assert told["orders"]["servers"]["n1"]["outcome"] == "holds"


def test_a_node_that_was_killed_is_counted_by_the_others(house: House) -> None:
    if sys.platform == "win32":
        pytest.skip("signals of POSIX")
    servers = house.cluster()
    house.signal("n3", signal.SIGKILL)
    told = house.push("--server", servers[0].url, "--timeout", "2")
    assert not told["ok"]
    silent = [name for name, at in told["orders"]["servers"].items() if at["outcome"] == "silent"]
    assert silent in (["n3"], ["servers without a name"])


def test_an_account_that_one_node_lacks_is_told_of_that_node(house: House) -> None:
    servers = house.cluster()
    assert house.push("--server", servers[0].url)["ok"]
    account = house.record("acme/orders").public
    (house.path.parent.parent / "jwts-n2" / f"{account}.jwt").unlink()
    states = house.diff("orders", "--server", servers[0].url)
    assert states == {
        ("acme/orders", "n1"): "same",
        ("acme/orders", "n2"): "only-here",
        ("acme/orders", "n3"): "same",
    }
    # nats-server believes that it has the file still, says 200 and writes none.
    told = house.push("orders", "--server", servers[0].url)
    assert not told["ok"]
    assert told["orders"]["servers"]["n2"]["outcome"] == "lacks"
    assert told["orders"]["servers"]["n1"]["outcome"] == "holds"


def test_a_memory_resolver_says_what_works_there(house: House) -> None:
    server = house.server("n1", "acme/orders", resolver="memory")
    told = house.push("--server", server.url)
    assert not told["ok"]
    assert told["metrics"]["servers"]["n1"]["outcome"] == "no-push"
    assert told["metrics"]["pushed"] is False
    assert (
        "`nkey-wallet config --for operator`, and reload the server"
        in told["metrics"]["servers"]["n1"]["why"]
    )
    assert "once a user of it has connected: test" in told["metrics"]["servers"]["n1"]["why"]
    assert "config --for operator --resolver full" in told["metrics"]["servers"]["n1"]["why"]
    # One that a user needed is seen all the same.
    assert house.call("test", "billing", "--server", server.url).status == 0
    assert house.diff("orders", "--server", server.url) == {("acme/orders", "n1"): "same"}
    assert house.diff("metrics", "--server", server.url) == {("acme/metrics", "n1"): "unknown"}


def test_a_resolver_that_only_caches_says_that_it_skipped(house: House) -> None:
    server = house.server("n1", "acme/orders", resolver="cache")
    told = house.push("metrics", "--server", server.url)
    assert not told["ok"]
    assert told["metrics"]["servers"]["n1"]["outcome"] == "skipped"
    # One that a user has needed is taken, and shuts out whom it revokes.
    assert house.call("test", "laptop", "--server", server.url).status == 0
    revoke(house, "laptop")
    told = house.push("orders", "--server", server.url)
    assert told["orders"]["servers"]["n1"]["outcome"] == "holds", told
    assert told["ok"]


def test_a_server_ahead_of_this_clock_takes_the_push_and_is_told(
    run: Run, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = time.time
    (tmp_path / "slow").mkdir()
    house = House(run, tmp_path / "slow" / "vault.nkw", serve)
    build(house.path, int(really()) - 7200)
    server = house.server()
    monkeypatch.setattr(time, "time", lambda: really() - 7200)
    done = house.call("push", "--json", "--server", server.url)
    assert done.status == 0, done
    (remark,) = done.json()["remarks"]
    assert "2 hours ahead" in remark
    assert "refused a user that is made for two minutes" in remark


def test_a_user_that_may_not_ask_is_named(house: House) -> None:
    server = house.server()

    def forbid(issuing: Issuing, records: Records) -> None:
        user = records.find("acme/SYS/sys")
        issuing.edit(user.id, {**issuing.claims(user.id), "pub": {"deny": ["$SYS.REQ.CLAIMS.>"]}})

    house.change(forbid)
    done = house.call("push", "--server", server.url, "--as", "acme/SYS/sys")
    assert done.status == 1
    assert "$SYS.REQ.CLAIMS" in done.err


def test_a_system_user_that_is_held_is_enough(house: House) -> None:
    server = house.server()
    told = house.push("--server", server.url, "--as", "acme/SYS/sys")
    assert told["ok"], told


def test_json_tells_why_no_server_was_reached(house: House) -> None:
    done = house.call("push", "orders", "--server", "nats://127.0.0.1:1", "--json")
    assert done.status == 1
    told = done.json()
    assert told["ok"] is False
    (account,) = told["accounts"]
    assert (account["name"], account["state"], account["proved"]) == ("orders", "unknown", False)
    assert "Nothing listens" in account["why"]
    assert "Nothing was looked at and nothing sent." in done.err


def test_a_server_of_nobody_is_named_and_nothing_sent(house: House) -> None:
    server = house._serve("server_name: open\n")
    done = house.call("push", "--json", "--server", server.url)
    assert done.status == 1
    assert "system account" in done.err


def test_a_server_by_its_name_over_tls_is_pushed_to(house: House, authority: Authority) -> None:
    files = authority.issue("127.0.0.1")
    server = house.server(more=files.block())
    url = server.url.replace("nats://", "tls://")
    assert house.call("push", "--server", url).status == 1  # signed by nobody that is known
    done = house.call("servers", "add", "prod", "--url", url, "--tls-ca", str(files.ca))
    assert done.status == 0, done
    told = house.push("--server", "prod")
    assert told["ok"], told
    assert set(house.diff("--server", "prod").values()) == {"same"}


def test_an_operator_without_a_system_account_is_told_how_to_have_one(house: House) -> None:
    house.change(lambda issuing, records: issuing.move(records.find("acme/SYS").id, None))
    done = house.call("push", "--server", "nats://127.0.0.1:1")
    assert done.status == 1
    assert "--system-account" in done.err


def test_strict_signing_makes_the_user_by_a_signing_key(house: House) -> None:
    def strict(issuing: Issuing, records: Records) -> None:
        operator = records.find("acme")
        with Seed.generate(Kind.OPERATOR) as seed:
            issuing.add_signing_key(operator.id, seed)
        nats = {**issuing.claims(operator.id), "strict_signing_key_usage": True}
        issuing.edit(operator.id, nats)

    house.change(strict)
    server = house.server()
    told = house.push("--server", server.url)
    assert told["ok"], told
