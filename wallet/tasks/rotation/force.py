"""Whether a key is in force: said by the JWT above it, or by a list; taken out of it and back."""

from __future__ import annotations

from wallet.nats.claims.revocations import revoked_as
from wallet.nats.claims.signing_keys import signing_keys
from wallet.nats.nkeys import Kind
from wallet.tasks.keys.scopes import scope_of
from wallet.tasks.sharing.account_pairs import renew_activations
from wallet.vault.key_record import PARENTS, KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.closure import is_shut, open_account, shut_account
from wallet.vault.signing.issuance import Issuing


def above(records: Records, key: KeyRecord) -> KeyRecord | None:
    """The account or operator that a key hangs beneath, and whose JWT says of it; None for none."""
    return None if key.parent is None else records.get(key.parent)


def is_signed(records: Records, key: KeyRecord) -> bool:
    """Whether servers know a user by its account's JWT; others are listed in configurations."""
    account = above(records, key)
    return key.kind is Kind.USER and account is not None and account.has_jwt


def is_identity(key: KeyRecord) -> bool:
    """Whether a key is that of an account or operator, by which servers know it."""
    return key.kind in PARENTS.values() and not key.signing


def is_out(records: Records, key: KeyRecord) -> bool:
    """Whether a key is to be refused: by the JWT of the account or operator above, or retired.

    Where servers go by such a JWT, retiring a key here takes it out nowhere.
    """
    if key.kind is Kind.ACCOUNT and not key.signing:
        return is_shut(records, key)
    owner = above(records, key)
    claims = None if owner is None or not owner.has_jwt else records.tokens.claims(owner.id)
    if claims is None or not (key.signing or key.kind is Kind.USER):
        return key.status == "retired" or key.revoked
    if key.signing:
        return key.public not in signing_keys(claims.nats)
    own = records.tokens.claims(key.id)
    issued = None if own is None else own.issued
    return key.revoked or revoked_as(claims.nats, key.public, issued) is not None


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
