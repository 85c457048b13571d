"""Joining what two versions of a JWT say about one key, piece by piece. Pure.

An operator's or account's claims fall apart into pieces that are changed apart: each limit, each
export, each signing key. Where it is known what both versions came from, a piece that only one
of them changed is taken from that one; one that both changed otherwise is for a person to
choose. Revocations are no pieces: those of both always hold, the later of two times.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wallet.nats.claims import revocations
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import (
    EVERYBODY,
    USERS,
    Place,
    Revocations,
    export_place,
    latest,
    standing_for,
)
from wallet.nats.claims.shared_subjects import EXPORTS, IMPORTS
from wallet.nats.jwt import Claims

Json = Any
Piece = tuple[str, ...]
"""The name of a piece: `("limits", "conn")`, `("exports", "service", "orders.>")`."""
Revoked = Mapping[tuple[str, str], int]
"""Until when, in seconds since 1970, by the export (empty: the account itself) and by whom."""

_EXPIRES, _NOT_BEFORE, _AUDIENCE = ("expires",), ("not_before",), ("audience",)
SIGNING_KEYS, _REVOCATIONS = "signing_keys", "revocations"
_IN_PARTS = {"limits", "default_permissions", "authorization", "trace", "mappings"}
# Tags and the name are the key's, the rest is of how a JWT is written down.
_NOT_SAID = {"tags", "type", "version", "issuer_account", _REVOCATIONS}
_LISTED = {EXPORTS: ("type", "subject"), IMPORTS: ("account", "type", "subject")}
_NOTHING = (None, "", 0, False)


class Side(StrEnum):
    """One of the two versions that are joined."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class UnitedClaims:
    """The claims of two versions together; those `apart` both changed, each otherwise."""

    pieces: dict[Piece, Json]
    apart: list[Piece]


def pieces(claims: Claims) -> dict[Piece, Json]:
    """The claims of a JWT, piece by piece, without revocations, tags and name."""
    times = ((_EXPIRES, claims.expires), (_NOT_BEFORE, claims.not_before))
    parts: dict[Piece, Json] = {name: at for name, at in times if at is not None}
    if claims.audience:
        parts[_AUDIENCE] = claims.audience
    for name, value in claims.nats.items():
        if name not in _NOT_SAID:
            _take_apart(parts, name, value)
    return parts


def _take_apart(parts: dict[Piece, Json], name: str, value: Json) -> None:
    if name in _LISTED and isinstance(value, list):
        for entry in value:
            parts[name, *_entry_name(entry, _LISTED[name])] = _without_revocations(entry)
    elif name == SIGNING_KEYS and isinstance(value, list):
        for entry in value:
            key = entry.get("key") if isinstance(entry, dict) else entry
            parts[name, str(key)] = entry
    elif name in _IN_PARTS and isinstance(value, dict):
        for part, each in value.items():
            if not _is_nothing(each):
                parts[name, part] = each
    elif not _is_nothing(value):
        parts[name,] = value


def _is_nothing(value: Json) -> bool:
    """Whether Go leaves it out, and reads what is left out as it."""
    return value in _NOTHING or value in ([], {})


def _entry_name(entry: Json, fields: Iterable[str]) -> Piece:
    if not isinstance(entry, Mapping):
        return (canonical(entry),)
    return tuple(str(entry.get(field) or "") for field in fields)


def _without_revocations(entry: Json) -> Json:
    if not isinstance(entry, Mapping):
        return entry
    return {name: value for name, value in entry.items() if name != _REVOCATIONS}


def canonical(value: Json) -> str:
    """One text for equal values, to compare and to order them by."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content(claims: Claims) -> str:
    """Give the claims of a JWT as a text to compare, whenever and by whomever it was signed."""
    return content_of(pieces(claims))


def content_of(parts: Mapping[Piece, Json]) -> str:
    """Give claims that are in pieces as a text to compare."""
    return canonical(sorted((list(name), value) for name, value in parts.items()))


def unite(
    ours: Mapping[Piece, Json], theirs: Mapping[Piece, Json], base: Mapping[Piece, Json]
) -> UnitedClaims:
    """Join two versions that came from `base`, the pieces that both changed left apart.

    A signing key that one of them names no longer is out, whatever the other changed about it:
    it may have leaked. Pieces that are apart stand as in the base.
    """
    united: dict[Piece, Json] = {}
    apart: list[Piece] = []
    for name in dict.fromkeys([*base, *ours, *theirs]):
        before, one, other = (of.get(name) for of in (base, ours, theirs))
        if one == other or other == before:
            value = one
        elif one == before:
            value = other
        elif name[0] == SIGNING_KEYS and before is not None and None in (one, other):
            value = None
        else:
            value = before
            apart.append(name)
        if value is not None:
            united[name] = value
    return UnitedClaims(united, apart)


def without_keys(parts: Mapping[Piece, Json], dropped: Iterable[str]) -> dict[Piece, Json]:
    """The pieces without the naming of these signing keys."""
    gone = {(SIGNING_KEYS, key) for key in dropped}
    return {name: value for name, value in parts.items() if name not in gone}


def named_keys(parts: Mapping[Piece, Json]) -> dict[str, Json]:
    """The signing keys that the pieces name, each with its entry."""
    return {name[1]: value for name, value in parts.items() if name[0] == SIGNING_KEYS}


# --- revocations -----------------------------------------------------------------------------


def all_revocations(claims: Claims) -> dict[tuple[str, str], int]:
    """Everything that an account's claims revoke: users, and what its exports take back."""
    return {
        ("" if place == USERS else " ".join(place), who): at
        for place, whom in revocations.all_revocations(claims.nats).items()
        for who, at in whom.items()
    }


