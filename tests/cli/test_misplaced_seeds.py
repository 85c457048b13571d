"""A seed that a person gives where a word is meant: it is not kept where others read it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from wallet.nats.nkeys import Kind, Seed


@pytest.mark.parametrize(
    "words",
    [
        ("tag", "billing", "--add", "{}"),
        ("tag", "billing", "--add", "of-{}"),
        ("note", "billing", "its seed is {}"),
        ("rename", "billing", "{}"),
        ("rename", "billing", "of-{}"),
        ("new", "user", "of-{}", "--under", "acme/orders"),
        ("rotate", "billing", "--as", "handover", "--yes", "--to", "{}"),
        ("push", "--server", "{}"),
        ("servers", "add", "prod", "--url", "nats://{}:4222"),
    ],
)
def test_a_seed_is_no_name_tag_note_recipient_or_address(
    vault: Run, words: tuple[str, ...]
) -> None:
    """Tags go to servers in JWTs, notes and recipients are printed, addresses are asked of DNS."""
    with Seed.generate(Kind.USER) as seed:
        text = seed.encode().decode()
    done = vault(*(word.format(text) for word in words))
    assert done.status == 2
    assert "seed" in done.err
    everything = done.out + done.err + vault("show", "billing", "--json").out
    assert text not in everything
    assert text.lower() not in everything.lower()


@pytest.mark.parametrize(
    "words",
    [
        ("edit", "billing", "--allow-pub", "{}"),
        ("edit", "billing", "--deny-sub", "orders.{}.>"),
        ("edit", "acme/orders", "--description", "signed by {}"),
        ("exports", "acme/orders", "add", "orders.{}", "--stream"),
        ("mappings", "acme/orders", "add", "orders.*", "of.{}"),
        ("mappings", "acme/orders", "add", "orders.{}", "orders.new"),
        ("new", "user", "--under", "acme/orders", "--allow-pub", "{}"),
        ("new", "account", "--signing", "--under", "acme/orders", "--role", "{}"),
    ],
)
def test_a_seed_is_nothing_that_a_jwt_says(vault: Run, words: tuple[str, ...]) -> None:
    """Servers, and whoever connects, get JWTs."""
    before = [vault("jwt", key).out for key in ("acme/orders", "billing")]
    with Seed.generate(Kind.ACCOUNT) as seed:
        text = seed.encode().decode()
    done = vault(*(word.format(text) for word in words))
    assert done.status == 2
    assert "There is a seed" in done.err
    assert text not in done.out + done.err
    assert [vault("jwt", key).out for key in ("acme/orders", "billing")] == before
