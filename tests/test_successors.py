"""What a rotation leaves shut, names as out, and expects of servers; by the vault alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.deployment.test_conclusions_of_a_push import ONE, START, TWO, House
from tests.vault.support import issue
from wallet.nats.claims.revocations import EVERYBODY, revoked_as
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.deployment.deliveries import (
    Sighting,
    is_news,
    note_sightings,
    servers_to_push_to,
)
from wallet.tasks.deployment.revocations import Shutout, shutouts, users_shut_out
from wallet.tasks.rotation.force import is_out
from wallet.tasks.rotation.identities import take_over, take_over_revoked
from wallet.vault.db.parts.servers import ServerProfile
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.issuance import Issuing

LAPTOP = "acme/orders/laptop"


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.records.close()


def successor(house: House) -> KeyRecord:
    return house.records.get(issue(house.issuing, Kind.ACCOUNT, "new", house.operator.id))


# --- what goes over to a new account --------------------------------------------------------------


def test_a_revoked_user_is_shut_out_of_the_new_account_too(house: House) -> None:
    other = house.records.get(issue(house.issuing, Kind.USER, "other", house.account.id))
    house.issuing.revoking.revoke(house.records.find(LAPTOP).id)
    laptop, new = house.records.find(LAPTOP), successor(house)
    own = house.records.tokens.claims(laptop.id)
    assert own is not None
    take_over_revoked(house.records, house.issuing, house.account, new)
    claims = house.records.tokens.claims(new.id)
    assert claims is not None
    assert revoked_as(claims.nats, laptop.public, own.issued) is not None
    assert revoked_as(claims.nats, other.public, own.issued) is None
    assert house.records.get(laptop.id).path == "acme/new/laptop"
    assert house.records.get(laptop.id).revoked
    assert house.records.get(other.id).parent == house.account.id


def test_what_hangs_on_an_account_goes_over_with_its_tags_notes_and_servers(house: House) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        signer = house.issuing.add_signing_key(house.account.id, seed, name="signer")
    house.records.set_tags(signer.id, ["prod"])
    house.records.set_notes(signer.id, "by the door")
    house.records.deliveries.known_servers.note(house.account.public, [ONE])
    laptop, new = house.records.find(LAPTOP), successor(house)
    take_over(house.records, house.issuing, house.account, new)
    assert house.records.get(laptop.id).parent == new.id
    (like,) = house.records.signing_keys(new.id)
    assert like.public != signer.public
    assert (like.name, like.tags, like.notes) == ("signer", ("prod",), "by the door")
    assert house.records.deliveries.known_servers.of(new.public) == [ONE]


# --- what is out ----------------------------------------------------------------------------------


def test_a_key_beneath_an_account_with_a_jwt_is_out_by_that_and_not_by_being_retired(
    house: House,
) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        signer = house.issuing.add_signing_key(house.account.id, seed, name="signer")
    laptop = house.records.find(LAPTOP)
    for key in (laptop, signer):
        house.records.set_status(key.id, "retired")
        assert not is_out(house.records, house.records.get(key.id))
    house.issuing.drop_signing_key(signer.id)
    house.issuing.revoking.revoke(laptop.id)
    for key in (laptop, signer):
        house.records.set_status(key.id, "active")
        assert is_out(house.records, house.records.get(key.id))


def test_a_key_that_no_jwt_stands_above_is_out_once_it_is_retired(house: House) -> None:
    alone = issue(house.issuing, Kind.ACCOUNT, "alone")
    keys = [
        issue(house.issuing, Kind.USER, "plain", alone),
        issue(house.issuing, Kind.SERVER, "server"),
    ]
    for key in keys:
        assert not is_out(house.records, house.records.get(key))
        house.records.set_status(key, "retired")
        assert is_out(house.records, house.records.get(key))


# --- whom a revocation shuts out ------------------------------------------------------------------


def test_only_users_in_force_of_that_account_that_were_issued_by_then_are_shut_out(
    house: House,
) -> None:
    late = issue(Issuing(house.records, START + 50), Kind.USER, "late", house.account.id)
    elsewhere = successor(house)
    strange = issue(house.issuing, Kind.USER, "strange", elsewhere.id)
    gone = issue(house.issuing, Kind.USER, "gone", house.account.id)
    house.issuing.revoking.revoke(gone)

    def names(public: str, until: int) -> set[str]:
        shutout = Shutout(house.account, public, until)
        return {user.name for user in users_shut_out(house.records, shutout)}

    assert names(EVERYBODY, START) == {"laptop"}
    assert names(EVERYBODY, START + 49) == {"laptop"}
    assert names(EVERYBODY, START + 50) == {"laptop", "late"}
    assert names(EVERYBODY, START - 1) == set()
    assert names(house.records.get(late).public, START + 50) == {"late"}
    assert names(house.records.get(strange).public, START + 50) == set()
    assert names(house.records.get(gone).public, START + 50) == set()


def test_a_revocation_reaches_a_jwt_of_a_clock_that_goes_ahead(house: House) -> None:
    ahead = int(time.time()) + 500
    user = house.records.get(
        issue(Issuing(house.records, ahead), Kind.USER, "ahead", house.account.id)
    )

    def until(ref: str) -> int:
        return shutouts(house.records, [ref], None, None)[0].until

    assert until(user.public) == ahead
    assert abs(until(LAPTOP) - time.time()) < 60


# --- what is known of servers ---------------------------------------------------------------------


def test_a_push_is_led_to_the_servers_that_lack_it_then_to_those_that_have_it(house: House) -> None:
    records, account = house.records, house.account
    assert servers_to_push_to(records, [account]) == []
    records.servers.remember(TWO)
    assert servers_to_push_to(records, [account]) == [TWO]
    records.servers.set_profile(ServerProfile("prod", (ONE,)))
    assert servers_to_push_to(records, [account]) == ["prod"]
    records.servers.set_profile(ServerProfile("test", (TWO,)))
    records.deliveries.known_servers.note(house.operator.public, [TWO])
    assert servers_to_push_to(records, [account]) == ["test"]
    records.deliveries.note_seen(account.id, {ONE: True})
    assert servers_to_push_to(records, [account]) == ["prod"]
    records.deliveries.note_seen(account.id, {ONE: True, TWO: False})
    assert servers_to_push_to(records, [account]) == ["test"]


def test_a_push_is_led_to_no_server_of_another_operator(house: House) -> None:
    records, account = house.records, house.account
    other = records.get(issue(house.issuing, Kind.OPERATOR, "other"))
    records.servers.remember(TWO)
    records.servers.set_profile(ServerProfile("prod", (TWO,)))
    records.deliveries.known_servers.note(other.public, [TWO])
    assert servers_to_push_to(records, [account]) == []
    records.servers.remember(ONE)
    assert servers_to_push_to(records, [account]) == [ONE]


def test_what_servers_were_seen_to_hold_is_news_until_it_is_known(house: House) -> None:
    token = house.claims().token
    seen = Sighting(house.account.public, token, {ONE: True})
    assert not is_news(house.records, Sighting(house.account.public, token, {}))
    assert not is_news(house.records, Sighting("A" * 56, token, {ONE: True}))
    assert is_news(house.records, seen)
    assert note_sightings(house.records, [seen]) == {house.account.public}
    assert not is_news(house.records, seen)
    for more in ({ONE: True, TWO: True}, {ONE: False}, {ONE: None}):
        assert is_news(house.records, Sighting(house.account.public, token, more))
    old = Sighting(house.account.public, "another", {ONE: False, TWO: True})
    assert note_sightings(house.records, [old, Sighting("A" * 56, "", {ONE: True})]) == set()
    assert house.records.deliveries.servers(house.account.id) == [ONE]


@pytest.mark.parametrize("back", [0, 3600], ids=["in the same second", "and the clock put back"])
def test_a_server_that_let_a_user_in_is_not_told_to_have_its_revocation(
    house: House, monkeypatch: pytest.MonkeyPatch, back: int
) -> None:
    deliveries, account, now = house.records.deliveries, house.account.id, time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    laptop = house.records.find(LAPTOP).public
    deliveries.note_change(account, [EVERYBODY], written=True)
    deliveries.note_seen(account, {ONE: True})
    deliveries.note_change(account, [], written=True)
    assert set(deliveries.shut_out(account, EVERYBODY, laptop)) == {ONE}
    monkeypatch.setattr(time, "time", lambda: now - back)
    deliveries.note_refusal(account, laptop, ONE, refused=False)
    assert deliveries.shut_out(account, EVERYBODY, laptop) == {}
