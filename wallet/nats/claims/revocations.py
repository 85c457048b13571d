"""Whom an account's JWT revokes, and until when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wallet.nats.validation.fields import EVERYBODY

__all__ = ["EVERYBODY"]

Json = Any


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
