"""The values of a key, each of which a change touches by itself.

A change is undone by its values: one that it did not touch stays as it is by now, whoever changed
it since; one that it touched, and that somebody changed since, keeps all of it from being undone.

    what was done               touches of each key                     has to be as it was left
    make, import a new key      all of it: it goes                      all of it, nothing beneath
    import of a seed            its seed                                its seed
    delete one or many          all of it: it comes back                its place and name are free
      its account, operator     what its JWT says of the key (signing   that entry or field
                                key, system account)
    rename                      its name                                its name
    move                        its place, and what its JWT says, if    its place; what it says, if
                                it got or lost one by that              it got or lost a JWT
    tag                         each tag that came or went              nothing: tags are single
    note                        its notes                               its notes
    retire, use again           whether it is in use                    whether it is in use
    let in again                whether its account revokes it          nothing: it is revoked again
    edit what it may do         each field of its claims, its ends      those fields
    export, import, mapping,    that entry of its claims                that entry
      signing key, role
    of many at once             of each the same                        of each the same

No value, and never put back: times of issue, revocations, history, results of tests. Who signs a
JWT is put back where that is as it was left, and follows from its place otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from wallet.nats import jwt
from wallet.nats.claims.content import few
from wallet.nats.claims.reversion import taken_back
from wallet.vault.key_rows import KeyRows

Json = Any
_NOT_SAID = ("type", "version", "tags", "revocations", "issuer_account")
"""What follows from the key's kind and place, or is put back by other means, or never."""


def said_by(token: str) -> dict[str, Json]:
    """Read what a JWT says by itself: claims, without what follows from elsewhere, and ends."""
    claims = jwt.parse(token)
    nats = {name: value for name, value in claims.nats.items() if name not in _NOT_SAID}
    exports = nats.get("exports")
    if isinstance(exports, list):
        nats["exports"] = [_without_revocations(export) for export in exports]
    return {**nats, "ends": {"expires": claims.expires, "begins": claims.not_before}}


def _without_revocations(export: Json) -> Json:
    if not isinstance(export, Mapping):
        return export
    return {name: value for name, value in export.items() if name != "revocations"}


def rights(key: KeyRows) -> dict[str, Json]:
    """Read what a user may do where no JWT says it."""
    read = json.loads(key.unsigned) if key.unsigned else {}
    return read if isinstance(read, dict) else {}


def _said(key: KeyRows) -> dict[str, Json]:
    return rights(key) if key.token is None else said_by(key.token)


def says_the_same(one: KeyRows, other: KeyRows) -> bool:
    """Whether two states of a key say the same, whenever and by whom that was signed."""
    if one.token == other.token:
        return one.unsigned == other.unsigned
    return (one.token is None) is (other.token is None) and _said(one) == _said(other)


def leaves_jwt(before: KeyRows, after: KeyRows) -> bool:
    """Whether a change touched neither what a key's JWT says nor what goes into that."""
    kept = ("token", "unsigned", "tags", "name", "parent")
    return all(getattr(before, name) == getattr(after, name) for name in kept)


def got_or_lost_jwt(before: KeyRows, after: KeyRows) -> bool:
    """Whether a change gave a key its first JWT, or took its only one."""
    return (before.token is None) is not (after.token is None)


def say_before(before: KeyRows, after: KeyRows, now: Json, kept: list[str]) -> Json:
    """Make of what a key says `now` that without what a change made it say; as `taken_back`."""
    return taken_back(_said(before), _said(after), now, kept)


def tags_before(before: KeyRows, after: KeyRows, now: str) -> list[str]:
    """The tags that a key has `now`, without those that came, and with those that went."""
    was, left, here = before.tags.split(), after.tags.split(), now.split()
    if here == left:
        return was
    come = {tag for tag in left if tag not in was}
    gone = [tag for tag in was if tag not in left and tag not in here]
    return [*(tag for tag in here if tag not in come), *gone]


_SINGLE: Mapping[str, Callable[[KeyRows], object]] = {
    "its place": lambda key: key.parent,
    "its name": lambda key: key.name,
    "whether it is in use": lambda key: key.status,
    "its notes": lambda key: key.notes,
    "its seed": lambda key: key.cell,
}
"""The values that are put back whole, by their names in a sentence."""


def is_as_left(after: KeyRows, now: KeyRows | None) -> bool:
    """Whether all values of a key are as a change left them."""
    if now is None or now.public != after.public or now.tags != after.tags:
        return False
    return all(of(now) == of(after) for of in _SINGLE.values()) and says_the_same(after, now)


def changed_since(before: KeyRows, after: KeyRows, now: KeyRows | None) -> str:
    """Name the values that a change touched, and somebody changed since; empty where none is."""
    single = [(name, of) for name, of in _SINGLE.items() if of(before) != of(after)]
    says = not says_the_same(before, after)
    if now is None or now.public != after.public:
        return "it is gone" if single or says or before.tags != after.tags else ""
    changed = [name for name, of in single if of(now) not in (of(after), of(before))]
    if not says or says_the_same(after, now) or says_the_same(before, now):
        return few(changed)
    if got_or_lost_jwt(before, after) or got_or_lost_jwt(after, now):
        return few([*changed, "what it may do"])
    kept: list[str] = []
    say_before(before, after, _said(now), kept)
    return few([*changed, *([f"what it may do ({few(kept)})"] if kept else [])])
