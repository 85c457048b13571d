"""A form of short texts for claims: filled from the `nats` fields, and written back. Pure.

One table for each kind of key stands behind the form in the app. A field that a person leaves
as it is changes nothing, not even the spelling of what was there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wallet import when
from wallet.errors import UsageError
from wallet.nats.claims import edit as change
from wallet.nats.jwt_layout import UNLIMITED
from wallet.nats.nkeys import Kind
from wallet.text import plain

Json = Any
Nats = Mapping[str, Json]

_LONGEST = 1 << 20  # characters in a line of the form
_AFTER_DEFAULT = re.compile("[;,]")
UNLIMITED_WORD = "unlimited"
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the form. `flag` fields hold `yes` or `no`; an empty text means not set.

    In one with `subjects` subjects are typed.
    """

    id: str
    label: str
    hint: str
    read: Callable[[Nats], str]
    write: Callable[[Nats, str], dict[str, Json]]
    flag: bool = False
    subjects: bool = False

    @property
    def otherwise(self) -> str:
        """The words for what holds where nothing is set, with which the hint begins."""
        return _AFTER_DEFAULT.split(self.hint)[0]


def fields_of(kind: Kind) -> tuple[Field, ...]:
    """The fields of an operator, account or user, the commonest first."""
    return _FORMS[kind]


def filled(fields: tuple[Field, ...], nats: Nats) -> dict[str, str]:
    """Fill the fields from these claims: a field shows nothing of what is not of its type."""
    return {field.id: _shown(field, nats) for field in fields}


def as_json(nats: Nats) -> str:
    """The claims to edit as JSON; what cannot be shown is written as JSON's escapes."""
    text = json.dumps(nats, indent=2, ensure_ascii=False)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(
        one if one == "\n" or plain(one) == one else json.dumps(one)[1:-1] for one in text
    )


def _shown(field: Field, nats: Nats) -> str:
    try:
        return plain(field.read(nats), _LONGEST)
    except (AttributeError, TypeError, ValueError):
        return ""


def changed(fields: tuple[Field, ...], nats: Nats, texts: Mapping[str, str]) -> dict[str, Json]:
    """The claims with what was typed. Raises `UsageError`, naming the field, for what is none."""
    claims = dict(nats)
    for field in fields:
        typed = texts.get(field.id, "").strip()
        if typed != _shown(field, nats).strip():
            try:
                claims = field.write(claims, typed)
            except UsageError as error:
                raise UsageError(f"{field.label}: {error}") from None
    return claims


# --- kinds of fields ------------------------------------------------------------------------


_PUBLISHES = "everything, with answers only those; or orders.>"


def _permission(direction: str, rule: str, label: str, within: str | None = None) -> Field:
    def read(nats: Nats) -> str:
        place = nats if within is None else nats.get(within) or {}
        return ", ".join((place.get(direction) or {}).get(rule) or [])

    def write(nats: Nats, text: str) -> dict[str, Json]:
        subjects = change.words(text)
        if within is None:
            return change.permission(nats, direction, rule, subjects)
        inner = change.permission(nats.get(within) or {}, direction, rule, subjects)
        return {**nats, within: inner}

    hint = "everything" if rule == "allow" else "nothing"
    if (direction, rule, within) == ("pub", "allow", None):
        return Field(f"{rule}-{direction}", label, _PUBLISHES, read, write, subjects=True)
    hint = f"{hint}; or orders.>, _INBOX.>"
    return Field(f"{rule}-{direction}", label, hint, read, write, subjects=True)


def _number(name: str, label: str, kind: Kind, *, absent: int = UNLIMITED) -> Field:
    def read(nats: Nats) -> str:
        place = nats if kind is Kind.USER else nats.get("limits") or {}
        value = place.get(name, absent)
        return "" if value == absent else UNLIMITED_WORD if value == UNLIMITED else str(value)

    def write(nats: Nats, text: str) -> dict[str, Json]:
        value = change.amount(name, text) if text else absent
        return change.limit(kind, nats, name, value)

    hint = UNLIMITED_WORD if absent == UNLIMITED else "none"
    return Field(name.replace("_", "-"), label, hint, read, write)


def _flag(name: str, label: str, hint: str, within: str | None = None) -> Field:
    def read(nats: Nats) -> str:
        place = nats if within is None else nats.get(within) or {}
        return YES if place.get(name) is True else NO

    def write(nats: Nats, text: str) -> dict[str, Json]:
        value = text.lower() in {YES, "y", "true"}
        if within is None:
            return {**nats, name: value}
        return {**nats, within: {**(nats.get(within) or {}), name: value}}

    return Field(name.replace("_", "-"), label, hint, read, write, flag=True)


def _words(name: str, label: str, hint: str, *, upper: bool = False) -> Field:
    def read(nats: Nats) -> str:
        return ", ".join(str(word) for word in nats.get(name) or [])

    def write(nats: Nats, text: str) -> dict[str, Json]:
        return change.listed(nats, name, change.words(text.upper() if upper else text))

    return Field(name.replace("_", "-"), label, hint, read, write)


def _text(name: str, label: str, hint: str) -> Field:
    def read(nats: Nats) -> str:
        return str(nats.get(name) or "")

    def write(nats: Nats, text: str) -> dict[str, Json]:
        rest = {field: value for field, value in nats.items() if field != name}
        return {**rest, name: text} if text else rest

    return Field(name.replace("_", "-"), label, hint, read, write)


