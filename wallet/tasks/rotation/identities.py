"""Another account or operator in the place of one: what hangs on its key goes over to the new one.

The old one stays as it is, with its signing keys and with the users that it revokes; servers that
know it go on with it until it is taken out. Nothing is revoked on the way: what was moved has its
old JWT in programs, and a new one here.
"""

from __future__ import annotations

from typing import Any

from wallet.errors import WalletError
from wallet.nats.claims.revocations import USERS, renamed, revocations
from wallet.nats.claims.signing_keys import scopes_in, signing_keys
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.rotation.references import (
    activated_anew,
    imports_in,
    naming,
)
from wallet.tasks.rotation.successors import free_name
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import is_system_account
from wallet.vault.signing.issuance import Issuing

_ITS_OWN = ("signing_keys", "revocations")
Json = Any


def identity_successor(
    records: Records, issuing: Issuing, old: KeyRecord, name: str, *, trusted: bool
) -> KeyRecord:
    """A new account or operator like `old`, with all that hung on it. Raises `UsageError`.

    `trusted`: it names the signing keys of the old one that are not here, too. Whoever had the
    old one's key may have put them there.
    """
    own = records.tokens.claims(old.id)
    with Seed.generate(old.kind) as seed:
        nats = _without_activations(naming(issuing.claims(old.id), old.public, seed.public.text))
        new = issuing.add(
            seed,
            name=name,
            under=old.parent,
            tags=old.tags,
            notes=old.notes,
            nats={key: value for key, value in nats.items() if key not in _ITS_OWN},
            expires=own.expires if own else None,
        )
    _import_as_before(records, issuing, old, new)
    take_over(records, issuing, old, new)
    if trusted:
        name_signing_keys_elsewhere(records, issuing, old, new)
    return records.get(new.id)


def name_signing_keys_elsewhere(
    records: Records, issuing: Issuing, giving: KeyRecord, taking: KeyRecord
) -> None:
    """Let one account or operator name the signing keys that only the other does, and that are
    not here."""
    if elsewhere := signing_keys_elsewhere(records, giving, taking):
        nats = issuing.claims(taking.id)
        entries = [*(nats.get("signing_keys") or []), *elsewhere.values()]
        issuing.edit(taking.id, {**nats, "signing_keys": entries})


def signing_keys_elsewhere(
    records: Records, old: KeyRecord, new: KeyRecord | None = None
) -> dict[str, Json]:
    """The signing keys that the one names, as it does, and the other, if any, does not, and that
    are not here: nothing can take their place. By public key."""
    before = records.tokens.claims(old.id)
    after = None if new is None else records.tokens.claims(new.id)
    if before is None:
        return {}
    known = {key.public for key in records.signing_keys(old.id)}
    known.update(signing_keys(after.nats) if after else ())
    scopes = scopes_in(before.nats)
    return {key: scopes.get(key, key) for key in signing_keys(before.nats) if key not in known}


def take_over(records: Records, issuing: Issuing, giving: KeyRecord, taking: KeyRecord) -> None:
    """Hang all that hangs on one account or operator on another, signed by it or by the like of
    the signing key that signed it. What other accounts import from it is another step."""
    records.deliveries.known_servers.inherit(giving.public, taking.public)
    revoke_likewise(records, issuing, giving, taking, users=False)
    _name_as_system_account(records, issuing, giving, taking)
    signers = _counterparts(records, issuing, giving, taking)
    revoked = revocations(issuing.claims(giving.id)) if giving.kind is Kind.ACCOUNT else {}
    for record in records.beneath(giving.id):
        own = records.tokens.claims(record.id)
        if record.revoked or (own is None and record.public in revoked):
            continue  # a JWT from elsewhere would let it in again
        try:
            issuing.adopt(record.id, taking.id, signers.get(own.issuer.text) if own else None)
        except WalletError as error:
            records.move(record.id, giving.id)
            issuing.left[record.path] = str(error)


