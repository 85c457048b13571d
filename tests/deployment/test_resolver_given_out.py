"""The resolver of an operator's servers, as the configuration that was given out last has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vault.support import box, issue
from wallet.nats.nkeys import Kind
from wallet.tasks.deployment.written_configurations import (
    ACCOUNT,
    FULL,
    OPERATOR,
    SERVER,
    resolver_given_out,
)
from wallet.vault.db.parts.configurations import Recipe
from wallet.vault.db.parts.rotations import Manner, Phase
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing


@pytest.fixture
def records() -> Iterator[Records]:
    records = Records.empty(box())
    for name in ("acme", "other"):
        issue(Issuing(records), Kind.OPERATOR, name)
    yield records
    records.close()


def give_out(records: Records, target: str, *chosen: KeyRecord) -> None:
    """Note a configuration as given out, for these keys or for all."""
    records.configurations.note(Recipe(target, tuple(key.public for key in chosen)), "", b"1" * 32)


def test_it_is_that_of_the_last_one_and_without_any_those_in_the_configuration(
    records: Records,
) -> None:
    acme = records.find("acme")
    assert resolver_given_out(records, acme) == "memory"
    for target, resolver in [(FULL, "full"), (OPERATOR, "memory"), (FULL, "full")]:
        give_out(records, target, acme)
        assert resolver_given_out(records, acme) == resolver
    for target in (SERVER, ACCOUNT):  # these say nothing of a resolver
        give_out(records, target, acme)
    assert resolver_given_out(records, acme) == "full"


def test_one_that_was_asked_for_by_no_name_is_each_operators_and_another_s_is_not(
    records: Records,
) -> None:
    acme, other = records.find("acme"), records.find("other")
    give_out(records, FULL)
    assert {resolver_given_out(records, key) for key in (acme, other)} == {"full"}
    give_out(records, OPERATOR, other)
    assert resolver_given_out(records, acme) == "full"
    assert resolver_given_out(records, other) == "memory"


def test_one_of_the_operator_whose_place_it_took_counts(records: Records) -> None:
    acme, other = records.find("acme"), records.find("other")
    give_out(records, FULL, acme)
    assert resolver_given_out(records, other) == "memory"
    records.rotations.begin(acme.public, other.public, Manner.PLANNED, Phase.BOTH, "acme")
    assert resolver_given_out(records, other) == "full"
