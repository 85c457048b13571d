"""What is open between the vault and servers stays open when two versions are joined."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vault.merging.worlds import World, copy, merged
from wallet.nats.nkeys import Kind
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

ONE, TWO = "nats://one:4222", "nats://two:4222"
ORDERS, BILLING, LAPTOP = "acme/orders", "acme/orders/billing", "acme/orders/laptop"


class Versions:
    """Two versions of a vault in which nothing is open, and what both came from."""

    def __init__(self) -> None:
        self.world = World(3)
        base = self.world.base
        for account in base.deliveries.unproved():
            base.deliveries.take_word(account.account)
        for key in base.all():
            base.deliveries.note_written(key.id)
        self.account = base.find(ORDERS).id
        self.ours, self.theirs = (copy(base, self.world.box) for _ in range(2))

    @property
    def sides(self) -> tuple[Records, Records]:
        return self.ours, self.theirs

    def joined(self) -> Records:
        return merged(self.world, self.ours, self.theirs, self.world.base)


@pytest.fixture
def versions() -> Iterator[Versions]:
    versions = Versions()
    yield versions
    for records in (*versions.sides, versions.world.base):
        records.close()


def unproved(records: Records) -> set[str]:
    return {key.path for key in records.all() if key.unproved}


def test_where_nothing_is_open_nothing_is(versions: Versions) -> None:
    joined = versions.joined()
    assert unproved(joined) == set()
    assert not any(key.unwritten for key in joined.all(Kind.USER))


@pytest.mark.parametrize("side", [0, 1])
def test_what_one_of_them_has_open_is_open(versions: Versions, side: int) -> None:
    records = versions.sides[side]
    records.deliveries.note_seen(versions.account, {ONE: False})
    records.deliveries.note_change(records.find(BILLING).id, (), written=False)
    joined = versions.joined()
    assert unproved(joined) == {ORDERS}
    assert [key.path for key in joined.all(Kind.USER) if key.unwritten] == [BILLING]


@pytest.mark.parametrize("side", [0, 1])
def test_a_user_that_a_server_still_lets_in_is_not_proved_to_be_out(
    versions: Versions, side: int
) -> None:
    for records in (versions.world.base, *versions.sides):
        Issuing(records, 1_800_000_000).revoking.revoke(records.find(LAPTOP).id)
        records.deliveries.take_word(versions.account)
    laptop = versions.ours.find(LAPTOP).public
    records = versions.sides[side]
    records.deliveries.note_refusal(versions.account, laptop, ONE, refused=False)
    assert unproved(versions.joined()) == {ORDERS, LAPTOP}


def test_what_either_proved_of_the_same_jwt_counts_and_a_denial_more(versions: Versions) -> None:
    for records, url in zip(versions.sides, (ONE, TWO), strict=True):
        records.deliveries.note_seen(versions.account, {url: True})
    assert versions.joined().deliveries.proved_servers(versions.account) == {ONE, TWO}
    versions.theirs.deliveries.note_seen(versions.account, {ONE: False})
    joined = versions.joined()
    assert joined.deliveries.proved_servers(versions.account) == {TWO}
    assert unproved(joined) == {ORDERS}


def test_a_proof_of_a_jwt_that_is_not_the_one_of_both_counts_no_more(versions: Versions) -> None:
    """Servers may have the other one by now."""
    Issuing(versions.theirs).revoking.revoke(versions.theirs.find(BILLING).id)
    versions.theirs.deliveries.note_seen(versions.account, {ONE: True})
    joined = versions.joined()
    assert joined.deliveries.proved_servers(versions.account) == set()
    assert ORDERS in unproved(joined)


@pytest.mark.parametrize("changed", [False, True])
def test_a_refusal_that_was_proved_counts_for_the_same_jwt(
    versions: Versions, *, changed: bool
) -> None:
    for records in (versions.world.base, *versions.sides):
        Issuing(records, 1_800_000_000).revoking.revoke(records.find(LAPTOP).id)
    laptop, theirs = versions.ours.find(LAPTOP).public, versions.theirs
    theirs.deliveries.note_refusal(versions.account, laptop, ONE, refused=True)
    if changed:
        Issuing(versions.ours, 1_800_000_009).revoking.revoke(versions.ours.find(BILLING).id)
    shut_out = versions.joined().deliveries.shut_out(versions.account, laptop)
    assert set(shut_out) == (set() if changed else {ONE})
