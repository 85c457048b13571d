"""A user that was revoked while its key was not here is not let in by its first JWT."""

from __future__ import annotations

from tests.vault.test_issuing import NOW, chain, make, token
from tests.vault.test_issuing import records as records
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

AGES = 1_000  # seconds that the vault's clock has gone on since the revocation


def gone(records: Records) -> tuple[KeyRecord, KeyRecord]:
    """An account, and a user of it that was revoked and deleted."""
    _, orders, billing = chain(records)
    Issuing(records, NOW).revoking.revoke(billing.id)
    Issuing(records, NOW).delete(billing.id)
    return orders, billing


def test_its_bare_public_key_comes_in_as_revoked(records: Records) -> None:
    orders, billing = gone(records)
    issuing = Issuing(records, NOW + AGES)
    back = issuing.add_public(decode_public(billing.public), name="back", under=orders.id)
    assert back.revoked
    assert (token(records, back).issued or 0) <= NOW
    assert "allow acme/orders/back" in issuing.told[back.path]


def test_its_seed_comes_in_as_revoked_also_with_permissions(records: Records) -> None:
    _, orders, _ = chain(records)
    with Seed.generate(Kind.USER) as seed:
        Issuing(records, NOW).revoking.revoke_until(orders.id, {seed.public.text: NOW})
        may = {"pub": {"allow": ["a"]}}
        back = Issuing(records, NOW + AGES).add(seed, under=orders.id, nats=may)
    assert back.revoked
    assert token(records, back).nats["pub"] == may["pub"]


def test_only_allow_lets_it_in(records: Records) -> None:
    orders, billing = gone(records)
    issuing = Issuing(records, NOW + AGES)
    back = issuing.add_public(decode_public(billing.public), name="back", under=orders.id)
    issuing.reissue(orders.id)
    assert records.get(back.id).revoked
    issuing.revoking.allow_again(back.id)
    assert not records.get(back.id).revoked
    assert (token(records, back).issued or 0) > NOW


def test_a_new_user_comes_in_after_a_revocation_of_everybody(records: Records) -> None:
    _, orders, _ = chain(records)
    Issuing(records, NOW).revoking.revoke_until(orders.id, {"*": NOW})
    assert not make(records, Kind.USER, "fresh", orders).revoked


def test_a_move_that_lets_it_in_says_so(records: Records) -> None:
    orders, billing = gone(records)
    issuing = Issuing(records, NOW + AGES)
    alone = issuing.add_public(decode_public(billing.public), name="back")
    issuing.move(alone.id, orders.id)
    assert not records.get(alone.id).revoked
    assert "revoke acme/orders/back" in issuing.told["acme/orders/back"]
