"""The layout that Go's library gives a JWT's claims, so that ours are the same bytes. Pure.

Go writes a structure's fields in the order of their declaration, leaves out those marked
`omitempty` when they are empty, and sorts the names of maps. Fields that are structures
themselves are always written. What is not of its type, as a JWT from elsewhere may have it,
stays as it is.

Source: nats-io/jwt v2.8, user_claims.go, account_claims.go, operator_claims.go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

UNLIMITED = -1

Json = Any


def unlimited_user() -> dict[str, Json]:
    """The `nats` fields of a user who may do everything; a limit left out would forbid."""
    return {"pub": {}, "sub": {}, "subs": UNLIMITED, "data": UNLIMITED, "payload": UNLIMITED}


def unlimited_account() -> dict[str, Json]:
    """The `nats` fields of an account without limits, and without JetStream, as Go begins."""
    numbers = ("subs", "data", "payload", "imports", "exports", "conn", "leaf")
    return {"limits": {**dict.fromkeys(numbers, UNLIMITED), "wildcards": True}}


def in_order(kind: str, nats: Mapping[str, Json]) -> dict[str, Json]:
    """The `nats` fields of an operator, account, user or activation as Go writes them.

    Fields that Go does not know come first, as they are: `type` and `version` close the list.
    """
    written: dict[str, Json] = _KINDS[kind](dict(nats))
    return written


def unknown_fields(kind: str, nats: Mapping[str, Json]) -> list[str]:
    """The places of the fields that Go's library does not know, and servers therefore read over."""
    return list(_KINDS[kind].unknown("", dict(nats)))


def go_json(value: Json) -> bytes:
    """Compact JSON with Go's escapes: `<`, `>`, `&` and two line separators."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8")


def folded(name: str) -> str:
    """A name as Go compares it with the fields it knows: letter by letter, in any case.

    Beside capitals two letters stand for those of ASCII: ſ for s, and the kelvin sign for k.
    Source: encoding/json fold.go, unicode.SimpleFold.
    """
    if name.isascii():
        return name.lower()
    return "".join(_FOLDED.get(letter) or letter.lower() for letter in name)


_FOLDED = {"\u017f": "s", "\u212a": "k"}


class _Layout:
    """The way Go writes a value, and the names in it unknown to Go; here: as it is, none."""

    def __call__(self, value: Json) -> Json:
        return value

    def unknown(self, where: str, value: Json) -> Iterator[str]:  # noqa: ARG002 (here: none)
        """The places of names that Go reads over, such as `limits.colour`."""
        yield from ()


class _Sorted(_Layout):
    """A map whose names are somebody's own."""

    def __call__(self, value: Json) -> Json:
        return {name: value[name] for name in sorted(value)} if isinstance(value, dict) else value


class _Each(_Layout):
    def __init__(self, layout: _Layout, key: Callable[[Json], str] | None = None) -> None:
        self._layout, self._key = layout, key

    def __call__(self, value: Json) -> Json:
        if not isinstance(value, list):
            return value
        laid_out = [self._layout(each) for each in value]
        return sorted(laid_out, key=self._key) if self._key else laid_out

    def unknown(self, where: str, value: Json) -> Iterator[str]:
        for number, each in enumerate(value if isinstance(value, list) else ()):
            yield from self._layout.unknown(f"{where}[{number}]", each)


class _MapOf(_Layout):
    def __init__(self, layout: _Layout) -> None:
        self._layout = layout

    def __call__(self, value: Json) -> Json:
        if not isinstance(value, dict):
            return value
        return {name: self._layout(each) for name, each in _sorted(value).items()}

    def unknown(self, where: str, value: Json) -> Iterator[str]:
        for name, each in value.items() if isinstance(value, dict) else ():
            yield from self._layout.unknown(f"{where}.{name}", each)


class _Structure(_Layout):
    """A Go structure: its fields in order; `always` names those without `omitempty`."""

    def __init__(
        self,
        *names: str,
        always: tuple[str, ...] = (),
        within: Mapping[str, _Layout] | None = None,
    ) -> None:
        self._names, self._always, self._layouts = names, always, within or {}

    def __call__(self, value: Json) -> Json:
        if not isinstance(value, dict):
            return value
        laid_out = {name: given for name, given in value.items() if name not in self._names}
        for name in self._names:
            given = value.get(name)
            if name in self._always and given is None:
                given = {} if name in self._layouts else _NOTHING.get(name, "")
            if given or name in self._always:
                laid_out[name] = self._layouts.get(name, _as_it_is)(given)
        return laid_out

    def unknown(self, where: str, value: Json) -> Iterator[str]:
        for name, given in value.items() if isinstance(value, dict) else ():
            place = f"{where}.{name}" if where else name
            if name not in self._names:
                yield place
            else:
                yield from self._layouts.get(name, _as_it_is).unknown(place, given)


