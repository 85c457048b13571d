"""One change of what a JWT says is taken back, while later ones of other parts of it stay. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

Json = Any

_NAMED_BY = {
    "exports": ("type", "subject"),
    "imports": ("type", "account", "subject", "to", "local_subject"),
    "signing_keys": ("key",),
}
"""The lists whose entries stand for themselves, and the fields that tell one from another."""


class _Absent(Enum):
    ABSENT = "not there"


ABSENT: Final = _Absent.ABSENT


def taken_back(before: Json, after: Json, now: Json, kept: list[str], place: str = "") -> Json:
    """Make of what is said `now` what it would be without the change from `before` to `after`.

    Each field, and each entry of a list that has such, is one by itself. Where one that the change
    touched says a third thing by now it stays, and `kept` gets its place, with dots.
    """
    if before == after or now == before:
        return now
    if now == after:
        return before
    was, is_after, is_now = (_parts(value, place) for value in (before, after, now))
    kinds = {type(one) for one in (before, after, now) if one is not ABSENT and one is not None}
    if was is None or is_after is None or is_now is None or len(kinds) != 1:
        kept.append(place)
        return now
    merged = {}
    for name in dict.fromkeys([*is_now, *was]):
        old, left, own = (one.get(name, ABSENT) for one in (was, is_after, is_now))
        value = taken_back(old, left, own, kept, f"{place}.{_word(name)}".lstrip("."))
        if value is not ABSENT:
            merged[name] = value
    return list(merged.values()) if kinds == {list} else merged


def _parts(value: Json, place: str) -> Mapping[Any, Json] | None:
    """The parts of a value that stand for themselves, by what names them; None where none do."""
    if value is ABSENT or value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    fields = _NAMED_BY.get(place.rpartition(".")[2])
    if fields is None or not isinstance(value, list):
        return None
    parts = {_name(entry, fields): entry for entry in value}
    return parts if len(parts) == len(value) else None


def _name(entry: Json, fields: tuple[str, ...]) -> Any:
    if isinstance(entry, Mapping):
        return tuple(str(entry.get(field) or "") for field in fields)
    return (str(entry),)


def _word(name: Any) -> str:
    return " ".join(filter(None, name)) if isinstance(name, tuple) else str(name)
