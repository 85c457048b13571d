"""The `nats` part of a JWT: what a new one says, and whether it can be signed. Pure.

What is wrong with it, `validation` finds: `check` refuses claims that no server would take as
they are meant, before they are signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wallet.errors import UsageError
from wallet.nats.jwt_layout import UNLIMITED, unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind
from wallet.nats.validation.claim_flaws import NOBODY, flaws
from wallet.nats.validation.fields import (
    ACCOUNT_LIMITS,
    CONNECTION_TYPES,
    EVERYBODY,
    FIELDS,
    JETSTREAM_LIMITS,
    USER_LIMITS,
)
from wallet.nats.validation.flaw import About, Effect, Flaw
from wallet.text import an, holds_seed

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
        raise UsageError(
            f"Operators, accounts and users have a JWT; {an(kind.value)} key has none."
        )
    all_flaws = flaws(kind, nats, about)
    told = [flaw for flaw in all_flaws if flaw.effect in {Effect.SOMETIMES, Effect.LEFT_OUT}]
    if len(told) < len(all_flaws):
        raise UsageError(f"{reason(kind, all_flaws)} Nothing was changed.")
    return told


def refuse_new_seed(nats: Mapping[str, Json], before: Mapping[str, Json]) -> None:
    """Raise `UsageError` for claims with a seed in them that those of before have not."""
    if _texts_with_seeds(nats) - _texts_with_seeds(before):
        raise UsageError(
            "There is a seed in it. Servers, and whoever connects, get JWTs. Nothing was changed."
        )


def _texts_with_seeds(value: Json) -> set[str]:
    if isinstance(value, Mapping):
        return _texts_with_seeds([*value.keys(), *value.values()])
    if isinstance(value, list):
        return set().union(*map(_texts_with_seeds, value))
    # By chance a part of a JWT, an activation, may look like one.
    is_one = isinstance(value, str) and not value.startswith("eyJ") and holds_seed(value)
    return {str(value)} if is_one else set()


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


def few(names: Sequence[str]) -> str:
    """The first of these, and how many more there are."""
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


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
