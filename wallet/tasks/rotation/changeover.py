"""Taking a key out of force, and back into it: in the JWT above it, or by its mark."""

from __future__ import annotations

from wallet.nats.nkeys import Kind
from wallet.tasks.keys.scopes import scope_of
from wallet.tasks.rotation.force import is_identity, is_out, is_signed
from wallet.tasks.sharing.account_pairs import renew_activations
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.closure import open_account, shut_account
from wallet.vault.signing.issuance import Issuing


def take_out(records: Records, issuing: Issuing, key: KeyRecord, instead: str) -> None:
    """Take a key out of force: servers then need a new JWT of its owner, or a new list.

    What a signing key signed, the key `instead` signs anew first, or it would lose its role;
    activations that it signed are signed anew too, and their importers with them.
    """
    if is_identity(key):
        if key.kind is Kind.ACCOUNT:
            shut_account(issuing, key.id)
        records.set_status(key.id, "retired")
    elif key.signing:
        issuing.sign_by(key.public, instead)
        issuing.drop_signing_key(key.id)
        records.set_status(key.id, "retired")
        renew_activations(issuing, key)
    elif is_signed(records, key):
        issuing.revoking.revoke(key.id)
    else:
        records.set_status(key.id, "retired")


def take_back(records: Records, issuing: Issuing, key: KeyRecord, like: KeyRecord | None) -> None:
    """Put a key that was taken out back into force; a signing key with the scope of `like`."""
    if key.status == "retired":
        records.set_status(key.id, "active")
    if key.kind is Kind.ACCOUNT and not key.signing:
        open_account(issuing, key.id)
    elif key.signing:
        issuing.name_signing_key(key.id, None if like is None else scope_of(records, like))
    elif is_out(records, records.get(key.id)):
        issuing.revoking.allow_again(key.id)