def revoke_likewise(
    records: Records,
    issuing: Issuing,
    giving: KeyRecord,
    taking: KeyRecord,
    *,
    users: bool,
) -> None:
    """Let one account revoke the activations that another does, and with `users` their JWTs too."""
    if giving.kind is Kind.ACCOUNT:
        revoked = renamed(records.tokens.revoked(giving.id), giving.public, taking.public)
        if not users:
            revoked.pop(USERS, None)
        issuing.revoking.revoke_as_well(taking.id, revoked)


def lost_imports(records: Records, old: KeyRecord, new: KeyRecord) -> list[str]:
    """The subjects that the one account imports by an activation made for it, and the other not."""
    before, after = (records.tokens.claims(key.id) for key in (old, new))
    if before is None or after is None:
        return []
    there = {(one.get("account"), one.get("subject")) for one in imports_in(after.nats)}
    return [
        str(one.get("subject"))
        for one in imports_in(naming(before.nats, old.public, new.public))
        if one.get("token") and (one.get("account"), one.get("subject")) not in there
    ]


def _without_activations(nats: dict[str, Json]) -> dict[str, Json]:
    """The claims without the imports whose activation is made out to another account."""
    if not any(one.get("token") for one in imports_in(nats)):
        return nats
    return {**nats, "imports": [one for one in imports_in(nats) if not one.get("token")]}


def _name_as_system_account(
    records: Records, issuing: Issuing, giving: KeyRecord, taking: KeyRecord
) -> None:
    if is_system_account(records, giving):
        issuing.set_system_account(taking.id)


def _counterparts(
    records: Records, issuing: Issuing, giving: KeyRecord, taking: KeyRecord
) -> dict[str, str]:
    """The signing key of the one that is like each of the other's: made where there is none."""
    claims = records.tokens.claims(giving.id)
    named = signing_keys(claims.nats) if claims else []
    scopes = scopes_in(claims.nats) if claims else {}
    there = records.signing_keys(taking.id)
    mine = [key for key in records.signing_keys(giving.id) if key.public in named]
    counterparts: dict[str, str] = {}
    for key in mine:
        if key.rotating or key.status != "active":
            continue
        like = next((one for one in there if one.name == key.name), None)
        if like is None:
            with Seed.generate(key.kind) as seed:
                scope = scopes.get(key.public)
                like = issuing.add_signing_key(taking.id, seed, name=key.name, scope=scope)
            records.set_tags(like.id, key.tags)
            records.set_notes(like.id, key.notes)
        counterparts[key.public] = like.public
    return counterparts


def take_over_revoked(
    records: Records, issuing: Issuing, giving: KeyRecord, taking: KeyRecord
) -> None:
    """Hang the users that one account revokes on another, which revokes them as well: the JWTs
    that they had of it before would open it again."""
    if giving.kind is not Kind.ACCOUNT:
        return
    tokens = {
        user: claims
        for user in records.beneath(giving.id)
        if user.revoked and (claims := records.tokens.claims(user.id)) is not None
    }
    issued = {user.public: claims.issued or 0 for user, claims in tokens.items()}
    issuing.revoking.revoke_as_well(taking.id, {USERS: issued})
    for user, claims in tokens.items():
        name = free_name(records, user.name, taking.id)
        if name != user.name:
            records.rename(user.id, name)
        records.move(user.id, taking.id)
        records.tokens.set(user.id, claims.token)  # by which the tree shows it as revoked here too


def _import_as_before(records: Records, issuing: Issuing, old: KeyRecord, new: KeyRecord) -> None:
    """Let the new account import by activations made for it what the old one imports by its own.

    Where the exporting account cannot sign here, it is left: `lost_imports` tells of it.
    """
    again = [
        {**one, "token": token}
        for one in imports_in(naming(issuing.claims(old.id), old.public, new.public))
        if one.get("token")
        and (exporter := records.by_public(str(one.get("account")))) is not None
        and (token := activated_anew(issuing, exporter, old.public, new.public, one))
    ]
    if again:
        nats = issuing.claims(new.id)
        issuing.edit(new.id, {**nats, "imports": [*imports_in(nats), *again]})
