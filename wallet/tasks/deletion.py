"""Deleting keys, with all that hangs beneath them, at the cost that was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    users = (key for key in map(issuing.records.get, keys) if key.kind is Kind.USER)
    issuing.revoke_together(user for user in users if not is_spent(issuing.records, user))
    for key in keys:
        record = issuing.records.get(key)
        issuing.delete(key)
        if record.signing:
            renew_activations(issuing, record)
