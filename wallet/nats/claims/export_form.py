"""The lines that say more of an export or an import than its kind and subject. Pure.

One table of each: it gives the command line its flags, and the app and the lists their words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wallet import when
from wallet.errors import UsageError
from wallet.nats.claims import edit as change
from wallet.nats.claims.form import NO, YES, Field
from wallet.nats.validation.fields import RESPONSE_TYPES

Json = Any
Entry = Mapping[str, Json]


def _part(
    name: str,
    label: str,
    hint: str,
    field: str,
    *,
    parsed: Callable[[str], Json] = str,
    shown: Callable[[Json], str] = str,
) -> Field:
    """A line for one field: `parsed` reads what is typed, `shown` gives a value's text."""

    def read(entry: Entry) -> str:
        return shown(entry[field]) if entry.get(field) else ""

    def write(entry: Entry, text: str) -> dict[str, Json]:
        rest = {other: value for other, value in entry.items() if other != field}
        return {**rest, field: parsed(text)} if text else rest

    return Field(name, label, hint, read, write)


def _tick(name: str, label: str, hint: str, field: str) -> Field:
    def read(entry: Entry) -> str:
        return YES if entry.get(field) is True else NO

    def write(entry: Entry, text: str) -> dict[str, Json]:
        rest = {other: value for other, value in entry.items() if other != field}
        return {**rest, field: True} if text == YES else rest

    return Field(name, label, hint, read, write, flag=True)


def _response_type(text: str) -> str:
    """One of the ways to answer, typed in any case."""
    for known in RESPONSE_TYPES:
        if known.lower() == text.lower():
            return known
    raise UsageError(f"{text!r} is no way to answer: write Singleton, Stream or Chunked.")


def _nanoseconds(text: str) -> int:
    try:
        return when.nanoseconds(text)
    except ValueError as error:
        raise UsageError(f"{error}: write 500ms, 5s or 1m.") from None


def _as_time(nanoseconds: Json) -> str:
    for unit, length in (("m", 60 * 10**9), ("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if nanoseconds % length == 0:
            return f"{nanoseconds // length}{unit}"
    return f"{nanoseconds}ns"


def _sampling(text: str) -> Json:
    if text.lower() == "headers":
        return "headers"
    percentage = change.whole(text.removesuffix("%").strip())
    if not 1 <= percentage <= 100:
        raise UsageError(f"{text!r} is no part of a hundred: write 1 to 100, or headers.")
    return percentage


def _read_latency(entry: Entry) -> str:
    latency = entry.get("service_latency")
    if not isinstance(latency, Mapping):
        return ""
    sampling = latency.get("sampling") or "headers"
    return f"{latency.get('results')} {sampling}{'%' if type(sampling) is int else ''}"


def _write_latency(entry: Entry, text: str) -> dict[str, Json]:
    rest = {field: value for field, value in entry.items() if field != "service_latency"}
    if not text:
        return rest
    results, _, sampling = text.partition(" ")
    return {
        **rest,
        "service_latency": {"sampling": _sampling(sampling.strip() or "100"), "results": results},
    }


def _read_local_subject(entry: Entry) -> str:
    return str(entry.get("local_subject") or entry.get("to") or "")  # `to` is of older tools


def _write_local_subject(entry: Entry, text: str) -> dict[str, Json]:
    rest = {name: value for name, value in entry.items() if name not in {"local_subject", "to"}}
    return {**rest, "local_subject": text} if text else rest


EXPORT_FIELDS = (
    _tick("private", "Private", "only with an activation is it imported", "token_req"),
    _part("name", "Name", "for people", "name"),
    _part(
        *("token-position", "Own key at token", "none; 2 for the * in orders.*: there an account"),
        "account_token_position",
        parsed=change.whole,
    ),
    _part(
        "response-type",
        "Answers",
        "Singleton; or Stream, Chunked",
        "response_type",
        parsed=_response_type,
    ),
    _part(
        *("response-time", "Answers within", "any time; or 500ms, 5s", "response_threshold"),
        parsed=_nanoseconds,
        shown=_as_time,
    ),
    Field(
        *("latency", "Latency told to", "nobody; or latency.orders 10% (or headers)"),
        *(_read_latency, _write_latency),
    ),
    _tick("advertise", "Advertised", "lists of what there is may show it", "advertise"),
    _tick("allow-trace", "Traced", "importers' traces go on in here", "allow_trace"),
    _part("description", "Description", "for people", "description"),
    _part("info-url", "Read more at", "none; or https://example.com/orders", "info_url"),
)
"""What an export says beside its kind and subject."""

IMPORT_FIELDS = (
    Field(
        *("as", "Known here as", "the same subject; or theirs.orders.$1"),
        *(_read_local_subject, _write_local_subject),
    ),
    _part("name", "Name", "for people", "name"),
    _tick("share", "Names its users", "the exporter's measurements show who asks", "share"),
    _tick("allow-trace", "Traced", "the exporter's traces go on in here", "allow_trace"),
)
"""What an import says beside its kind, subject, account and activation."""


def described(fields: Sequence[Field], entry: Entry) -> list[str]:
    """Tell an export or import in words: a phrase for each line that is not empty."""
    phrases = []
    for field in fields:
        try:
            text = field.read(entry)
        except (TypeError, ValueError, AttributeError):
            text = "?"
        if field.flag and text == YES:
            phrases.append(field.label.lower())
        elif text and text != NO:
            phrases.append(f"{field.label.lower()} {text}")
    return phrases
