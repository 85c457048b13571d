"""The chains of JWTs that a vault holds for its keys."""

from __future__ import annotations

import pytest

from tests.vault.support import box
from wallet.chain import Chain
from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.tasks.connection.keys_under_test import chain_about, chain_of
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

NOW = 1_800_000_000


@pytest.fixture
def records() -> Records:
    return Records.empty(box())


def make(records: Records, kind: Kind, name: str, under: KeyRecord | None = None) -> KeyRecord:
    with Seed.generate(kind) as seed:
        made = Issuing(records, NOW).add(seed, name=name, under=under.id if under else None)
        return records.get(made.id)


def names(chain: Chain | None) -> list[str | None]:
    assert chain is not None
    return [part.name if part else None for part in (chain.user, chain.account, chain.operator)]


def test_a_user_beneath_an_operator_has_the_whole_chain(records: Records) -> None:
    acme = make(records, Kind.OPERATOR, "acme")
    orders = make(records, Kind.ACCOUNT, "orders", acme)
    billing = make(records, Kind.USER, "billing", orders)
    assert names(chain_of(records, billing)) == ["billing", "orders", "acme"]
    assert names(chain_about(records, orders)) == [None, "orders", "acme"]
    assert names(chain_about(records, acme)) == [None, None, "acme"]


def test_keys_without_an_operator_have_none(records: Records) -> None:
    orders = make(records, Kind.ACCOUNT, "orders")
    for key in (make(records, Kind.USER, "alone"), make(records, Kind.USER, "billing", orders)):
        assert chain_of(records, key) is None
    assert chain_of(records, orders) is None
    assert chain_about(records, orders) is None
    assert chain_about(records, make(records, Kind.SERVER, "n1")) is None


def test_a_user_without_its_jwt_has_its_accounts(records: Records) -> None:
    acme = make(records, Kind.OPERATOR, "acme")
    billing = make(records, Kind.USER, "billing", make(records, Kind.ACCOUNT, "orders", acme))
    records.tokens.set(billing.id, None)
    assert names(chain_of(records, billing)) == [None, "orders", "acme"]


def test_a_signing_key_stands_for_its_account(records: Records) -> None:
    acme = make(records, Kind.OPERATOR, "acme")
    orders = make(records, Kind.ACCOUNT, "orders", acme)
    billing = make(records, Kind.USER, "billing", orders)
    with Seed.generate(Kind.ACCOUNT) as seed:
        Issuing(records, NOW).add_signing_key(orders.id, seed)
        public = decode_public(billing.public)
        # As a careless tool signs: it does not say for which account.
        token = jwt.issue(seed, public, unlimited_user(), issued=NOW, name="billing")
    records.tokens.set(billing.id, token)
    assert names(chain_of(records, billing)) == ["billing", "orders", "acme"]


def test_a_signing_key_that_is_not_in_the_vault_is_known_from_the_accounts_jwt(
    records: Records,
) -> None:
    acme = make(records, Kind.OPERATOR, "acme")
    orders = make(records, Kind.ACCOUNT, "orders", acme)
    billing = make(records, Kind.USER, "billing", orders)
    with Seed.generate(Kind.ACCOUNT) as elsewhere:
        claims = Issuing(records, NOW).claims(orders.id)
        claims["signing_keys"] = [elsewhere.public.text]
        Issuing(records, NOW).edit(orders.id, claims)
        public = decode_public(billing.public)
        token = jwt.issue(elsewhere, public, unlimited_user(), issued=NOW, name="billing")
    records.tokens.set(billing.id, token)
    assert names(chain_of(records, billing)) == ["billing", "orders", "acme"]


def test_a_jwt_of_an_account_that_is_not_in_the_vault_stands_alone(records: Records) -> None:
    acme = make(records, Kind.OPERATOR, "acme")
    billing = make(records, Kind.USER, "billing", make(records, Kind.ACCOUNT, "orders", acme))
    with Seed.generate(Kind.ACCOUNT) as other:
        public = decode_public(billing.public)
        token = jwt.issue(other, public, unlimited_user(), issued=NOW, name="billing")
    records.tokens.set(billing.id, token)
    assert names(chain_of(records, billing)) == ["billing", None, None]