def export_name(entry: Mapping[str, Json]) -> str:
    """The words by which an export is known again: `service orders.>`."""
    return " ".join(_entry_name(entry, _LISTED[EXPORTS]))


def beyond(wanted: Revoked, there: Revoked) -> dict[tuple[str, str], int]:
    """The revocations of `wanted` that are not `there`, or only until an earlier time."""
    return {who: at for who, at in wanted.items() if at > there.get(who, -1)}


def revoked_until(revoked: Revoked, user: str) -> int:
    """The second until which an account takes back the JWTs of a user; -1 where it does not."""
    return max(revoked.get(("", user), -1), revoked.get(("", EVERYBODY), -1))


# --- put together again ----------------------------------------------------------------------


def claims_of(parts: Mapping[Piece, Json], revoked: Revoked) -> dict[str, Json]:
    """The `nats` fields that pieces and revocations make; times are `times_of` them."""
    nats: dict[str, Json] = {}
    for name, value in sorted(parts.items(), key=lambda part: part[0]):
        if name[0] in _LISTED:
            entry = value
            if name[0] == EXPORTS and isinstance(value, Mapping):
                entry = _with_revocations(value, revoked)
            nats.setdefault(name[0], []).append(entry)
        elif name[0] == SIGNING_KEYS:
            nats.setdefault(name[0], []).append(value)
        elif len(name) > 1:
            nats.setdefault(name[0], {})[name[1]] = value
        elif name not in (_EXPIRES, _NOT_BEFORE, _AUDIENCE):
            nats[name[0]] = value
    if own := {who: at for (export, who), at in revoked.items() if not export}:
        nats[_REVOCATIONS] = own
    return nats


def _with_revocations(entry: Mapping[str, Json], revoked: Revoked) -> dict[str, Json]:
    export = export_name(entry)
    own = {who: at for (name, who), at in revoked.items() if name == export}
    return {**entry, **({_REVOCATIONS: own} if own else {})}


def times_of(parts: Mapping[Piece, Json]) -> tuple[int | None, int | None]:
    """The times when claims end, and from when on they hold: seconds since 1970, None for ever."""
    return parts.get(_EXPIRES), parts.get(_NOT_BEFORE)


def with_overlapping(parts: Mapping[Piece, Json], revoked: Revoked) -> dict[tuple[str, str], int]:
    """The revocations, those of an export that is no more also in those that share a subject."""
    places = {
        export_place(value)
        for name, value in parts.items()
        if name[0] == EXPORTS and isinstance(value, Mapping)
    }
    standing = [
        {(" ".join(place), who): until}
        for (export, who), until in revoked.items()
        if export
        for place in standing_for(_place_of(export), places)
    ]
    return latest(revoked, *standing)


def still_exported(parts: Mapping[Piece, Json], revoked: Revoked) -> dict[tuple[str, str], int]:
    """The revocations without those of exports that are no more: nothing is there to take back."""
    exports = {
        export_name(value)
        for name, value in parts.items()
        if name[0] == EXPORTS and isinstance(value, Mapping)
    }
    return {
        (export, who): at
        for (export, who), at in revoked.items()
        if not export or export in exports
    }


def by_place(revoked: Revoked) -> Revocations:
    """Arrange revocations by where they stand, as `wallet.nats.claims.revocations` has them."""
    lists: dict[Place, dict[str, int]] = {}
    for (export, who), at in revoked.items():
        lists.setdefault(_place_of(export), {})[who] = at
    return lists


def _place_of(export: str) -> Place:
    kind, _, subject = export.partition(" ")
    return kind, subject


def in_words(name: Piece, value: Json) -> str:
    """A piece and its value for a person: `limits conn 10`, `no exports service orders.>`."""
    words = " ".join(name)
    if value is None:
        return f"no {words}"
    if name[0] in {*_LISTED, SIGNING_KEYS}:
        return words
    return f"{words} {few([str(one) for one in value]) if isinstance(value, list) else value}"
