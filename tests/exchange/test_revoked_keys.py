"""Whom an account revokes an import does not let in without a word."""

from __future__ import annotations

import time
from pathlib import Path

from tests.exchange.made import Chain
from tests.exchange.support import carry_out, import_all, new_vault, plan_of
from wallet.vault.signing.issuance import Issuing


def test_a_bare_public_key_that_its_account_revokes_comes_in_as_revoked(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    chain = Chain()
    import_all(vault, chain.operator_jwt(), chain.account_jwt(), bytes(chain.account.encode()))
    import_all(vault, bytes(chain.operator.encode()))
    with vault.change() as records:
        account = records.find("corp/sales")
        Issuing(records).revoking.revoke_until(
            account.id, {chain.user.public.text: int(time.time())}
        )
    plan = plan_of(vault, chain.user.public.text, under="corp/sales")
    (item,) = plan.to_do
    assert "it comes in as revoked" in " ".join(item.notes)
    result = carry_out(vault, plan)
    (user,) = result.added
    assert user.revoked
    assert f"allow {user.path}" in result.left[user.path]
