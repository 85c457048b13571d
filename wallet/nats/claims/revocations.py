"""The revocations in an account's JWT, each until when: of its users, and within each export of
the accounts that were given activations. Pure.

A revocation is never taken back: who is let in again has something that was issued later. So two
versions of an account are united by what both revoke, and what one lacks is seen by `lacking`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from wallet.nats.subjects import overlap
from wallet.nats.validation.fields import EVERYBODY

__all__ = ["EVERYBODY"]

Json = Any
_Who = TypeVar("_Who")
Place = tuple[str, str]
"""Where a list of revocations stands: the kind and the subject of an export, or `USERS`."""
USERS: Place = ("", "")
"""The place of an account's own list, which revokes its users."""
Revocations = Mapping[Place, Mapping[str, int]]
"""Whom an account revokes, by place: public keys, or `*`, each with the last second since 1970 of
which nothing counts any more."""


# --- one list -----------------------------------------------------------------------------------


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


def last_revoked(account: Mapping[str, Json], subject: str, issued: int | None) -> int | None:
    """The last second since 1970 of whose JWTs none of a user counts, where an account's claims
    revoke the one that was issued then; None where they do not."""
    if revoked_as(account, subject, issued) is None:
        return None
    return after_revocations(account, subject) - 1


def after_revocations(account: Mapping[str, Json], subject: str) -> int:
    """The first second since 1970 in which a JWT can be issued to a user that is not revoked."""
    named = revocations(account)
    return max(named.get(subject, -1), named.get(EVERYBODY, -1)) + 1


def latest(*each: Mapping[_Who, int]) -> dict[_Who, int]:
    """Everything that these revoke; of several times for one the latest."""
    until: dict[_Who, int] = {}
    for revoked in each:
        for who, at in revoked.items():
            until[who] = max(at, until.get(who, at))
    return until


# --- all lists of an account --------------------------------------------------------------------


def all_revocations(account: Mapping[str, Json]) -> dict[Place, dict[str, int]]:
    """All that an account's claims revoke: users, and activations in each of its exports."""
    lists = {USERS: revocations(account)}
    for place, export in _exports(account):
        lists[place] = latest(lists.get(place, {}), revocations(export))
    return {place: revoked for place, revoked in lists.items() if revoked}


def united(one: Revocations, other: Revocations) -> dict[Place, Mapping[str, int]]:
    """All that either revokes; of two times for one the later."""
    return {
        place: latest(one.get(place, {}), other.get(place, {})) for place in {**one, **other}
    }  # fmt: skip


def lacking(account: Mapping[str, Json], wanted: Revocations) -> dict[Place, dict[str, int]]:
    """The part of `wanted` that an account's claims do not revoke, or not for so long.

    What was revoked in an export that is there no longer is wanted of each export of that kind
    that shares a subject with it: what was activated for the one could be imported of the other.
    Where there is none nothing can be imported, and nothing is lacking.
    """
    lists = _lists(account)
    lost: dict[Place, dict[str, int]] = {}
    for place, revoked in wanted.items():
        for target in standing_for(place, lists):
            here = lists[target]
            everybody = here.get(EVERYBODY, -1)
            lost.setdefault(place, {}).update(
                (who, at) for who, at in revoked.items() if at > max(here.get(who, -1), everybody)
            )
    return {place: revoked for place, revoked in lost.items() if revoked}


def with_revocations(account: Mapping[str, Json], wanted: Revocations) -> dict[str, Json]:
    """The claims that revoke all of `wanted` too, each in its place, as `lacking` reads them.

    What is no list of revocations stays as it is, to be refused where claims are checked.
    """
    lists = _lists(account)
    more: dict[Place, dict[str, int]] = {}
    for place, revoked in wanted.items():
        for target in standing_for(place, lists):
            more[target] = latest(more.get(target, {}), revoked)
    claims = {**account}
    if USERS in more:
        claims["revocations"] = _joined(account.get("revocations"), more[USERS])
    if any(place != USERS for place in more):
        claims["exports"] = [
            {**one, "revocations": _joined(one.get("revocations"), more[export_place(one)])}
            if isinstance(one, Mapping) and export_place(one) in more
            else one
            for one in account["exports"]
        ]
    return claims


def without_place(account: Mapping[str, Json], revoked: Revocations) -> dict[Place, dict[str, int]]:
    """Pick out what is revoked in exports that an account's claims do not have."""
    places = {USERS, *(place for place, _ in _exports(account))}
    return {place: dict(whom) for place, whom in revoked.items() if place not in places}


def renamed(revoked: Revocations, before: str, after: str) -> dict[Place, Mapping[str, int]]:
    """Put another account's key in the place of one in the subjects of exports."""
    return {
        (kind, ".".join(after if part == before else part for part in subject.split("."))): whom
        for (kind, subject), whom in revoked.items()
    }


def in_words(revoked: Revocations) -> list[str]:
    """Name who is revoked: a user by its key, an activation by whose and of what it is."""
    return [
        _whose(place, who) for place, whom in revoked.items() for who in whom
    ]  # fmt: skip


def _whose(place: Place, who: str) -> str:
    if place == USERS:
        return who
    return f"the activation of {who} of {' '.join(place)}"


def export_place(export: Mapping[str, Json]) -> Place:
    """The place of the list of revocations that an export has."""
    return str(export.get("type") or ""), str(export.get("subject") or "")


def _exports(account: Mapping[str, Json]) -> Iterator[tuple[Place, Mapping[str, Json]]]:
    listed = account.get("exports")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, Mapping):
            yield export_place(one), one


def _lists(account: Mapping[str, Json]) -> dict[Place, dict[str, int]]:
    """The list in each place that an account has, the empty ones too; of a place that stands
    twice, what both say."""
    lists = {USERS: revocations(account)}
    for place, export in _exports(account):
        own = revocations(export)
        lists[place] = _earlier(lists[place], own) if place in lists else own
    return lists


def standing_for(place: Place, lists: Collection[Place]) -> list[Place]:
    """The places in which something counts that was revoked in one."""
    if place in lists:
        return [place]
    kind, subject = place
    return [other for other in lists if other[0] == kind and overlap(subject, other[1])]


def _earlier(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {who: min(at, other[who]) for who, at in one.items() if who in other}


def _joined(listed: Json, more: Mapping[str, int]) -> Json:
    """A list of revocations as it stands in claims, with more in it."""
    if not isinstance(listed or {}, dict):
        return listed
    given = listed or {}
    return {
        **given,
        **{
            who: at
            for who, at in more.items()
            if type(given.get(who)) is not int or at > given[who]
        },
    }