_as_it_is, _sorted = _Layout(), _Sorted()
# What Go writes for a field that is always there and was not given, where that is no text.
_NOTHING: dict[str, Json] = {"max": 0, "ttl": 0, "sampling": "headers"}
_GENERIC = ("tags", "type", "version")
_NATS_LIMITS = ("subs", "data", "payload")
_JETSTREAM_LIMITS = (
    *("mem_storage", "disk_storage", "streams", "consumer", "max_ack_pending"),
    *("mem_max_stream_bytes", "disk_max_stream_bytes", "max_bytes_required"),
)
_permission = _Structure("allow", "deny")
_response = _Structure("max", "ttl", always=("max", "ttl"))
_permissions = _Structure(
    *("pub", "sub", "resp"),
    always=("pub", "sub"),
    within={"pub": _permission, "sub": _permission, "resp": _response},
)
_USER_FIELDS = (
    *("pub", "sub", "resp", "src", "times", "times_location", *_NATS_LIMITS),
    *("bearer_token", "proxy_required", "allowed_connection_types"),
)
_USER_WITHIN: dict[str, _Layout] = {
    "pub": _permission,
    "sub": _permission,
    "resp": _response,
    "times": _Each(_Structure("start", "end")),
}
_template = _Structure(*_USER_FIELDS, always=("pub", "sub"), within=_USER_WITHIN)
_scope = _Structure(
    *("kind", "key", "role", "template", "description"),
    always=("kind", "key", "role", "template", "description"),
    within={"template": _template},
)
_import = _Structure(
    *("name", "subject", "account", "token", "to", "local_subject", "type", "share"),
    "allow_trace",
)
_export = _Structure(
    *("name", "subject", "type", "token_req", "revocations", "response_type"),
    *("response_threshold", "service_latency", "account_token_position", "advertise"),
    *("allow_trace", "description", "info_url"),
    within={
        "revocations": _sorted,
        "service_latency": _Structure("sampling", "results", always=("sampling", "results")),
    },
)
_mapping = _Structure("subject", "weight", "cluster", always=("subject",))
_limits = _Structure(
    *(*_NATS_LIMITS, "imports", "exports", "wildcards", "disallow_bearer", "conn", "leaf"),
    *(*_JETSTREAM_LIMITS, "tiered_limits"),
    within={"tiered_limits": _MapOf(_Structure(*_JETSTREAM_LIMITS))},
)


def _subject_of(value: Json) -> str:
    return str(value.get("subject") or "") if isinstance(value, dict) else ""


def _key_of(value: Json) -> str:
    return str(value.get("key") if isinstance(value, dict) else value)


_KINDS: dict[str, _Layout] = {
    "operator": _Structure(
        *("signing_keys", "account_server_url", "operator_service_urls", "system_account"),
        *("assert_server_version", "strict_signing_key_usage", *_GENERIC),
    ),
    "account": _Structure(
        *("imports", "exports", "limits", "signing_keys", "revocations"),
        *("default_permissions", "mappings", "authorization", "trace", "cluster_traffic"),
        *("description", "info_url", *_GENERIC),
        always=("limits", "default_permissions", "authorization"),
        within={
            "imports": _Each(_import, _subject_of),
            "exports": _Each(_export, _subject_of),
            "limits": _limits,
            "signing_keys": _Each(_scope, _key_of),
            "revocations": _sorted,
            "default_permissions": _permissions,
            "mappings": _MapOf(_Each(_mapping)),
            "authorization": _Structure("auth_users", "allowed_accounts", "xkey"),
            "trace": _Structure("dest", "sampling"),
        },
    ),
    "activation": _Structure("subject", "kind", "issuer_account", *_GENERIC),
    "user": _Structure(
        *(*_USER_FIELDS, "issuer_account", *_GENERIC),
        always=("pub", "sub"),
        within=_USER_WITHIN,
    ),
}
