"""Whether a key is in force: said by the JWT above it, or by a list."""

from __future__ import annotations

from wallet.nats.claims.revocations import revocations, revoked_as
from wallet.nats.claims.signing_keys import signing_keys
from wallet.nats.nkeys import Kind
from wallet.vault.db.parts.rotations import Rotation
from wallet.vault.key_record import PARENTS, KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.closure import is_shut


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


def account_that_revokes(records: Records, rotation: Rotation) -> KeyRecord | None:
    """The account whose JWT revokes the user that a rotation took out, also one that was deleted
    since; None for any other key, and while no JWT says so."""
    leaving = records.by_public(rotation.leaving)
    key = leaving or records.by_public(rotation.staying)
    account = above(records, key) if key is not None and is_signed(records, key) else None
    claims = None if account is None else records.tokens.claims(account.id)
    if claims is None:
        return None
    gone = leaving is None and rotation.leaving in revocations(claims.nats)
    return account if gone or (leaving is not None and is_out(records, leaving)) else None
