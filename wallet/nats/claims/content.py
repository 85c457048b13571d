"""The `nats` part of a JWT: its signing keys, scopes and revocations. Pure.

What is wrong with it, `validation` finds: `check` refuses claims that no server would take as
they are meant, before they are signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wallet.errors import UsageError
from wallet.nats.jwt_layout import UNLIMITED, unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind
from wallet.nats.validation.fields import (
    ACCOUNT_LIMITS,
    CONNECTION_TYPES,
    EVERYBODY,
    FIELDS,
    JETSTREAM_LIMITS,
    USER_LIMITS,
)
from wallet.nats.validation.flaw import About, Effect, Flaw
from wallet.nats.validation.whole import NOBODY, flaws

__all__ = ["ACCOUNT_LIMITS", "CONNECTION_TYPES", "EVERYBODY", "JETSTREAM_LIMITS", "USER_LIMITS"]

Json = Any

# What a user must not carry when a scoped signing key signs: the scope says it.
SCOPED_FIELDS = (
    *("pub", "sub", "resp", "src", "times", "times_location", *USER_LIMITS),
    *("bearer_token", "proxy_required", "allowed_connection_types"),
)
# What a server's configuration can say of a user that has no JWT.
CONFIGURED_FIELDS = ("pub", "sub", "resp", "allowed_connection_types")


def starting(kind: Kind) -> dict[str, Json]:
    """The claims that a new key of this kind begins with: no limits, no restrictions."""
    if kind is Kind.USER:
        return unlimited_user()
    return unlimited_account() if kind is Kind.ACCOUNT else {}


def check(kind: Kind, nats: Mapping[str, Json], about: About = NOBODY) -> list[Flaw]:
    """Raise `UsageError`, naming the field, for claims that a server would not take as meant.

    Gives what is to be told besides: what only some servers refuse, and what they leave out.
    """
    if kind not in FIELDS:
        raise UsageError(f"Operators, accounts and users have a JWT; a {kind.value} key has none.")
    all_flaws = flaws(kind, nats, about)
    told = [flaw for flaw in all_flaws if flaw.effect in {Effect.SOMETIMES, Effect.LEFT_OUT}]
    if len(told) < len(all_flaws):
        raise UsageError(f"{reason(kind, all_flaws)} Nothing was changed.")
    return told


def reason(kind: Kind, flawed: Sequence[Flaw]) -> str:
    """Say the first thing that is wrong with claims, and what comes of it."""
    first, others = flawed[0], len([one for one in flawed if one.effect is flawed[0].effect]) - 1
    more = f" (and {others:,} more)" if others else ""
    return f"{first}{more}. {_CONSEQUENCES[first.effect, kind]}"


_REFUSED, _MISTAKEN = Effect.REFUSED, Effect.MISTAKEN
_CONSEQUENCES = {
    (_REFUSED, Kind.OPERATOR): "NATS' tools and servers refuse an operator's JWT with that.",
    (_REFUSED, Kind.ACCOUNT): "Every server refuses the whole JWT of the account with that, "
    "and lets none of its users in.",
    (_REFUSED, Kind.USER): "Every server refuses a user's JWT with that.",
    **{(_MISTAKEN, kind): "Servers would not take it as it is meant." for kind in FIELDS},
    **{(Effect.SOMETIMES, kind): "Some servers refuse the whole JWT with that." for kind in FIELDS},
    **{(Effect.LEFT_OUT, kind): "Servers take the JWT without it." for kind in FIELDS},
}


def scope_of(account: Mapping[str, Json], key: str) -> dict[str, Json] | None:
    """The scope that an account's claims give its signing key, None for a plain one."""
    return scopes_in(account).get(key)


