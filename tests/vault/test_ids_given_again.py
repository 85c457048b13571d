"""After a restore elsewhere another key has the id of one that is gone: nothing is done to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vault.support import empty_vault, issue, unlock
from wallet.cli.keys import creds
from wallet.errors import NoSuchKeyError
from wallet.nats.claims.revocations import EVERYBODY
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.deployment.deliveries import take_word
from wallet.tasks.deployment.revocations import revoke_at, shutouts
from wallet.tasks.rotation import stages
from wallet.vault.copies.vault_copy import VaultCopy, restore
from wallet.vault.db.parts.rotations import Manner
from wallet.vault.key_record import KeyRecord
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

Step = Callable[[Vault], object]


def add_account(vault: Vault, name: str) -> KeyRecord:
    """Make an account of that name with a user and a revoked one in it; the account."""
    with vault.change() as records:
        issuing = Issuing(records)
        account = issue(issuing, Kind.ACCOUNT, name, records.find("acme").id)
        issue(issuing, Kind.USER, f"{name}-user", account)
        issuing.revoking.revoke(issue(issuing, Kind.USER, f"{name}-shut-out", account))
    return vault.records.get(account)


def revoking(vault: Vault) -> Step:
    meant = shutouts(vault.records, [EVERYBODY], "mine", None)
    return lambda vault: revoke_at(vault, meant)


def rotating(vault: Vault) -> Step:
    mine = vault.records.find("mine")
    return lambda vault: stages.begin(vault, mine, Manner.LEAKED)


def giving_creds(vault: Vault) -> Step:
    user = vault.records.find("mine-user")

    def give(vault: Vault) -> None:
        with Seed.generate(Kind.USER) as seed:
            creds._add(vault, user, seed, 60, None)

    return give


def taking_a_word(vault: Vault) -> Step:
    mine = vault.records.find("mine")

    def take(vault: Vault) -> None:
        take_word(vault, [mine])
        raise NoSuchKeyError("It is gone, and nothing is to be said of it.")

    return take


@pytest.mark.parametrize("chosen", [revoking, rotating, giving_creds, taking_a_word])
def test_another_key_with_the_id_of_a_chosen_one_stays_as_it_is(
    chosen: Callable[[Vault], Step], tmp_path: Path
) -> None:
    path, backup = empty_vault(tmp_path / "vault.nkw"), tmp_path / "backup.nkw"
    with unlock(path) as vault:
        with vault.change() as records:
            issue(Issuing(records), Kind.OPERATOR, "acme")
        vault.back_up(backup)
        mine = add_account(vault, "mine")
        step = chosen(vault)
        with unlock(path) as other:
            with VaultCopy.of(other, backup) as copy:
                restore(other, copy)
            stranger = add_account(other, "stranger")
            assert stranger.id == mine.id
            token = other.records.tokens.get(stranger.id)
        with pytest.raises(NoSuchKeyError):
            step(vault)
    with unlock(path) as after:
        there = after.records.find("stranger")
        assert there.unproved
        assert after.records.tokens.get(there.id) == token
        assert after.records.count() == 4
