"""What a restore would change is told key by key, and no revocation goes back with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vault.support import box
from wallet.nats.claims import content as fields
from wallet.nats.claims.revocations import EVERYBODY, USERS, revocations
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.copies.restoration import compare, keep_revocations
from wallet.vault.file.container import SeedBox
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing

MONDAY, TUESDAY = 1_700_000_000, 1_700_086_400


class Both:
    """The records as they are now, and as a file from before has them."""

    def __init__(self) -> None:
        self.box: SeedBox = box()
        self.now = Records.empty(self.box)
        issuing = Issuing(self.now, MONDAY)
        self._add(issuing, Kind.OPERATOR, "acme")
        self._add(issuing, Kind.ACCOUNT, "orders", "acme")
        for name in ("billing", "laptop"):
            self._add(issuing, Kind.USER, name, "acme/orders")
        self.file = self.copy()

    def copy(self) -> Records:
        return Records.load(self.now.database.serialize(), self.box)

    def change(self) -> Issuing:
        return Issuing(self.now, TUESDAY)

    def _add(self, issuing: Issuing, kind: Kind, name: str, under: str | None = None) -> KeyRecord:
        parent = None if under is None else issuing.records.find(under).id
        with Seed.generate(kind) as seed:
            return issuing.add(seed, name=name, under=parent)

    def add(self, name: str) -> KeyRecord:
        return self._add(self.change(), Kind.USER, name, "acme/orders")


@pytest.fixture
def both() -> Iterator[Both]:
    made = Both()
    yield made
    made.now.close()
    made.file.close()


def revoked(records: Records) -> dict[str, int]:
    claims = records.tokens.claims(records.find("orders").id)
    assert claims is not None
    return revocations(claims.nats)


def issued(records: Records) -> int:
    """When the account's JWT was issued."""
    claims = records.tokens.claims(records.find("orders").id)
    assert claims is not None
    return claims.issued or 0


def paths(records: tuple[KeyRecord, ...]) -> list[str]:
    return [record.path for record in records]


def test_the_same_contents_change_nothing(both: Both) -> None:
    assert compare(both.now, both.file).nothing


def test_keys_that_go_and_keys_that_come_back_are_told_apart(both: Both) -> None:
    both.add("newer")
    both.now.delete(both.now.find("laptop").id)
    told = compare(both.now, both.file)
    assert paths(told.going) == ["acme/orders/newer"]
    assert paths(told.coming) == ["acme/orders/laptop"]
    assert not told.changed


@pytest.mark.parametrize("what", ["name", "tags", "notes", "status", "jwt", "place"])
def test_a_key_that_differs_is_told(both: Both, what: str) -> None:
    key = both.now.find("billing").id
    if what == "name":
        both.change().rename(key, "invoices")
    elif what == "tags":
        both.now.set_tags(key, ["prod"])
    elif what == "notes":
        both.now.set_notes(key, "on the old laptop")
    elif what == "status":
        both.now.set_status(key, "retired")
    elif what == "jwt":
        both.change().edit(key, {**fields.starting(Kind.USER), "pub": {"allow": ["a.>"]}})
    else:
        both.change().move(key, None)  # which revokes it in its account
    account = ["acme/orders"] if what == "place" else []
    assert paths(compare(both.now, both.file).changed) == [*account, "acme/orders/billing"]


def test_a_user_revoked_since_stays_revoked(both: Both) -> None:
    laptop = both.now.find("laptop")
    both.change().revoking.revoke(laptop.id)
    assert compare(both.now, both.file).kept_out == (laptop.public,)
    assert not both.file.find("laptop").revoked
    assert keep_revocations(both.now, both.file) == {}
    assert both.file.find("laptop").revoked
    assert revoked(both.file) == revoked(both.now)
    assert issued(both.file) > issued(both.now)


def test_a_user_deleted_since_comes_back_revoked(both: Both) -> None:
    laptop = both.now.find("laptop")
    both.change().delete(laptop.id)
    keep_revocations(both.now, both.file)
    assert both.file.find("laptop").revoked


def test_revocations_of_both_are_united_and_the_later_time_of_two_counts(both: Both) -> None:
    issuing = Issuing(both.file, TUESDAY + 50)
    issuing.revoking.revoke(both.file.find("billing").id)
    issuing.revoking.revoke(both.file.find("laptop").id)
    both.change().revoking.revoke(both.now.find("laptop").id)
    billing, laptop = (both.now.find(name).public for name in ("billing", "laptop"))
    both.now.delete(both.now.find("billing").id)
    keep_revocations(both.now, both.file)
    assert revoked(both.file) == {billing: TUESDAY + 50, laptop: TUESDAY + 50}


def test_without_the_signer_the_jwt_that_revokes_stays_and_that_is_told(both: Both) -> None:
    both.change().revoking.revoke(both.now.find("laptop").id)
    with (
        both.file.database.question() as sql
    ):  # as in a file from a machine without the operator's seed
        sql.execute("DELETE FROM seeds WHERE key = ?", (both.file.find("acme").id,))
    left = keep_revocations(both.now, both.file)
    assert list(left) == ["acme/orders"]
    assert both.file.find("laptop").revoked
    assert both.file.tokens.get(both.file.find("orders").id) == both.now.tokens.get(
        both.now.find("orders").id
    )


def test_revocations_that_can_be_kept_nowhere_are_named(both: Both) -> None:
    billing, laptop = (both.now.find(name) for name in ("billing", "laptop"))
    Issuing(both.file, TUESDAY).revoking.revoke(both.file.find("billing").id)
    both.change().revoking.revoke(laptop.id)
    with both.file.database.question() as sql:
        sql.execute("DELETE FROM seeds WHERE key = ?", (both.file.find("acme").id,))
    left = keep_revocations(both.now, both.file)
    assert laptop.public in left["acme/orders"]
    assert billing.public not in left["acme/orders"]


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("everybody", [False, True])
def test_a_user_revoked_here_stays_so_where_a_copy_gave_it_a_later_jwt(
    both: Both, *, deleted: bool, everybody: bool
) -> None:
    """The copy went on elsewhere: its JWT was issued after the revocation."""
    billing = both.now.find("billing")
    issuing = both.change()
    if deleted:
        issuing.delete(billing.id)
    elif everybody:
        account = both.now.find("orders")
        issuing.revoking.revoke_as_well(account.id, {USERS: {EVERYBODY: TUESDAY}})
    else:
        issuing.revoking.revoke(billing.id)
    elsewhere = Issuing(both.file, TUESDAY + 3600)
    elsewhere.edit(both.file.find("billing").id, {"pub": {"allow": ["x.>"]}})
    assert billing.public in compare(both.now, both.file).kept_out
    keep_revocations(both.now, both.file)
    assert both.file.find("billing").revoked


def test_a_user_that_a_copy_allowed_again_stays_revoked_as_it_is_here(both: Both) -> None:
    both.change().revoking.revoke(both.now.find("billing").id)
    both.file.close()
    both.file = both.copy()
    Issuing(both.file, TUESDAY + 3600).revoking.allow_again(both.file.find("billing").id)
    keep_revocations(both.now, both.file)
    assert both.file.find("billing").revoked


def test_a_revocation_that_waited_for_its_signer_is_made_by_a_restore(both: Both) -> None:
    account, user = both.now.find("orders"), both.now.find("billing")
    both.now.tokens.merges.set_missing(account.id, {("", user.public): TUESDAY})
    keep_revocations(both.now, both.file)
    assert both.file.tokens.merges.missing(account.id) == {}
    assert both.file.find("billing").revoked  # it is signed here
