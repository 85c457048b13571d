"""The next step of a new account on its way to servers."""

from __future__ import annotations

from pathlib import Path

from tests.deployment.conftest import add
from tests.vault.support import empty_vault, unlock
from wallet.nats.nkeys import Kind
from wallet.tasks.deployment.first_steps import first_step
from wallet.vault.signing.issuance import KEEP, Issuing


def test_an_account_called_as_a_system_account_is_to_become_it_and_needs_no_user(
    tmp_path: Path,
) -> None:
    path = empty_vault(tmp_path / "keys" / "vault.nkw")
    with unlock(path) as vault, vault.change() as records:
        issuing = Issuing(records)
        acme = add(issuing, Kind.OPERATOR, "acme")
        system = add(issuing, Kind.ACCOUNT, "SYS", acme)
        step = first_step(records, [system])
        assert step == "Next: ‹claims› on acme makes acme/SYS its system account, no user needed."
        nats = {**issuing.claims(acme.id), "system_account": system.public}
        issuing.edit(acme.id, nats, expires=KEEP, not_before=KEEP)
        assert "user in it" not in first_step(records, [records.get(system.id)])
        orders = add(issuing, Kind.ACCOUNT, "orders", records.get(acme.id))
        assert first_step(records, [orders]) == "Next: ‹new› on acme/orders makes a user in it."
