"""Whether a key may use a subject in the end, by what the vault holds."""

from __future__ import annotations

from wallet.chain.permission import Permission, Use, listed, permission
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
from wallet.nats.subjects import is_wild, subject_problem
from wallet.tasks.keys_under_test import chain_of
from wallet.text import without_seeds
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def permission_of(records: Records, record: KeyRecord, use: Use, now: float) -> Permission:
    """Answer for a user, by its JWTs or as a list would have it; `now` is seconds since 1970.

    Raises `UsageError` for another key, and for what is no subject.
    """
    if record.kind is not Kind.USER:
        raise UsageError(f"{record.path} is no user, and only users use subjects. Name one.")
    _check(use)
    chain = chain_of(records, record)
    if chain is None:
        return listed(records.tokens.unsigned(record.id), use)
    return permission(chain, use, now)


def _check(use: Use) -> None:
    for text, what in ((use.subject, "subject"), (use.queue or "q", "name of a queue")):
        if problem := subject_problem(text):
            raise UsageError(f"“{without_seeds(text, 80)}” is no {what}: {problem}.")
    if use.publish and is_wild(use.subject):
        raise UsageError(
            f"A message goes to one subject, and “{without_seeds(use.subject, 80)}” has wildcards. "
            "Ask about one subject, or about subscribing (--sub)."
        )
