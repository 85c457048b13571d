"""Deleting keys, with all that hangs beneath them, at the cost that was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
from wallet.tasks.sharing.account_pairs import renew_activations
from wallet.vault.key_record import DeletionCost
from wallet.vault.signing.activations import SharedSubjects
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.short_lived import is_spent
from wallet.vault.vault import Vault


def delete(vault: Vault, costs: Mapping[int, DeletionCost], again: str) -> Issuing:
    """Delete keys, by their ids, in one change; what could not be signed anew is in the result.

    `costs` are what the person agreed to, `again` what to do where they have become others.
    Raises `UsageError` then, and what `Vault.change` raises; nothing was deleted.
    """
    with vault.change() as records:
        issuing = SharedSubjects(records)
        if any(records.cost_of_deleting(key) != cost for key, cost in costs.items()):
            raise UsageError(
                "What hangs beneath was changed meanwhile, so it would cost something else. "
                f"Nothing was deleted: {again}."
            )
        delete_each(issuing, list(costs))
    return issuing


def delete_each(issuing: SharedSubjects, keys: Sequence[int]) -> None:
    """Delete keys by their ids, within a change; what they signed for others is signed anew."""
    _revoke_together(issuing, keys)
    for key in keys:
        record = issuing.records.get(key)
        issuing.delete(key)
        if record.signing:
            renew_activations(issuing, record)


def _revoke_together(issuing: SharedSubjects, keys: Sequence[int]) -> None:
    """Revoke users that go in their accounts, each of which is signed once for all of them.

    Where nobody here can sign, deleting each of them tells so.
    """
    records = issuing.records
    by_account: dict[int, dict[str, int]] = {}
    for user in map(records.get, keys):
        claims = records.tokens.claims(user.id) if user.kind is Kind.USER else None
        in_force = not (user.revoked or is_spent(records, user))
        if claims is not None and user.parent is not None and in_force:
            until = max(issuing.now, claims.issued or 0)
            by_account.setdefault(user.parent, {})[user.public] = until
    for account, users in by_account.items():
        if len(users) > 1:
            with suppress(UsageError):
                issuing.revoke_until(account, users)
