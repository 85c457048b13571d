"""What was revoked in an export stays revoked, though one of two versions removed the export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.vault.merging.test_rules import LATER, ORDERS, Two, claims, issuing, put_token
from tests.vault.merging.test_strangers import joined_with_stranger
from tests.vault.merging.worlds import START, token_of
from tests.vault.support import box
from wallet.nats.claims.union import Side
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.records import Records
from wallet.vault.session import storage


@pytest.fixture
def two() -> Iterator[Two]:
    two = Two()
    yield two
    for records in (two.base, two.ours, two.theirs):
        records.close()


def test_a_revocation_in_an_export_that_one_removed_stays_where_the_other_keeps_it(
    two: Two,
) -> None:
    whom = revoked_in_a_removed_export(two)
    export(two.ours, START + 7, {**EXPORT, "description": "changed here"})
    for entry in exports_joined(two):
        assert entry.get("revocations") == {whom: START + 5}


def test_a_revocation_in_an_export_that_one_removed_holds_in_a_narrower_one_of_the_other(
    two: Two,
) -> None:
    whom = revoked_in_a_removed_export(two)
    narrower = {**EXPORT, "name": "y", "subject": "x.y"}
    export(two.ours, START + 7, narrower)
    for entry in exports_joined(two):
        assert entry["subject"] == "x.y"
        assert entry.get("revocations") == {whom: START + 5}


def test_and_where_both_removed_it_in_what_is_exported_again(two: Two) -> None:
    whom = revoked_in_a_removed_export(two)
    export(two.ours, START + 7)
    joined = two.join(two.plan())
    assert not claims(joined, ORDERS).nats.get("exports")
    export(joined, LATER + 1, EXPORT)
    (entry,) = claims(joined, ORDERS).nats["exports"]
    assert entry["revocations"] == {whom: START + 5}


EXPORT = {"name": "x", "subject": "x.>", "type": "stream", "token_req": True}


def export(records: Records, now: int, *entries: dict[str, Any]) -> None:
    key, making = records.find(ORDERS), issuing(records, now)
    making.edit(key.id, {**making.claims(key.id), "exports": list(entries)})


def revoked_in_a_removed_export(two: Two) -> str:
    """Let both have an export in which theirs revokes an account, then removes it."""
    export(two.base, START + 1, EXPORT)
    token = token_of(two.base, two.base.find(ORDERS).public)
    assert token is not None
    for records in (two.ours, two.theirs):
        put_token(records, ORDERS, token)
    with Seed.generate(Kind.ACCOUNT) as seed:
        whom = seed.public.text
    export(two.theirs, START + 5, {**EXPORT, "revocations": {whom: START + 5}})
    export(two.theirs, START + 6)
    return whom


def exports_joined(two: Two) -> Iterator[dict[str, Any]]:
    """The one export there is, in either order; what both changed is as ours has it."""
    for ours, theirs, side in (
        (two.ours, two.theirs, Side.OURS),
        (two.theirs, two.ours, Side.THEIRS),
    ):
        each = Two.__new__(Two)
        each.world, each.base, each.ours, each.theirs = two.world, two.base, ours, theirs
        (entry,) = claims(each.join(each.plan(for_all=side)), ORDERS).nats["exports"]
        yield entry


@pytest.mark.parametrize("of", ["somebody else", "an account here"])
def test_a_strangers_account_comes_with_what_it_revoked_in_exports_that_are_no_more(
    two: Two, of: str
) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        public = seed.public.text if of == "somebody else" else two.ours.find(ORDERS).public
    making, whom = issuing(two.theirs, START + 1), {public: START + 5}
    operator = two.world.add(making, Kind.OPERATOR, "own")
    account = two.world.add(making, Kind.ACCOUNT, "shop", operator)
    for entries in ([{**EXPORT, "revocations": whom}], []):
        making.edit(account.id, {**making.claims(account.id), "exports": entries})
    two.theirs = storage.resealed(two.theirs, two.world.box, other := box())
    joined = two.join(two.plan(base=False, are_kin=False), are_kin=False, opener=other)
    making = issuing(joined, LATER + 1)
    there = joined.find("own/shop")
    making.edit(there.id, {**making.claims(there.id), "exports": [EXPORT]})
    (entry,) = claims(joined, "own/shop").nats["exports"]
    assert entry["revocations"] == whom


def test_a_stranger_revokes_nothing_in_exports_that_an_account_here_had(two: Two) -> None:
    with Seed.generate(Kind.ACCOUNT) as seed:
        whom = {seed.public.text: START + 5}
    here = two.ours.find(ORDERS).public
    two.theirs.tokens.removed_exports.note(here, {("stream", "x.>"): whom})
    assert joined_with_stranger(two).tokens.removed_exports.of(here) == {}
