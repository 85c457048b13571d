"""Whether NATS takes claims, before they are signed and after: what is wrong, and where. Pure.

What the JWT library finds that servers use (`Validate`), what its reading of JSON refuses, and
what nats-server does on top. Every text costs work bounded by its length.

Source: nats-io/jwt v2.8.2; nats-server 2.15.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from wallet.nats.nkeys import Kind
from wallet.nats.validation import account_rules
from wallet.nats.validation.fields import FIELDS
from wallet.nats.validation.flaw import (
    LEAVE_OUT,
    About,
    Effect,
    Flaw,
    Json,
    Path,
    Review,
    in_order,
)
from wallet.nats.validation.imports import imports
from wallet.nats.validation.mappings import mappings
from wallet.nats.validation.shapes import object_of

NOBODY = About()
_ORDER = {effect: place for place, effect in enumerate(Effect)}
_Rule = Callable[[Review, Mapping[str, Json]], None]
# What must fit together, and the fields that must be right for it to be looked at.
_RULES: dict[Kind, tuple[tuple[_Rule, set[str]], ...]] = {
    Kind.OPERATOR: ((account_rules.system_account, {"system_account"}),),
    Kind.ACCOUNT: (
        (imports, {"imports"}),
        (account_rules.exports, {"exports"}),
        (account_rules.limits, {"limits", "imports", "exports"}),
        (mappings, {"mappings"}),
        (account_rules.authorization, {"authorization"}),
        (account_rules.trace, {"trace"}),
    ),
}


def flaws(kind: Kind, nats: Mapping[str, Json], about: About = NOBODY) -> list[Flaw]:
    """Everything that is wrong with the `nats` fields of an operator, account or user.

    What makes servers refuse them whole comes first.
    """
    review = Review(about)
    object_of(FIELDS[kind])(review, (), nats)
    if not isinstance(nats, Mapping):
        return review.flaws
    broken = {flaw.path[0] for flaw in review.flaws if flaw.effect is Effect.REFUSED}
    for rule, needs in _RULES.get(kind, ()):
        if not broken & needs:
            rule(review, nats)
    return sorted(review.flaws, key=lambda flaw: _ORDER[flaw.effect])


def refused(kind: Kind, nats: Mapping[str, Json], about: About = NOBODY) -> list[Flaw]:
    """Give the flaws in claims for which every server refuses the JWT whole."""
    return [flaw for flaw in flaws(kind, nats, about) if flaw.effect is Effect.REFUSED]


def mended(
    kind: Kind, nats: Mapping[str, Json], about: About = NOBODY
) -> tuple[dict[str, Json], list[Flaw]]:
    """The claims without what makes servers refuse them whole, and what was mended so.

    What is wrong is left out, a limit that is passed is lifted. Nothing narrow becomes wide: an
    export, an import or a mapping goes as a whole, and permissions, limits and callouts stay as
    they are, for a person to decide.
    """
    claims: dict[str, Json] = copy.deepcopy(dict(nats))
    done: list[Flaw] = []
    while True:
        places = {_place(flaw): flaw for flaw in refused(kind, claims, about)}
        # From the end, so that places in lists stay what they are.
        order = sorted(filter(None, places), key=in_order, reverse=True)
        mended_now = [places[path] for path in order if _put(claims, path, places[path])]
        if not mended_now:
            return claims, done
        done += mended_now


_ENTRIES = {"exports", "imports", "mappings"}
_WORDS = {"cluster_traffic", "description", "info_url", "tags", "trace"}
# What an entry can do without: no right hangs on it.
_ADORNMENTS = {
    *("name", "description", "info_url", "service_latency", "response_threshold", "allow_trace"),
    *("share", "advertise", "to"),
}


def _place(flaw: Flaw) -> Path:
    """The place to leave out or to put right, empty where a person has to decide."""
    path = flaw.path
    first = path[0] if path else ""
    if flaw.instead is not LEAVE_OUT:
        return path
    if first in _ENTRIES:
        return path[:3] if len(path) > 2 and path[2] in _ADORNMENTS else path[:2]
    if first in _WORDS:
        return path[:1]
    return path if first == "signing_keys" and len(path) == 2 else ()


def _put(claims: dict[str, Json], path: Path, flaw: Flaw) -> bool:
    """Mend one flaw in its place; whether it was still there."""
    *way, last = path
    place: Json = claims
    try:
        for step in way:
            if flaw.instead is not LEAVE_OUT:
                place.setdefault(step, {})
            place = place[step]
        if flaw.instead is LEAVE_OUT:
            del place[last]
        else:
            place[last] = flaw.instead
    except (KeyError, IndexError, TypeError, AttributeError):
        return False
    return True
