"""The outcome of a push in words: what is not as it should be is told, each reason once."""

from __future__ import annotations

import pytest

from tests.deployment.conftest import House
from wallet.connection.deployment.comparison import State
from wallet.show.states.push import problems, row, summary
from wallet.tasks.deployment.arrival import (
    AccountOutcome,
    AtServer,
    Delivery,
    Pushed,
    RevokedUser,
)

pytestmark = pytest.mark.newer_server


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (False, ["acme/orders/laptop is revoked, and n1 has not shut it out. It was let in."]),
        (None, ["acme/orders/laptop: not known whether n1 refuses it. It was let in."]),
        (True, []),
    ],
)
def test_a_revoked_user_that_is_not_seen_to_be_refused_is_told(
    house: House, refused: bool | None, told: list[str]
) -> None:
    account, user = house.record("acme/orders"), house.record("laptop")
    outcome = AccountOutcome(
        *(account, State.NEWER_HERE),
        pushed=True,
        servers={"n1": AtServer(Delivery.HOLDS)},
        users=[RevokedUser(user.public, user.path, "n1", refused, "It was let in.")],
    )
    done = Pushed([outcome])
    assert problems(done) == told
    assert done.ok is (refused is not False)
    assert row(outcome)[2:] == ("held by 1 of 1", "revoked users refused: 1" if refused else "")


def test_each_reason_why_servers_lack_an_account_is_told_once(house: House) -> None:
    outcomes = [
        AccountOutcome(
            house.record(name),
            State.NEWER_HERE,
            servers={
                "n1": AtServer(Delivery.HOLDS),
                "n2": AtServer(Delivery.SILENT, "Nothing came."),
            },
        )
        for name in ("acme/orders", "acme/metrics")
    ]
    assert problems(Pushed(outcomes)) == ["acme/orders, acme/metrics at n2: silent. Nothing came."]
    assert summary(Pushed(outcomes)) == "0 of 2 proved on every server."