def _answers(label: str, within: str | None = None) -> Field:
    def read(nats: Nats) -> str:
        place = nats if within is None else nats.get(within) or {}
        given = place.get("resp")
        if not isinstance(given, Mapping):
            return ""
        seconds, rest = divmod(int(given.get("ttl") or 0), change.NANOSECONDS)
        in_time = f" within {seconds}s" if seconds and not rest else ""
        return f"{given.get('max', 0)}{in_time}"

    def write(nats: Nats, text: str) -> dict[str, Json]:
        number, _, in_time = text.partition(" within ")
        seconds = when.span(in_time) if in_time.strip() else 0
        count = change.whole(number) if text else None
        if within is None:
            return change.responses(nats, count, seconds)
        return {**nats, within: change.responses(nats.get(within) or {}, count, seconds)}

    return Field("answers", label, "off; or 1 within 5s", read, write)


def _read_tiers(nats: Nats) -> str:
    given = (nats.get("limits") or {}).get("tiered_limits")
    by_name = given.items() if isinstance(given, Mapping) else ()
    return "; ".join(
        " ".join([name, *(f"{limit}={_as_typed(value)}" for limit, value in limits.items())])
        for name, limits in by_name
    )


def _as_typed(value: Json) -> str:
    return UNLIMITED_WORD if value == UNLIMITED else str(value)


def _write_tiers(nats: Nats, text: str) -> dict[str, Json]:
    return change.with_tiers(nats, change.tiers(text))


def _read_trace(nats: Nats) -> str:
    given = nats.get("trace")
    if not isinstance(given, Mapping):
        return ""
    sampling = given.get("sampling")
    return f"{given.get('dest') or ''}{f' {sampling}%' if sampling else ''}"


def _read_hours(nats: Nats) -> str:
    spans = nats.get("times") or []
    return ", ".join(f"{_short(span.get('start'))}-{_short(span.get('end'))}" for span in spans)


def _short(clock: Json) -> str:
    """08:00 for 08:00:00."""
    text = str(clock)
    return text[:5] if len(text) == 8 and text.endswith(":00") else text


def _write_hours(nats: Nats, text: str) -> dict[str, Json]:
    return change.listed(nats, "times", change.hours(text))


_USER = (
    _permission("pub", "allow", "May publish to"),
    _permission("pub", "deny", "May not publish to"),
    _permission("sub", "allow", "May subscribe to"),
    _permission("sub", "deny", "May not subscribe to"),
    _answers("Answers to a request"),
    _words("src", "Only from networks", "anywhere; or 10.0.0.0/8"),
    Field("hours", "Only at these hours", "always; or 08:00-18:00", _read_hours, _write_hours),
    _text("times_location", "Time zone of the hours", "the server's; or Europe/Berlin"),
    _words(
        "allowed_connection_types",
        "Only these connections",
        "all; or STANDARD, WEBSOCKET, MQTT",
        upper=True,
    ),
    _number("subs", "Most subscriptions", Kind.USER),
    _number("payload", "Largest message, bytes", Kind.USER),
    _number("data", "Most data, bytes", Kind.USER),
    _flag("bearer_token", "Bearer", "its JWT alone lets it in, without a seed"),
)

_ACCOUNT = (
    _text("description", "Description", "none; or what it is for"),
    _text("info_url", "Read more at", "none; or https://example.com"),
    _number("conn", "Most connections", Kind.ACCOUNT),
    _number("leaf", "Most leaf nodes", Kind.ACCOUNT),
    _number("subs", "Most subscriptions", Kind.ACCOUNT),
    _number("payload", "Largest message, bytes", Kind.ACCOUNT),
    _number("imports", "Most imports", Kind.ACCOUNT),
    _number("exports", "Most exports", Kind.ACCOUNT),
    _number("mem_storage", "JetStream memory, bytes", Kind.ACCOUNT, absent=0),
    _number("disk_storage", "JetStream disk, bytes", Kind.ACCOUNT, absent=0),
    _number("streams", "JetStream streams", Kind.ACCOUNT, absent=0),
    _number("consumer", "JetStream consumers", Kind.ACCOUNT, absent=0),
    Field(
        *("tiers", "JetStream by tier", "none; or R1 disk_storage=10GiB streams=5; R3 …"),
        *(_read_tiers, _write_tiers),
    ),
    _permission("pub", "allow", "Users may publish to", "default_permissions"),
    _permission("pub", "deny", "Users may not publish to", "default_permissions"),
    _permission("sub", "allow", "Users may subscribe to", "default_permissions"),
    _permission("sub", "deny", "Users may not subscribe to", "default_permissions"),
    _answers("Users' answers", "default_permissions"),
    Field(
        *("trace", "Traces go to", "nowhere; or traces.orders 10%"),
        *(_read_trace, change.trace),
    ),
    _flag("disallow_bearer", "No bearer users", "refuse users whose JWT alone lets in", "limits"),
)

_OPERATOR = (
    _text("account_server_url", "Account server", "none; or nats://host:4222"),
    _words("operator_service_urls", "Service URLs", "none; or nats://host:4222"),
    _text("assert_server_version", "Oldest server", "any; or 2.10.0"),
    _flag("strict_signing_key_usage", "Strict signing", "only signing keys sign"),
)

_FORMS = {Kind.OPERATOR: _OPERATOR, Kind.ACCOUNT: _ACCOUNT, Kind.USER: _USER}
