"""The rules of who may sign whose JWT in a vault, with which tags, and of which JWTs are no longer
right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wallet.nats.claims import content as fields
from wallet.nats.claims.signing_keys import scope_of, signing_keys
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


@dataclass(frozen=True, slots=True)
class Signer:
    """A key whose seed is here and that may sign; `scoped` when it gives its users their limits."""

    record: KeyRecord
    scoped: bool


def owner_of(records: Records, record: KeyRecord) -> KeyRecord | None:
    """The key that answers for `record`: an operator for itself, else what it hangs beneath."""
    if record.kind is Kind.OPERATOR:
        return record
    return None if record.parent is None else records.get(record.parent)


def is_system_account(records: Records, account: KeyRecord) -> bool:
    """Whether the JWT of an account's operator names it as the system account."""
    operator = owner_of(records, account)
    claims = None if operator is None else records.tokens.claims(operator.id)
    named = None if claims is None else claims.nats.get("system_account")
    return account.kind is Kind.ACCOUNT and named == account.public


def has_operator(records: Records, record: KeyRecord) -> bool:
    """Whether the chain above a key, or the key itself, reaches an operator."""
    top = record
    while top.parent is not None:
        top = records.get(top.parent)
    return top.kind is Kind.OPERATOR


def is_strict(records: Records, owner: KeyRecord) -> bool:
    """Whether `owner`'s operator lets no identity key sign accounts and users."""
    operator = owner if owner.kind is Kind.OPERATOR else owner_of(records, owner)
    claims = None if operator is None else records.tokens.claims(operator.id)
    return claims is not None and claims.nats.get("strict_signing_key_usage") is True


def signers(records: Records, kind: Kind, owner: KeyRecord) -> list[Signer]:
    """List who may sign JWTs of this kind for `owner` and has its seed here, the plainest first.

    Signing keys that are being rotated out come last of their like.
    """
    identity = [Signer(owner, scoped=False)] if owner.has_seed else []
    if kind is Kind.OPERATOR:
        return identity
    claims = records.tokens.claims(owner.id)
    named = signing_keys(claims.nats) if claims else []
    plain: list[Signer] = []
    scoped: list[Signer] = []
    for key in sorted(records.signing_keys(owner.id), key=lambda key: key.rotating):
        if key.has_seed and key.status == "active" and key.public in named:
            is_scoped = claims is not None and scope_of(claims.nats, key.public) is not None
            (scoped if is_scoped else plain).append(Signer(key, is_scoped))
    if is_strict(records, owner):
        identity = []
    return [*identity, *plain, *(scoped if kind is Kind.USER else [])]


def may_sign(records: Records, record: KeyRecord, signer: str) -> bool:
    """Whether the key with the public half `signer` can sign `record` here."""
    owner = owner_of(records, record)
    able = signers(records, record.kind, owner) if owner else []
    return signer in {one.record.public for one in able}


def is_right(records: Records, record: KeyRecord, claims: Claims) -> bool:
    """Whether a server would still take this JWT from its signer, and its limits with it."""
    if record.kind is Kind.OPERATOR:
        return claims.issuer.text == record.public
    owner = owner_of(records, record)
    above = None if owner is None else records.tokens.claims(owner.id)
    if owner is None or above is None:
        return False
    issuer = claims.issuer.text
    if issuer == owner.public:
        return not is_strict(records, owner)
    if issuer not in signing_keys(above.nats):
        return False
    if record.kind is not Kind.USER:
        return True
    if claims.issuer_account != owner.public:
        return False
    scoped = scope_of(above.nats, issuer) is not None
    limits = [name for name in fields.SCOPED_FIELDS if claims.nats.get(name)]
    return not limits if scoped else "subs" in limits


def nobody_signs(record: KeyRecord, owner: KeyRecord | None) -> str:
    """Say why there is nobody who could sign a key's JWT, and what to do."""
    if owner is None:
        return f"{record.path} hangs beneath nothing that could sign a JWT for it."
    whose = "its own seed" if owner.id == record.id else f"the seed of {owner.path}"
    return (
        f"The JWT of {record.path} cannot be signed here: {whose}, or of one of its signing "
        "keys, is not in this wallet, or strict signing keeps it from signing. Bring that seed "
        "in, or have the JWT signed where it is."
    )


def with_tags(
    record: KeyRecord, own: Claims | None, nats: Mapping[str, Any]
) -> tuple[Mapping[str, Any], set[str]]:
    """Put the tags that a key has here into its claims; name those that this takes away."""
    given = nats.get("tags") or []
    if not isinstance(given, list):
        return nats, set()  # checked later, and refused
    before = own.tags if own else ()
    dropped = {tag for tag in before if tag not in given}
    added = [tag for tag in record.tags if tag not in given and tag not in dropped]
    return ({**nats, "tags": [*given, *added]} if added else nats), dropped
