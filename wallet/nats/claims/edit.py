"""Changing what a JWT says, field by field, as a form or flags do. Pure.

Each function takes the `nats` fields and gives new ones; the given are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from wallet.errors import UsageError
from wallet.nats.claims.content import ACCOUNT_LIMITS, JETSTREAM_LIMITS, USER_LIMITS
from wallet.nats.jwt_layout import UNLIMITED
from wallet.nats.nkeys import Kind

Json = Any
NANOSECONDS = 1_000_000_000


def words(text: str) -> list[str]:
    """The entries of a list as it is typed: divided by commas or line ends."""
    return [
        word for part in text.splitlines() for piece in part.split(",") if (word := piece.strip())
    ]


def permission(
    nats: Mapping[str, Json], direction: str, rule: str, subjects: Iterable[str]
) -> dict[str, Json]:
    """`direction` is `pub` or `sub`, `rule` `allow` or `deny`; no subjects removes the rule."""
    before = nats.get(direction)
    rules = {**before} if isinstance(before, Mapping) else {}
    rules.pop(rule, None)
    if subjects := list(subjects):
        rules[rule] = subjects
    return {**nats, direction: rules}


def responses(nats: Mapping[str, Json], count: int | None, seconds: int) -> dict[str, Json]:
    """Allow so many answers to a request, within that time (0: any); None forbids them."""
    changed = {name: value for name, value in nats.items() if name != "resp"}
    if count is not None:
        changed["resp"] = {"max": count, "ttl": seconds * NANOSECONDS}
    return changed


def limit(kind: Kind, nats: Mapping[str, Json], name: str, value: int) -> dict[str, Json]:
    """Set one limit of an account or user. Raises `UsageError` for one that it cannot have."""
    if kind is Kind.USER:
        limits: tuple[str, ...] = USER_LIMITS
        if name in limits:
            return {**nats, name: value}
    else:
        limits = (*ACCOUNT_LIMITS, *JETSTREAM_LIMITS) if kind is Kind.ACCOUNT else ()
        if name in limits:
            return {**nats, "limits": {**nats.get("limits", {}), name: value}}
    has = f"has these: {', '.join(limits)}" if limits else "has none"
    raise UsageError(f"There is no limit {name!r}; a key of kind {kind.value} {has}.")


def require_limits(
    before: Mapping[str, Json], nats: Mapping[str, Json], meant: Collection[str]
) -> None:
    """Refuse claims of an account without a limit that it had `before`, but those `meant`.

    A server reads what is left out as 0. Raises `UsageError`.
    """
    had, has = (of.get("limits") for of in (before, nats))
    if not (isinstance(had, dict) and isinstance(has, dict)):
        return
    left = [name for name in ACCOUNT_LIMITS if had.get(name) and name not in {*has, *meant}]
    if left:
        raise UsageError(
            f"These limits are left out of it: {', '.join(left)}. Servers read that as 0, no "
            "limit is -1. Give them too, or say --limit NAME=0. Nothing was changed."
        )


def whole(text: str) -> int:
    """A whole number as it is typed. Raises `UsageError`."""
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{text!r} is no whole number.") from None


# K is 1,000 and Ki 1,024, as nsc takes them.
_SIZE = re.compile(r"([0-9]{1,18})\s*([KMGTP])(i)?B?", re.IGNORECASE)
SIZES = (
    *("data", "payload", "mem_storage", "disk_storage"),
    *("mem_max_stream_bytes", "disk_max_stream_bytes"),
)


def amount(name: str, text: str) -> int:
    """A limit as it is typed; one in bytes also as `1M` or `1GiB`. Raises `UsageError`."""
    typed = text.strip()
    if typed.lower() == "unlimited":
        return UNLIMITED
    if name in SIZES and (match := _SIZE.fullmatch(typed)):
        base = 1024 if match[3] else 1000
        return int(match[1]) * int(base ** ("KMGTP".index(match[2].upper()) + 1))
    if name in SIZES and not typed.removeprefix("-").isdecimal():
        raise UsageError(f"{text!r} is no number of bytes: write 1000, 10M, 2GiB or unlimited.")
    return whole(text)


def tiers(text: str) -> dict[str, dict[str, int]]:
    """Storage by tier, typed as `R1 disk_storage=10GiB streams=5; R3 disk_storage=1GiB`.

    Raises `UsageError`, naming the tier.
    """
    by_name: dict[str, dict[str, int]] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, *given = part.replace(",", " ").split()
        name = name.removesuffix(":")
        limits: dict[str, int] = {}
        for one in given:
            limit_name, equals, value = one.partition("=")
            if not equals or limit_name not in JETSTREAM_LIMITS:
                raise UsageError(
                    f"{one!r}, of the tier {name}, is no limit of JetStream: write NAME=N, with a "
                    f"name of these: {', '.join(JETSTREAM_LIMITS)}."
                )
            limits[limit_name] = amount(limit_name, value)
        if name in by_name or not limits:
            what = "stands there twice" if name in by_name else "has no limits"
            raise UsageError(f"The tier {name} {what}: write R1 disk_storage=10GiB; R3 …")
        by_name[name] = limits
    return by_name


def with_tiers(nats: Mapping[str, Json], by_name: Mapping[str, Json]) -> dict[str, Json]:
    """An account's claims with storage by tier; with none its limits without a tier count."""
    given = nats.get("limits") or {}
    limits = {name: value for name, value in given.items() if name != "tiered_limits"}
    return {**nats, "limits": {**limits, "tiered_limits": dict(by_name)} if by_name else limits}


def trace(nats: Mapping[str, Json], text: str) -> dict[str, Json]:
    """An account's claims with traces sent to a subject, typed as `traces.orders` or
    `traces.orders 10%`; an empty text ends that. Raises `UsageError`."""
    rest = {name: value for name, value in nats.items() if name != "trace"}
    destination, _, sampling = text.strip().partition(" ")
    if not destination:
        return rest
    new: dict[str, Json] = {"dest": destination}
    if sampling.strip():
        new["sampling"] = whole(sampling.strip().removesuffix("%"))
    return {**rest, "trace": new}


def hours(text: str) -> list[dict[str, str]]:
    """Spans of a day, typed as `08:00-18:00, 20:00-22:30`. Raises `UsageError`."""
    spans = []
    for word in words(text):
        start, dash, end = word.partition("-")
        if not dash:
            raise UsageError(f"{word!r} is no span of a day: write 08:00-18:00.")
        spans.append({"start": _clock(start), "end": _clock(end)})
    return spans


def _clock(text: str) -> str:
    text = text.strip()
    return f"{text}:00" if text.count(":") == 1 else text


def listed(nats: Mapping[str, Json], name: str, values: list[Json]) -> dict[str, Json]:
    """A field that is a list; an empty one is left out."""
    changed = {field: value for field, value in nats.items() if field != name}
    if values:
        changed[name] = values
    return changed
