"""That a server takes a user whom another key signed proves nothing of one whose signing key it
may not know."""

from __future__ import annotations

import pytest

from tests.deployment.conftest import House
from wallet.system.natsserver import LocalServer

TABLET = "acme/orders/tablet"


@pytest.fixture
def server(house: House) -> LocalServer:
    """One that has the account as it was before it had the signing key of tablet and phone."""
    server = house.server("n1", "acme/orders", resolver="memory")
    assert house.call("new", "account", "s1", "--under", "acme/orders", "--signing").status == 0
    for name in ("tablet", "phone"):
        done = house.call("new", "user", name, "--under", "acme/orders", "--signer", "s1")
        assert done.status == 0, done
    assert house.call("revoke", TABLET).status == 0
    return server


WAYS = [(TABLET, "--beside", "billing"), (TABLET, "--experiment"), ("acme/orders",)]
WAYS_NAMED = ["beside another", "by an experiment", "with all of its account"]


@pytest.mark.parametrize("words", WAYS, ids=WAYS_NAMED)
def test_a_refusal_for_an_unknown_signing_key_is_no_proof_of_a_revocation(
    house: House, server: LocalServer, words: tuple[str, ...]
) -> None:
    if "--experiment" in words:  # which takes whom that key signed where there is one
        assert house.call("delete", "acme/orders/phone", "--yes").status == 0
    done = house.call("test", *words, "--server", server.url)
    assert "right: it is revoked" not in done.out
    if len(words) > 1:
        assert "That is right" not in done.out.partition("As it stands now")[2]
        assert "which another key signed" in done.out
    assert house.record("acme/orders").unproved


@pytest.mark.parametrize("words", WAYS, ids=WAYS_NAMED)
def test_one_that_the_same_key_signed_proves_it(
    house: House, server: LocalServer, words: tuple[str, ...]
) -> None:
    words = tuple("acme/orders/phone" if word == "billing" else word for word in words)
    knowing = house.server("n2", "acme/orders", resolver="memory")
    done = house.call("test", *words, "--server", knowing.url)
    assert "right: it is revoked" in done.out or "That is right" in done.out
