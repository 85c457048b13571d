"""A person's word that servers have an account's JWT: it counts, and who gave it is noted."""

from __future__ import annotations

from pathlib import Path

from tests.vault.support import empty_vault, issue, unlock
from wallet.nats.nkeys import Kind
from wallet.tasks.deployment.deliveries import take_word
from wallet.vault.db.journal.kinds import What
from wallet.vault.signing.issuance import Issuing


def test_a_word_closes_what_is_open_alone_and_is_noted_of_that(tmp_path: Path) -> None:
    with unlock(empty_vault(tmp_path / "vault.nkw")) as vault:
        with vault.change() as records:
            acme = issue(Issuing(records), Kind.OPERATOR, "acme")
            for name in ("open", "closed"):
                issue(Issuing(records), Kind.ACCOUNT, name, acme)
            records.deliveries.take_word(records.find("acme/closed").id)
            Issuing(records).revoking.revoke(
                issue(Issuing(records), Kind.USER, "laptop", records.find("acme/open").id)
            )
        accounts = [vault.records.find(f"acme/{name}") for name in ("open", "closed")]
        assert [account.unproved for account in accounts] == [True, False]
        take_word(vault, accounts)
        assert not vault.records.find("acme/open").unproved
        assert not vault.records.find("acme/open/laptop").unproved
        (noted,) = vault.records.history.of_kind(What.DELIVERED_ON_WORD)
        assert [*noted.publics] == [accounts[0].public]
