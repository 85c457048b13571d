"""What was revoked in an export stays revoked, though one of two versions removed the export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.vault.merging.test_rules import LATER, ORDERS, Two, claims, issuing, put_token
from tests.vault.merging.worlds import START, token_of
from wallet.nats.claims.union import Side
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.records import Records


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
