"""The new key that takes the place of one, and is like it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from wallet.errors import StateRefusesError
from wallet.nats.claims import signing_keys
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.keys.scopes import scope_of
from wallet.tasks.rotation.force import above, is_out
from wallet.vault.key_record import NAME_LENGTH, KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import signers
from wallet.vault.signing.issuance import Issuing


def successor(records: Records, issuing: Issuing, old: KeyRecord) -> KeyRecord:
    """A new key like `old`, by its name of before."""
    own = records.tokens.claims(old.id)
    now = int(time.time())
    expires = begins = signer = None
    if own is not None:
        signer = _signer_like(records, old)
        if own.expires is not None:  # as long a life as the old one had, counted from now
            life = own.expires - (own.issued or now)
            expires = now + life if life > 0 else own.expires  # it never lived: nor does this one
        begins = own.not_before if own.not_before and own.not_before > now else None
    with Seed.generate(old.kind) as seed:
        new = issuing.add(
            seed,
            name=old.name,
            under=old.parent,
            tags=old.tags,
            notes=old.notes,
            nats=issuing.claims(old.id),
            expires=expires,
            signer=signer,
        )
    if begins is not None:
        issuing.edit(new.id, issuing.claims(new.id), not_before=begins)
    if is_out(records, records.get(new.id)):  # everybody was revoked within this second
        issuing.revoking.allow_again(new.id)
    return records.get(new.id)


def signing_successor(records: Records, issuing: Issuing, old: KeyRecord) -> KeyRecord:
    """A new signing key of the same owner and role, which signs anew what the old one signed."""
    with Seed.generate(old.kind) as seed:
        new = issuing.add_signing_key(
            old.parent or 0, seed, name=old.name, scope=scope_of(records, old)
        )
    records.set_tags(new.id, old.tags)
    records.set_notes(new.id, old.notes)
    issuing.sign_by(old.public, new.public)
    return records.get(new.id)


def _signer_like(records: Records, old: KeyRecord) -> str | None:
    """The key that signed a user's JWT, where it has to sign the next one too; None for any.

    Raises `UsageError` where a role's signing key is not here to sign.
    """
    account, own = above(records, old), records.tokens.claims(old.id)
    if account is None or own is None:
        return None
    issuer = own.issuer.text
    able = {signer.record.public for signer in signers(records, Kind.USER, account)}
    if issuer in able:
        return issuer
    claims = records.tokens.claims(account.id)
    if claims is not None and signing_keys.scope_of(claims.nats, issuer) is not None:
        raise StateRefusesError(
            f"{old.path} has its limits from the role of signing key {issuer}, and that one is "
            "not here to sign, or not in use. Bring in its seed, or give the user another signer."
        )
    return None


def free_name(records: Records, wanted: str, parent: int | None) -> str:
    """`wanted`, or it with the next number behind it that no sibling has."""
    taken = names_beneath(records, parent)
    number, name = 1, wanted[-NAME_LENGTH:]
    while name in taken:
        number += 1
        ending = f"-{number}"
        name = wanted[: NAME_LENGTH - len(ending)] + ending
    return name.strip()


def names_beneath(records: Records, parent: int | None) -> set[str]:
    siblings: Iterable[KeyRecord]
    if parent is None:
        siblings = (record for record in records.all() if record.parent is None)
    else:
        siblings = [*records.beneath(parent), *records.signing_keys(parent)]
    return {record.name for record in siblings}
