"""Tags: those of the key and those of its JWT are one set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.made import Chain
from tests.exchange.support import import_all, new_vault
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """acme/orders/billing, with the tag prod."""
    with new_vault(tmp_path) as made:
        with made.change() as records:
            issuing, under = Issuing(records), None
            for kind, name in (
                (Kind.OPERATOR, "acme"),
                (Kind.ACCOUNT, "orders"),
                (Kind.USER, "billing"),
            ):
                with Seed.generate(kind) as seed:
                    tags = ["prod"] if name == "billing" else []
                    under = issuing.add(seed, name=name, under=under, tags=tags).id
        yield made


def of_jwt(vault: Vault, name: str = "billing") -> tuple[str, ...]:
    claims = vault.records.tokens.claims(vault.records.find(name).id)
    assert claims is not None
    return claims.tags


def tags(vault: Vault, name: str = "billing") -> tuple[str, ...]:
    return vault.records.find(name).tags


def test_tags_of_a_new_key_are_in_its_jwt(vault: Vault) -> None:
    assert of_jwt(vault) == ("prod",)


def test_a_tag_set_here_reaches_the_jwt_with_the_next_signing_and_not_before(vault: Vault) -> None:
    key = vault.records.find("billing").id
    before = vault.records.tokens.get(key)
    with vault.change() as records:
        Issuing(records).set_tags(key, ["prod", "team:a"])
    assert vault.records.tokens.get(key) == before
    with vault.change() as records:
        Issuing(records).reissue(key)
    assert of_jwt(vault) == ("prod", "team:a")


def test_a_tag_that_is_taken_away_leaves_the_jwt_at_once(vault: Vault) -> None:
    key = vault.records.find("billing").id
    with vault.change() as records:
        issuing = Issuing(records)
        issuing.set_tags(key, ["other"])
        assert "without the tag" in issuing.told["acme/orders/billing"]
    assert of_jwt(vault) == ("other",)
    with vault.change() as records:
        Issuing(records).reissue(key)
    assert (of_jwt(vault), tags(vault)) == (("other",), ("other",))


def test_a_tag_of_a_jwt_that_nobody_here_can_sign_is_told(vault: Vault) -> None:
    key = vault.records.find("billing").id
    with vault.change() as records:
        issuing = Issuing(records)
        issuing.revoking.revoke(key)
        issuing.set_tags(key, [])
        assert "keeps the tag" in issuing.left["acme/orders/billing"]


def test_tags_in_claims_become_the_key_s_and_go_with_them(vault: Vault) -> None:
    key = vault.records.find("billing").id
    with vault.change() as records:
        issuing = Issuing(records)
        issuing.edit(key, {**issuing.claims(key), "tags": ["prod", "new", "two words"]})
    assert of_jwt(vault) == ("prod", "new", "two words")
    assert tags(vault) == ("prod", "new")
    with vault.change() as records:
        issuing = Issuing(records)
        issuing.edit(key, {**issuing.claims(key), "tags": ["new"]})
    assert (of_jwt(vault), tags(vault)) == (("new",), ("new",))


def test_tags_of_a_jwt_that_is_imported_join_those_of_the_key(tmp_path: Path) -> None:
    chain = Chain()
    with new_vault(tmp_path) as vault:
        import_all(vault, chain.everything())
        key = vault.records.find("till").id
        with vault.change() as records:
            records.set_tags(key, ["mine"])
        import_all(vault, chain.user_jwt(at=100, tags=["theirs", "a b"]))
        assert tags(vault, "till") == ("mine", "theirs")
        with vault.change() as records:
            Issuing(records).reissue(key)
        assert set(of_jwt(vault, "till")) == {"mine", "theirs", "a b"}
