"""The differences between two JWTs of one key, in words that are safe to show. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wallet.nats.claims import content, form
from wallet.nats.claims.revocations import EVERYBODY, revocations
from wallet.nats.jwt import Claims
from wallet.nats.jwt_layout import UNLIMITED
from wallet.nats.nkeys import Kind
from wallet.text import plain
from wallet.when import exactly

Nats = Mapping[str, Any]

_LIMITS = "limits"
_LISTED = {"signing_keys": "signing keys", "exports": "exports", "imports": "imports"}
_ELSEWHERE = {"tags", "type", "version"}  # said of the claims, or of no meaning
_NOT_SET = "not set"
_SAID = 160  # characters of a text, or of what is in a list


def changes(kind: Kind, before: Claims, after: Claims) -> list[str]:
    """The differences between two JWTs of one key: rights, limits, times, revocations, lists."""
    return list(_changes(kind, before, after))


def of_fields(kind: Kind, before: Nats, after: Nats) -> list[str]:
    """The differences between the rights and limits of two `nats` fields of one kind of key."""
    return list(_of_fields(kind, before, after))


def _changes(kind: Kind, before: Claims, after: Claims) -> Iterator[str]:
    if before.issuer != after.issuer:
        yield f"signer: {before.issuer.short} → {after.issuer.short}"
    if before.name != after.name:
        yield f"name: {plain(before.name, 60)} → {plain(after.name, 60)}"
    for label, was, now in (
        ("expires", before.expires, after.expires),
        ("not before", before.not_before, after.not_before),
    ):
        if was != now:
            yield f"{label}: {_time(was)} → {_time(now)}"
    yield from _of_list("tags", before.tags, after.tags)
    if before.nats != after.nats:
        yield from _of_fields(kind, before.nats, after.nats)


def _of_fields(kind: Kind, before: Nats, after: Nats) -> Iterator[str]:
    yield from _of_known(kind, before, after)
    known = {field.id.replace("-", "_") for field in form.fields_of(kind)}
    for within, name in _places(before, after):
        if name in known:
            continue
        was, now = _at(before, within).get(name), _at(after, within).get(name)
        if _bare(was) != _bare(now) and not list(
            _of_known(kind, before, _with(before, within, name, now))
        ):
            yield _of_unknown(name.replace("_", " "), was, now)


def _places(before: Nats, after: Nats) -> Iterator[tuple[str, str]]:
    """The names of all fields, each with that of the structure that it is in, if it is in one."""
    for name in sorted({*before, *after} - _ELSEWHERE - {_LIMITS}):
        yield "", name
    for name in sorted({*_at(before, _LIMITS), *_at(after, _LIMITS)}):
        yield _LIMITS, name


def _at(nats: Nats, within: str) -> Nats:
    place = nats.get(within) if within else nats
    return place if isinstance(place, Mapping) else {}


def _with(nats: Nats, within: str, name: str, value: object) -> Nats:
    changed = {**_at(nats, within), name: value}
    return {**nats, within: changed} if within else changed


def _bare(value: object) -> object:
    """A value without what is empty in it, which means the same."""
    if isinstance(value, Mapping):
        parts = {name: _bare(each) for name, each in value.items()}
        return {name: part for name, part in parts.items() if part} or None
    return [_bare(each) for each in value] if isinstance(value, list) and value else value or None


def _of_unknown(label: str, was: object, now: object) -> str:
    """A difference in what no line of the form shows."""
    if isinstance(was, Mapping | list) or isinstance(now, Mapping | list):
        return f"{label}: changed"
    return f"{label}: {' → '.join(map(_in_words, (was, now)))}"


def _in_words(value: object) -> str:
    if value is True:
        return form.YES
    if value == UNLIMITED:
        return form.UNLIMITED_WORD
    return plain(str(value), _SAID) if value else _NOT_SET


def _of_known(kind: Kind, before: Nats, after: Nats) -> Iterator[str]:
    fields = form.fields_of(kind)
    was, now = form.filled(fields, before), form.filled(fields, after)
    for field in fields:
        if was[field.id] != now[field.id]:
            default = _NOT_SET if field.flag else field.otherwise
            texts = (plain(each[field.id], _SAID) or default for each in (was, now))
            yield f"{field.label.lower()}: {' → '.join(texts)}"
    yield from _of_revocations(revocations(before), revocations(after))
    for name, label in _LISTED.items():
        yield from _of_list(label, _named(before, name), _named(after, name))
        if _named(before, name) == _named(after, name) and before.get(name) != after.get(name):
            yield f"{label} are otherwise"


def _of_revocations(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[str]:
    later = [_who(who) for who, at in after.items() if at > before.get(who, -1)]
    if later:
        yield f"revokes {content.few(later)}"
    if gone := [_who(who) for who in before if who not in after]:
        yield f"revokes no longer {content.few(gone)}"


def _who(public: str) -> str:
    return "everybody" if public == EVERYBODY else plain(public, 56)


def _named(nats: Nats, name: str) -> list[str]:
    """A name for each entry of a list: the key, or the subject."""
    entries = nats.get(name)
    return [
        str((entry.get("key") or entry.get("subject")) if isinstance(entry, dict) else entry)
        for entry in (entries if isinstance(entries, list) else [])
    ]


def _of_list(label: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    words = [f"+{plain(one, 60)}" for one in after if one not in before]
    words += [f"−{plain(one, 60)}" for one in before if one not in after]
    if words:
        yield f"{label}: {content.few(words)}"


def _time(seconds: int | None) -> str:
    return "never" if seconds is None else exactly(seconds)