def scopes_in(account: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """The scopes that an account's claims give its signing keys, by public key."""
    scopes: dict[str, dict[str, Json]] = {}
    for entry in _signers(account):
        # Of a key that stands there twice, Go takes what comes last.
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            scopes[entry["key"]] = entry
        elif isinstance(entry, str):
            scopes.pop(entry, None)
    return scopes


def signing_keys(nats: Mapping[str, Json]) -> list[str]:
    """The public keys that an operator's or account's claims name as its signing keys."""
    keys = [entry.get("key") if isinstance(entry, dict) else entry for entry in _signers(nats)]
    return [key for key in keys if isinstance(key, str)]


def revocations(account: Mapping[str, Json]) -> dict[str, int]:
    """The keys (or `*`) that an account's claims revoke, and until when: seconds since 1970.

    An export takes activations back as an account does its users' JWTs: all that is about
    revocations here reads one, too, with the importing accounts in the place of users.
    """
    revoked = account.get("revocations")
    if not isinstance(revoked, dict):
        return {}
    return {key: at for key, at in revoked.items() if type(at) is int}


def revoked_as(account: Mapping[str, Json], subject: str, issued: int | None) -> str | None:
    """Under which name an account's claims revoke a user's JWT: its public key, or `*` for all.

    None where they do not. A JWT is revoked that was issued no later than the revocation says.
    Source: nats-io/jwt v2, `RevocationList.IsRevoked`.
    """
    named = revocations(account)
    times = ((name, named.get(name)) for name in (subject, EVERYBODY))
    return next((name for name, at in times if at is not None and (issued or 0) <= at), None)


def after_revocations(account: Mapping[str, Json], subject: str) -> int:
    """The first second since 1970 in which a JWT can be issued to a user that is not revoked."""
    named = revocations(account)
    return max(named.get(subject, -1), named.get(EVERYBODY, -1)) + 1


def with_revocations_of(
    before: Mapping[str, Json], nats: Mapping[str, Json]
) -> tuple[Mapping[str, Json], list[str]]:
    """The claims with each revocation that they had `before`, and whose they were without.

    Who writes an account's claims anew may have read them before a user was revoked.
    """
    given = nats.get("revocations") or {}
    if not isinstance(given, dict):
        return nats, []  # checked later, and refused
    now = revocations(nats)
    lost = {who: at for who, at in revocations(before).items() if at > now.get(who, -1)}
    return ({**nats, "revocations": {**given, **lost}} if lost else nats), list(lost)


def few(names: Sequence[str]) -> str:
    """The first of these, and how many more there are."""
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def with_signing_key(
    nats: Mapping[str, Json], key: str, scope: Mapping[str, Json] | None
) -> dict[str, Json]:
    """The claims with this signing key among its own: plain, or with `scope`.

    A scope has `role`, `description` and `template`, the fields of its users.
    """
    others = without_signing_key(nats, key).get("signing_keys") or []
    entry: Json = key
    if scope is not None:
        template = {**unlimited_user(), **scope.get("template", {})}
        entry = {"description": "", "role": "", **scope, "kind": "user_scope", "key": key}
        entry["template"] = template
    return {**nats, "signing_keys": [*others, entry]}


def without_signing_key(nats: Mapping[str, Json], key: str) -> dict[str, Json]:
    """The claims without this signing key."""

    def is_other(entry: Json) -> bool:
        return (entry.get("key") if isinstance(entry, dict) else entry) != key

    return {
        **nats,
        "signing_keys": [entry for entry in _signers(nats) if is_other(entry)],
    }


def _signers(nats: Mapping[str, Json]) -> list[Json]:
    """The signing keys as they are listed, whatever a JWT from elsewhere has in their place."""
    entries = nats.get("signing_keys")
    return entries if isinstance(entries, list) else []


def fitted(nats: Mapping[str, Json], *, scoped: bool) -> dict[str, Json]:
    """A user's claims as its signer demands them.

    Under a scoped key they carry no limit and no permission, not even −1; under any other, a
    limit left out is 0, which forbids, so all are there.
    """
    if scoped:
        return {name: value for name, value in nats.items() if name not in SCOPED_FIELDS}
    return {**unlimited_user(), **nats}


def given_beyond(nats: Mapping[str, Json], before: Mapping[str, Json]) -> list[str]:
    """The limits and permissions in `nats` that say something, and were not so before."""
    nothing: tuple[Json, ...] = (None, {}, [], "", False, UNLIMITED)
    return [
        name
        for name in SCOPED_FIELDS
        if nats.get(name) not in nothing and nats.get(name) != before.get(name)
    ]
