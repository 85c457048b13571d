"""The JWTs that two versions of a vault have of one key: read, put in order, compared. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from wallet.errors import JwtError
from wallet.nats import jwt
from wallet.nats.claims import union
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import latest
from wallet.nats.claims.union import Piece
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.vault.db.parts.merge import KeyState


@lru_cache(maxsize=4096)
def read(token: str) -> Claims | None:
    """The claims of a JWT; None where they cannot be read, or nobody signed them so."""
    try:
        return jwt.decode(token)
    except JwtError:
        return None


def claims_in(state: KeyState | None) -> Claims | None:
    """The claims of a key's JWT, where it has one that is properly signed and about that key."""
    claims = None if state is None or state.token is None else read(state.token)
    return claims if state and claims and claims.subject == state.public else None


def revocations_in(state: KeyState | None) -> dict[tuple[str, str], int]:
    """Everything that a version of an account revokes, also what its JWT lacks of that."""
    claims = claims_in(state)
    own = union.all_revocations(claims) if claims else {}
    return latest(own, *((state.missing, state.removed) if state else ()))


def counts_for_servers(public: str, states: Mapping[str, KeyState]) -> bool:
    """Whether a key of a version has a JWT that is not revoked, or signs for its owner.

    To delete such a one alone changes its owner's JWT as well, which revokes it or no longer names
    it: so it is known from one that was deleted along with its owner.
    """
    state = states[public]
    owner = states.get(state.parent or "")
    if state.signing:
        named = claims_in(owner)
        return named is not None and public in union.named_keys(union.pieces(named))
    claims = claims_in(state)
    if claims is None or state.kind is not Kind.USER:
        return claims is not None
    return issue_time(claims) > union.revoked_until(revocations_in(owner), public)


def is_vouched_for(state: KeyState, ours: Mapping[str, KeyState]) -> bool:
    """Whether a key that another vault has hangs beneath none of ours, or that signed it itself."""
    owner = ours.get(state.parent or "")
    if owner is None:
        return True
    of_owner, own = claims_in(owner), claims_in(state)
    named = union.named_keys(union.pieces(of_owner)) if of_owner else {}
    if state.signing:
        return state.public in named
    return own is not None and own.issuer.text in {owner.public, *named}


def issue_time(claims: Claims | None) -> int:
    """The time when a JWT was issued, seconds since 1970; -1 where there is none."""
    return -1 if claims is None else claims.issued or 0


def rank(claims: Claims) -> tuple[int, str]:
    """The order of JWTs about one key: by time, and where that is the same by their text."""
    return issue_time(claims), claims.token


def origin_time(state: KeyState | None, claims: Claims) -> int:
    """The origin of a JWT that stands for those of two versions, else when it was issued."""
    joined = state is not None and state.stands_since == claims.issued
    return state.origin or 0 if state is not None and joined else issue_time(claims)


def unlike(ours: Mapping[Piece, Any], theirs: Mapping[Piece, Any]) -> tuple[str, str]:
    """Tell in words, for each of two JWTs, all that only it says."""
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    sides = [few([union.in_words(name, of.get(name)) for name in names]) for of in (ours, theirs)]
    return sides[0], sides[1]


def done_since(state: KeyState, before: KeyState) -> str:
    """Tell whether a key or its JWT was changed, or else was tested; empty where neither."""
    fields = ("parent", "signing", "name", "status", "notes", "unsigned", "has_seed", "token")
    if any(getattr(state, field) != getattr(before, field) for field in fields):
        return "changed since"
    if set(state.tags) != set(before.tags):
        return "changed since"
    return "tested since" if (state.tested or 0) > (before.tested or 0) else ""


def was_moved(before: KeyState, states: Mapping[str, KeyState]) -> bool:
    """Whether a key hangs beneath another one than it did."""
    now = states.get(before.public)
    return now is not None and now.parent != before.parent
