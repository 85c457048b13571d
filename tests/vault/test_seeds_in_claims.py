"""A seed is nothing that a JWT says, whichever way it would come into one.

The command line refuses seeds among its words by itself; the app, and JSON from a file, do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.vault.support import box, make_fleet
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind, Seed, generate_many
from wallet.tasks.keys.new_key import KeyWish, make_many, make_one, make_signing_key
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

ORDERS = "acme/orders"
Way = Callable[[Issuing, str], object]


@pytest.fixture
def records() -> Iterator[Records]:
    records = Records.empty(box())
    make_fleet(Issuing(records))
    yield records
    records.close()


def one(issuing: Issuing, text: str) -> None:
    with Seed.generate(Kind.USER) as seed:
        make_one(issuing, issuing.records, seed, KeyWish("new", ORDERS, nats={"pub": [text]}))


def alone(issuing: Issuing, text: str) -> None:
    with Seed.generate(Kind.USER) as seed:
        wish = KeyWish("new", nats={"pub": {"allow": [f"orders.{text}"]}})
        make_one(issuing, issuing.records, seed, wish)


def many(issuing: Issuing, text: str) -> None:
    wish = KeyWish("new", ORDERS, nats={"sub": {"deny": [text]}})
    make_many(issuing, issuing.records, generate_many(Kind.USER, 2), wish)


def signing(issuing: Issuing, text: str) -> None:
    scope = {"role": "reader", "description": f"of {text}"}
    with Seed.generate(Kind.ACCOUNT) as seed:
        make_signing_key(issuing, issuing.records, seed, KeyWish("new", ORDERS), scope)


def edited(issuing: Issuing, text: str) -> None:
    account = issuing.records.find(ORDERS)
    nats = issuing.claims(account.id)
    issuing.edit(account.id, {**nats, "mappings": {text: [{"subject": "orders.new"}]}})


@pytest.mark.parametrize("way", [one, alone, many, signing, edited])
def test_it_is_refused_and_nothing_is_made_or_signed(records: Records, way: Way) -> None:
    with Seed.generate(Kind.USER) as seed:
        text = seed.encode().decode()
    before = [records.tokens.get(key.id) for key in records.all()]
    with pytest.raises(UsageError, match="There is a seed in it") as refused:
        way(Issuing(records), text)
    assert text not in str(refused.value)
    assert [records.tokens.get(key.id) for key in records.all()] == before
