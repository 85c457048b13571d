"""Revoking in other ways than by a user of the vault, on real servers: whom they refuse then."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.deployment.conftest import House
from wallet.nats import jwt
from wallet.nats.creds import write_creds
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.vault.key_record import rfc3339
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


def stranger(house: House, directory: Path, issued: int) -> tuple[str, Path]:
    """A user of orders that is signed elsewhere, as its public key and creds."""
    with house.open() as vault, Seed.generate(Kind.USER) as seed:
        account = vault.records.find("acme/orders")
        with vault.open_seed(decode_public(account.public)) as signing:
            token = jwt.issue(signing, seed.public, unlimited_user(), issued=issued, name="theirs")
        creds = directory / f"{seed.public.text[:8]}.creds"
        creds.write_bytes(write_creds(token, seed))
        return seed.public.text, creds


def is_let_in(house: House, tmp_path: Path, creds: Path, url: str) -> bool:
    """Whether a server takes these creds, seen by a wallet that knows no more than them."""
    other = tmp_path / f"of-{creds.stem}"
    if not other.exists():
        other.mkdir()
        assert house._run("init", "--vault", str(other / "v.nkw"), "--cost", "light").status == 0
        done = house._run("import", str(creds), "--vault", str(other / "v.nkw"))
        assert done.status == 0, done
    key = house._run("list", "--kind", "user", "--json", "--vault", str(other / "v.nkw")).json()
    done = house._run(
        *("test", key[0]["public"], "--server", url, "--json", "--vault", str(other / "v.nkw"))
    )
    return bool(done.json()["ok"])


def is_refused(house: House, ref: str, url: str) -> bool:
    """Whether a server refuses a user of the vault."""
    told = house.call("test", ref, "--server", url, "--json").json()
    return bool(told["verdict"] == "refused")


def issue_at(house: House, ref: str, issued: int) -> None:
    """Let the JWT of a user be one that was issued then."""

    def work(_: Issuing, records: Records) -> None:
        user, account = records.find(ref), records.find("acme/orders")
        with records.open_seed(decode_public(account.public)) as signing:
            token = jwt.issue(
                *(signing, decode_public(user.public), unlimited_user()),
                issued=issued,
                name=user.name,
            )
        records.tokens.set(user.id, token)

    house.change(work)


def test_a_bare_public_key_is_revoked_in_the_account_that_is_named(
    house: House, tmp_path: Path
) -> None:
    server = house.server()
    public, creds = stranger(house, tmp_path, int(time.time()))
    house.push("--server", server.url)
    assert is_let_in(house, tmp_path, creds, server.url)

    unnamed = house.call("revoke", public)
    assert unnamed.status == 4
    assert "--under" in unnamed.err
    done = house.call("revoke", public, "--under", "acme/orders", "--json")
    assert done.status == 0, done
    (told,) = done.json()
    assert (told["account"], told["public"], told["path"]) == ("acme/orders", public, "")
    assert told["changed"] is True
    assert house.push("--server", server.url)["ok"]
    assert not is_let_in(house, tmp_path, creds, server.url)
    assert house.call("test", "billing", "--server", server.url).status == 0


def test_everybody_issued_before_a_moment_is_refused_and_who_came_later_is_taken(
    house: House, tmp_path: Path
) -> None:
    server = house.server()
    now = int(time.time())
    early, early_creds = stranger(house, tmp_path, now - 1000)
    _late, late_creds = stranger(house, tmp_path, now - 500)
    issue_at(house, "laptop", now - 501)
    issue_at(house, "billing", now - 500)
    house.push("--server", server.url)

    moment = rfc3339(datetime.fromtimestamp(now - 500, UTC))
    done = house.call("revoke", "--under", "acme/orders", "--before", moment, "--json")
    (told,) = done.json()
    assert told["public"] == "*"
    assert [user["path"] for user in told["users"]] == ["acme/orders/laptop"]
    assert early not in done.out
    assert "acme/orders/laptop" in done.err
    assert house.push("--server", server.url)["ok"]
    assert not is_let_in(house, tmp_path, early_creds, server.url)
    assert is_let_in(house, tmp_path, late_creds, server.url)
    assert is_refused(house, "laptop", server.url)
    assert house.call("test", "billing", "--server", server.url).status == 0


def test_everybody_is_shut_out_told_by_name_and_not_signed_anew(house: House) -> None:
    server = house.server()
    house.push("--server", server.url)
    before = house.token("billing")
    done = house.call("revoke", "*", "--under", "acme/orders")
    assert done.status == 0, done
    assert "acme/orders/billing, acme/orders/laptop" in done.err
    assert "grafana" not in done.err
    assert house.token("billing") == before
    assert house.record("billing").revoked
    assert house.push("--server", server.url)["ok"]
    assert is_refused(house, "billing", server.url)
    # In the same second as the revocation: neither may be born revoked.
    assert house.call("new", "user", "fresh", "--under", "acme/orders").status == 0
    assert house.call("allow", "billing").status == 0
    assert house.call("new", "user", "f", "--under", "acme/orders", "--count", "2").status == 0
    for ref in ("fresh", "billing", "f-1"):
        assert house.call("test", ref, "--server", server.url).status == 0
    assert is_refused(house, "laptop", server.url)


def test_the_moment_is_at_least_the_newest_issue_known_where_the_clock_is_behind(
    house: House,
) -> None:
    ahead = int(time.time()) + 5000
    issue_at(house, "laptop", ahead)
    (told,) = house.call("revoke", "*", "--under", "acme/orders", "--json").json()
    assert told["issued_until"] == rfc3339(datetime.fromtimestamp(ahead, UTC))
    assert house.record("laptop").revoked
    house.call("new", "user", "fresh", "--under", "acme/orders")
    assert not house.record("fresh").revoked


def test_a_jwt_from_the_far_future_that_no_key_here_signed_moves_no_moment(house: House) -> None:
    """As a leaked signing key that is out could have made it: the moment would shut out all."""
    now = int(time.time())

    def forge(_: Issuing, records: Records) -> None:
        user, account = records.find("laptop"), records.find("acme/orders")
        with Seed.generate(Kind.ACCOUNT) as leaked:
            nats = {**unlimited_user(), "issuer_account": account.public}
            token = jwt.issue(leaked, decode_public(user.public), nats, issued=now + 10**9)
        records.tokens.set(user.id, token)

    house.change(forge)
    (told,) = house.call("revoke", "*", "--under", "acme/orders", "--json").json()
    assert told["issued_until"] < rfc3339(datetime.fromtimestamp(now + 100, UTC))


def test_the_user_of_a_push_is_let_in_where_the_system_account_revokes_everybody(
    house: House,
) -> None:
    server = house.server()
    house.push("--server", server.url)
    assert house.call("revoke", "*", "--under", "acme/SYS").status == 0
    assert house.push("--server", server.url)["ok"]  # in the same second
    assert house.push("--server", server.url)["ok"]


def test_a_user_of_elsewhere_is_revoked_in_the_account_that_is_named(house: House) -> None:
    house.call("new", "user", "loose")
    for ref in ("loose", "grafana"):
        (told,) = house.call("revoke", ref, "--under", "acme/orders", "--json").json()
        assert (told["account"], told["changed"], told["users"]) == ("acme/orders", True, [])
    assert not house.record("grafana").revoked


def test_a_moment_in_the_future_is_refused_and_nothing_changed(house: House) -> None:
    before = house.token("acme/orders")
    done = house.call("revoke", "--under", "acme/orders", "--before", "2999-01-01")
    assert done.status == 2
    assert "lies in the future" in done.err
    assert house.token("acme/orders") == before


def test_a_second_revocation_of_everybody_for_an_earlier_moment_changes_nothing(
    house: House,
) -> None:
    house.call("revoke", "*", "--under", "acme/orders")
    before = house.token("acme/orders")
    done = house.call("revoke", "--under", "acme/orders", "--before", "2h", "--json")
    (told,) = done.json()
    assert (told["changed"], told["users"]) == (False, [])
    assert "was revoked already" in done.err
    assert house.token("acme/orders") == before


def test_a_user_can_be_revoked_for_what_was_issued_before_alone(house: House) -> None:
    done = house.call("revoke", "billing", "--before", "1h", "--json")
    (told,) = done.json()
    assert (told["changed"], told["users"]) == (True, [])
    assert "stays in force" in done.err
    assert not house.record("billing").revoked


def test_several_users_are_revoked_in_one_change(house: House) -> None:
    done = house.call("revoke", "billing", "laptop", "grafana", "--json")
    assert [one["path"] for one in done.json()] == [
        "acme/orders/billing",
        "acme/orders/laptop",
        "acme/metrics/grafana",
    ]
    assert all(house.record(ref).revoked for ref in ("billing", "laptop", "grafana"))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "revoke '*' --under ACCOUNT"),
        (["*"], "--under ACCOUNT"),
        (["--before", "1h"], "--under ACCOUNT"),
        (["--under", "acme/orders"], "--before WHEN"),
        (["acme/orders"], "is no user (account)"),
        (["billing", "--before", "soon"], "is no time"),
    ],
)
def test_what_is_not_said_is_asked_for(house: House, arguments: list[str], word: str) -> None:
    done = house.call("revoke", *arguments)
    assert done.status == 2
    assert word in done.err


def test_a_seed_is_never_taken_for_whom_to_revoke(house: House) -> None:
    with Seed.generate(Kind.USER) as seed:
        text = seed.encode().decode()
    done = house.call("revoke", text, "--under", "acme/orders")
    assert text not in done.out + done.err
    assert done.status == 2
