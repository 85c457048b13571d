"""JWTs of anybody's: read by the types that their fields must have, and why no server takes one.

Pure. Many chains share an account, so that what was found out of a JWT is kept for a while.
"""

from __future__ import annotations

import copy
from dataclasses import replace

from wallet.nats.jwt import SUBJECT_KINDS, Claims
from wallet.nats.nkeys import Kind
from wallet.nats.validation.claim_flaws import flaws
from wallet.nats.validation.flaw import About, Effect, Flaw, Json


def typed(claims: Claims) -> Claims:
    """The claims without what is not of its type: whoever uses them need not look again."""
    wrong = [flaw for flaw in found_in(claims) if flaw.mistyped]
    if not wrong:
        return claims
    nats: Json = copy.deepcopy(claims.payload.get("nats"))  # as it came: `claims` may be typed
    # From the end, so that places in lists stay what they are.
    for flaw in sorted(wrong, key=Flaw.order, reverse=True):
        *way, last = flaw.path
        place = nats
        for step in way:
            place = place[step]
        del place[last]
    return replace(claims, nats=nats)


def refusals(claims: Claims) -> list[Flaw]:
    """Say why every server refuses this JWT whole, whenever it is shown."""
    return [flaw for flaw in found_in(claims) if flaw.effect is Effect.REFUSED]


def left_out(claims: Claims, now: float) -> list[Flaw]:
    """List what servers take and leave out, or take otherwise than meant; `now` as of a clock."""
    flawed = found_in(claims)
    if claims.type == "account" and claims.nats.get("imports"):  # activations expire
        about = About(claims.subject, now)
        flawed = tuple(flaws(Kind.ACCOUNT, claims.payload.get("nats") or {}, about))
    return [flaw for flaw in flawed if flaw.effect is not Effect.REFUSED]


def found_in(claims: Claims) -> tuple[Flaw, ...]:
    """Everything that is wrong with an operator's, account's or user's claims as they came."""
    kind = SUBJECT_KINDS.get(claims.type)
    if kind is None:
        return ()
    flawed = _kept.get(claims.token)
    if flawed is None:
        nats = claims.payload.get("nats") or {}
        flawed = tuple(flaws(kind, nats, About(claims.subject)))
        if len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[claims.token] = flawed
    return flawed


_MOST_KEPT = 64
_kept: dict[str, tuple[Flaw, ...]] = {}  # of the JWTs looked at last, by their text
