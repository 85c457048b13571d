"""Deleting keys, with all that hangs beneath them, at the cost that was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from wallet.errors import StateRefusesError
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import EVERYBODY, revocations
from wallet.nats.nkeys import Kind
from wallet.tasks.sharing.account_pairs import renew_activations
from wallet.vault.db.parts.rotations import Phase
from wallet.vault.key_record import DeletionCost, KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.closure import is_shut
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.short_lived import is_spent
from wallet.vault.vault import Vault


def delete(vault: Vault, costs: Mapping[int, DeletionCost], again: str) -> Issuing:
    """Delete keys, by their ids, in one change; what could not be signed anew is in the result.

    `costs` are what the person agreed to, `again` what to do where they have become others.
    Raises `UsageError` then, and what `Vault.change` raises; nothing was deleted.
    """
    with vault.change() as records:
        issuing = Issuing(records)
        if any(records.cost_of_deleting(key) != cost for key, cost in costs.items()):
            raise StateRefusesError(
                "What hangs beneath was changed meanwhile, so it would cost something else. "
                f"Nothing was deleted: {again}."
            )
        delete_each(issuing, list(costs))
    return issuing


def told_of_rotations(records: Records, keys: Iterable[KeyRecord]) -> str:
    """Say, before keys are deleted, which open rotations that would disturb; empty for none."""
    publics = {key.public for key in keys}
    sentences = []
    for rotation in records.rotations.open():
        if rotation.phase is not Phase.BOTH or not publics & {rotation.old, rotation.new}:
            continue
        old, new = map(records.by_public, (rotation.old, rotation.new))
        if old is not None and old.public in publics:
            by = "another key" if new is None else new.path
            sentences.append(
                f"{old.path} is being rotated: {by} takes its place. Deleted now, it is out before "
                "that is finished, and what uses it still is shut out."
            )
        elif new is not None and old is not None:
            sentences.append(
                f"{new.path} is to take the place of {old.path}: without it that rotation can only "
                "be undone."
            )
    return " ".join(sentences)


def told_of_servers(records: Records, keys: Iterable[KeyRecord]) -> str:
    """Say, before accounts are deleted, which servers go on letting their users in; empty for none.

    Nobody can revoke these users any more once the account is gone here.
    """
    named = [account for key in keys for account in _accounts_of(records, key)]
    at = {account.path: records.deliveries.servers(account.id) for account in named}
    left = [path for path, servers in at.items() if servers]
    if not left:
        return ""
    servers = sorted({server for path in left for server in at[path]})
    has, goes = ("has", "goes") if len(servers) == 1 else ("have", "go")
    whose = "its" if len(left) == 1 else "their"
    return (
        f"{few(servers)} {has} {few(left)}, and {goes} on letting {whose} users in, whom nobody "
        "here can revoke then. To shut them out, revoke everybody there and push before you delete."
    )


def _shut_on_servers(records: Records, key: KeyRecord) -> Iterator[KeyRecord]:
    """The accounts that go with a key and that servers were proved to let nobody in by."""
    accounts = [key, *(records.beneath(key.id) if key.kind is Kind.OPERATOR else [])]
    for account in accounts:
        if account.kind is Kind.ACCOUNT and account.has_jwt and not account.unproved:
            claims = records.tokens.claims(account.id)
            everybody = claims is not None and EVERYBODY in revocations(claims.nats)
            in_force = any(
                user.has_jwt and not user.revoked for user in records.beneath(account.id)
            )
            if is_shut(records, account) or (everybody and not in_force):
                yield account


def _accounts_of(records: Records, key: KeyRecord) -> list[KeyRecord]:
    """The accounts with a JWT that go with a key, and that let users in."""
    beneath = records.beneath(key.id) if key.kind is Kind.OPERATOR else []
    return [
        account
        for account in (key, *beneath)
        if account.kind is Kind.ACCOUNT
        and not account.signing
        and account.has_jwt
        and not is_shut(records, account)
    ]


def delete_each(issuing: Issuing, keys: Sequence[int]) -> None:
    """Delete keys by their ids, within a change; what they signed for others is signed anew."""
    users = (key for key in map(issuing.records.get, keys) if key.kind is Kind.USER)
    issuing.revoking.revoke_together(user for user in users if not is_spent(issuing.records, user))
    for key in keys:
        record = issuing.records.get(key)
        for account in _shut_on_servers(issuing.records, record):
            issuing.records.deliveries.known_servers.forget_owner(account.public)
        issuing.delete(key)
        if record.signing:
            renew_activations(issuing, record)
