"""A test proves nothing of what was changed while it ran, or while its dialog stood open."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.deployment.conftest import House
from wallet.cli.connection import test as command
from wallet.system.natsserver import LocalServer
from wallet.tasks.connection import results

pytestmark = pytest.mark.newer_server

LAPTOP = "acme/orders/laptop"


@pytest.fixture
def meanwhile(
    house: House, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, int], None]:
    """Before what a test saw of a user is kept, let it in, at the server too, and then be revoked
    anew in the vault alone; by a clock that was put back before that, by some seconds."""

    def let_in_and_revoke(user: str, back: int) -> None:
        remember, clock = results.remember, time.time

        def remember_later(*given: Any) -> None:
            monkeypatch.setattr(time, "time", lambda: clock() - back)
            for words in (
                ("allow", user),
                ("push", "acme/orders", "--server", server.url),
                ("revoke", user),
            ):
                time.sleep(1.1)  # whoever is let in has a JWT of a later second
                done = house.call(*words)
                assert done.status == 0, done
            remember(*given)

        monkeypatch.setattr(command, "remember", remember_later)

    return let_in_and_revoke


def refused(house: House, user: str, server: LocalServer) -> None:
    tested = house.call(
        "test", user, "--server", server.url, "--beside", "billing", "--expect", "refused"
    )
    assert tested.status == 0, tested


@pytest.mark.parametrize("back", [None, 0, 3600], ids=["", "overtaken", "and the clock put back"])
def test_a_refusal_from_before_a_user_was_let_in_and_revoked_again_proves_no_revocation(
    house: House, server: LocalServer, meanwhile: Callable[[str, int], None], back: int | None
) -> None:
    assert house.call("revoke", LAPTOP).status == 0
    house.copy("elsewhere").push("acme/orders", "--server", server.url)
    if back is not None:
        meanwhile(LAPTOP, back)
    refused(house, LAPTOP, server)
    with house.open() as vault:
        revoked = {who for one in vault.records.deliveries.unproved() for who in one.revoked}
        assert (vault.records.find(LAPTOP).public in revoked) is (back is not None)


@pytest.mark.parametrize("back", [None, 0, 3600], ids=["", "overtaken", "and the clock put back"])
def test_a_refusal_from_before_it_went_out_again_closes_no_rotation_of_a_leaked_key(
    house: House, server: LocalServer, meanwhile: Callable[[str, int], None], back: int | None
) -> None:
    assert house.call("rotate", LAPTOP, "--as", "leaked", "--yes").status == 0
    house.copy("elsewhere").push("acme/orders", "--server", server.url)
    if back is not None:
        meanwhile(f"{LAPTOP}-old", back)
    refused(house, f"{LAPTOP}-old", server)
    with house.open() as vault:
        assert bool(vault.records.rotations.open()) is (back is not None)
