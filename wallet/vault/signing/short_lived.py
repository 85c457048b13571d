"""Short-lived users: each has the permissions of another user, and its seed is not kept."""

from __future__ import annotations

import time

from wallet.errors import StateRefusesError, UsageError
from wallet.nats import jwt
from wallet.nats.claims import content as fields
from wallet.nats.claims.revocations import after_revocations
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind, PublicKey, decode_public
from wallet.shell import command
from wallet.text import an
from wallet.vault.key_record import NAME_LENGTH, SHORT_LIVED, TAGS, KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.authority import Signer, is_right, owner_of, signers

_SIGNED_AT_ONCE = 60  # seconds within which the first JWT of a new user is signed

_REFUSED = {"retired", "revoked", "expired"}


def require_usable(record: KeyRecord) -> None:
    """Raise `UsageError` for a key that creds are not given out of."""
    if record.kind is not Kind.USER:
        raise UsageError(f"{record.path} is {an(record.role)}, and creds are a user's.")
    if not record.has_jwt:
        raise StateRefusesError(
            f"{record.path} has no JWT, so it has no creds: they are for servers with an operator. "
            "Put its account under one, or use its seed."
        )
    if record.state in _REFUSED:
        refused = StateRefusesError(
            f"{record.path} is {record.state}, so no creds of it are given out."
        )
        export = command("export", record.path, ("--as", "creds"), ("--to", "FILE"))
        who = (
            "servers that have that revocation" if record.revoked and record.unproved else "servers"
        )
        known = "" if record.state == "retired" else f"; {who} refuse them"
        refused.on_command_line = f"`{export}` writes them all the same{known}."
        raise refused


def add_short_lived(records: Records, user: KeyRecord, public: PublicKey, lasts: int) -> KeyRecord:
    """Keep the public half of a new user that may do what `user` may, for `lasts` seconds.

    Its JWT says `user`'s name, which a role may go by, and never ends later than `user`'s own.
    Raises `UsageError` where `user` is no user in force, or nobody here can sign the same for
    another.
    """
    require_usable(user)
    own, account = records.tokens.claims(user.id), owner_of(records, user)
    if own is None or account is None or own.version == 1 or not is_right(records, user, own):
        raise StateRefusesError(
            f"Servers do not take the JWT of {user.path} as it is, so none is made like it. Sign "
            f"it anew first: edit {user.path}"
        )
    signer = _signer_like(records, user, own, account)
    nats = {name: value for name, value in own.nats.items() if name not in {"type", "version"}}
    nats.pop("issuer_account", None)
    if signer.record.signing:
        nats["issuer_account"] = account.public
    fields.check(Kind.USER, nats)
    now = int(time.time())
    ends = min(now + lasts, own.expires or now + lasts)
    above = records.tokens.claims(account.id)
    not_revoked = after_revocations(above.nats, public.text) if above else 0
    with records.open_seed(decode_public(signer.record.public)) as seed:
        token = jwt.issue(
            seed,
            public,
            nats,
            issued=max(now, not_revoked),
            name=own.name,
            expires=ends,
            not_before=own.not_before,
            audience=own.audience,
        )
    suffix = f"-short-{public.text[-8:]}"
    name = user.name[: NAME_LENGTH - len(suffix)].rstrip() + suffix
    new_user = records.add_public(public, name=name, under=account.id)
    records.tokens.set(new_user.id, token)
    records.set_tags(new_user.id, (SHORT_LIVED, *records.get(new_user.id).tags[: TAGS - 1]))
    return records.get(new_user.id)


def is_spent(records: Records, user: KeyRecord) -> bool:
    """Whether a short-lived user has ended so that there is nothing left of it to revoke.

    Not one that was signed anew: an earlier JWT of it may last longer.
    """
    own = records.tokens.claims(user.id)
    signed_once = (
        own is not None and (own.issued or 0) <= user.created.timestamp() + _SIGNED_AT_ONCE
    )
    return user.is_spent and signed_once


def take_out_spent(records: Records) -> int:
    """Delete the short-lived users that have ended for over a day; how many.

    Nothing is revoked by that: no server takes their JWTs any more, and the history keeps to whom
    they were given.
    """
    ended = map(records.get, records.expiring(0, int(time.time())))
    spent = [user for user in ended if not user.rotating and is_spent(records, user)]
    for user in spent:
        records.delete(user.id)
    return len(spent)


def _signer_like(records: Records, user: KeyRecord, own: Claims, account: KeyRecord) -> Signer:
    """Choose who signed `user`'s JWT; else one without a role, if the JWT has limits of its own."""
    able = signers(records, Kind.USER, account)
    for signer in able:
        if signer.record.public == own.issuer.text:
            return signer
    plain = next((signer for signer in able if not signer.scoped), None)
    if plain is None or "subs" not in own.nats:
        raise StateRefusesError(
            f"Nobody here can sign what {user.path} may for another: the seed of the key that "
            f"signed it, {own.issuer.text}, is not here or not in use. Bring it in."
        )
    return plain
