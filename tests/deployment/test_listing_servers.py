"""A server that lists public keys, where one that goes by JWTs is meant: it knows no revocation."""

from __future__ import annotations

import pytest

from tests.deployment.conftest import House
from wallet.system.natsserver import LocalServer

LAPTOP = "acme/orders/laptop"


@pytest.fixture
def listing(house: House) -> LocalServer:
    """A server that lists the users of orders, but not the one that is to go."""
    public = house.record("billing").public
    return house._serve(f"authorization {{ users = [ {{ nkey: {public} }} ] }}\n")


def whom_it_revokes_unproved(house: House) -> set[str]:
    with house.open() as vault:
        return {who for one in vault.records.deliveries.unproved() for who in one.revoked}


WAYS = [(LAPTOP, "--beside", "billing"), (LAPTOP, "--experiment"), ("acme/orders",)]
WAYS_NAMED = ["beside another", "by an experiment", "with all of its account"]


@pytest.mark.parametrize("words", WAYS, ids=WAYS_NAMED)
@pytest.mark.parametrize("retired", [False, True])
def test_a_refusal_by_a_list_is_no_proof_of_a_revocation(
    house: House, listing: LocalServer, words: tuple[str, ...], retired: bool
) -> None:
    assert house.call("revoke", LAPTOP).status == 0
    if retired:
        assert house.call("retire", LAPTOP).status == 0
    tested = house.call("test", *words, "--server", listing.url)
    if not retired:
        assert "jwt-revoked (certain)" not in tested.out or "refusal-not-proved" in tested.out
    if words[0] == LAPTOP and not retired:
        assert "goes by a list of public keys" in tested.out
    assert house.record(LAPTOP).public in whom_it_revokes_unproved(house)


def test_a_refusal_by_a_list_closes_no_rotation_of_a_user_with_a_jwt(
    house: House, listing: LocalServer
) -> None:
    assert house.call("rotate", LAPTOP, "--as", "leaked", "--yes").status == 0
    house.call("test", f"{LAPTOP}-old", "--beside", "billing", "--server", listing.url)
    with house.open() as vault:
        (rotation,) = vault.records.rotations.open()
        assert not vault.records.rotations.proved(rotation.id)


@pytest.mark.parametrize("words", WAYS, ids=WAYS_NAMED)
def test_a_server_that_goes_by_jwts_proves_it_also_where_it_does_not_tell_that(
    house: House, words: tuple[str, ...]
) -> None:
    """nats-server 2.9 names no account: what it makes of the other user's bare key tells."""
    assert house.call("revoke", LAPTOP).status == 0
    server = house.server("n1", "orders", resolver="memory")
    tested = house.call("test", *words, "--server", server.url, "--json")
    told = tested.json()
    every = told if isinstance(told, list) else [told]
    (laptop,) = [one for one in every if one["public"] == house.record(LAPTOP).public]
    if words[-1] == "--experiment":  # which is noted
        assert house.record(LAPTOP).public not in whom_it_revokes_unproved(house)
        return
    assert laptop["as_wanted"] is True, laptop
    assert [cause["code"] for cause in laptop["causes"]] == ["jwt-revoked"]
