"""How Go's library lays out a JWT's claims, so that ours are the same bytes. Pure.

Go writes a structure's fields in the order of their declaration, leaves out those marked
`omitempty` when they are empty, and sorts the names of maps. Fields that are structures
themselves are always written. What is not of its type, as a JWT from elsewhere may have it,
stays as it is.

Source: nats-io/jwt v2.8, user_claims.go, account_claims.go, operator_claims.go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

UNLIMITED = -1

Json = Any
_Layout = Callable[[Json], Json]


def unlimited_user() -> dict[str, Json]:
    """The `nats` fields of a user who may do everything; a limit left out would forbid."""
    return {"pub": {}, "sub": {}, "subs": UNLIMITED, "data": UNLIMITED, "payload": UNLIMITED}


def unlimited_account() -> dict[str, Json]:
    """The `nats` fields of an account without limits, and without JetStream, as Go begins."""
    numbers = ("subs", "data", "payload", "imports", "exports", "conn", "leaf")
    return {"limits": {**dict.fromkeys(numbers, UNLIMITED), "wildcards": True}}


def in_order(kind: str, nats: Mapping[str, Json]) -> dict[str, Json]:
    """The `nats` fields of an operator, account or user as Go writes them.

    Fields that Go does not know come first, as they are: `type` and `version` close the list.
    """
    written: dict[str, Json] = _KINDS[kind](dict(nats))
    return written


def go_json(value: Json) -> bytes:
    """Compact JSON with Go's escapes: `<`, `>`, `&` and two line separators."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8")


def _as_it_is(value: Json) -> Json:
    return value


def _sorted(value: Json) -> Json:
    return {name: value[name] for name in sorted(value)} if isinstance(value, dict) else value


def _each(layout: _Layout, key: Callable[[Json], str] | None = None) -> _Layout:
    def written(values: Json) -> Json:
        if not isinstance(values, list):
            return values
        laid_out = [layout(value) for value in values]
        return sorted(laid_out, key=key) if key else laid_out

    return written


def _map_of(layout: _Layout) -> _Layout:
    def written(values: Json) -> Json:
        if not isinstance(values, dict):
            return values
        return {name: layout(value) for name, value in _sorted(values).items()}

    return written


def _structure(
    *names: str, always: tuple[str, ...] = (), within: Mapping[str, _Layout] | None = None
) -> _Layout:
    """A Go structure: its fields in order; `always` names those without `omitempty`."""
    layouts = within or {}

    def written(value: Json) -> Json:
        if not isinstance(value, dict):
            return value
        made = {name: given for name, given in value.items() if name not in names}
        for name in names:
            given = value.get(name)
            if name in always and given is None:
                given = {} if name in layouts else ""
            if given or name in always:
                made[name] = layouts.get(name, _as_it_is)(given)
        return made

    return written


_GENERIC = ("tags", "type", "version")
_NATS_LIMITS = ("subs", "data", "payload")
_JETSTREAM_LIMITS = (
    *("mem_storage", "disk_storage", "streams", "consumer", "max_ack_pending"),
    *("mem_max_stream_bytes", "disk_max_stream_bytes", "max_bytes_required"),
)
_permission = _structure("allow", "deny")
_response = _structure("max", "ttl", always=("max", "ttl"))
_permissions = _structure(
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
    "times": _each(_structure("start", "end")),
}
_template = _structure(*_USER_FIELDS, always=("pub", "sub"), within=_USER_WITHIN)
_scope = _structure(
    *("kind", "key", "role", "template", "description"),
    always=("kind", "key", "role", "template", "description"),
    within={"template": _template},
)
_import = _structure(
    *("name", "subject", "account", "token", "to", "local_subject", "type", "share"),
    "allow_trace",
)
_export = _structure(
    *("name", "subject", "type", "token_req", "revocations", "response_type"),
    *("response_threshold", "service_latency", "account_token_position", "advertise"),
    *("allow_trace", "description", "info_url"),
    within={
        "revocations": _sorted,
        "service_latency": _structure("sampling", "results", always=("sampling", "results")),
    },
)
_mapping = _structure("subject", "weight", "cluster", always=("subject",))
_limits = _structure(
    *(*_NATS_LIMITS, "imports", "exports", "wildcards", "disallow_bearer", "conn", "leaf"),
    *(*_JETSTREAM_LIMITS, "tiered_limits"),
    within={"tiered_limits": _map_of(_structure(*_JETSTREAM_LIMITS))},
)


def _subject_of(value: Json) -> str:
    return str(value.get("subject") or "") if isinstance(value, dict) else ""


def _key_of(value: Json) -> str:
    return str(value.get("key") if isinstance(value, dict) else value)


_KINDS: dict[str, _Layout] = {
    "operator": _structure(
        *("signing_keys", "account_server_url", "operator_service_urls", "system_account"),
        *("assert_server_version", "strict_signing_key_usage", *_GENERIC),
    ),
    "account": _structure(
        *("imports", "exports", "limits", "signing_keys", "revocations"),
        *("default_permissions", "mappings", "authorization", "trace", "cluster_traffic"),
        *("description", "info_url", *_GENERIC),
        always=("limits", "default_permissions", "authorization"),
        within={
            "imports": _each(_import, _subject_of),
            "exports": _each(_export, _subject_of),
            "limits": _limits,
            "signing_keys": _each(_scope, _key_of),
            "revocations": _sorted,
            "default_permissions": _permissions,
            "mappings": _map_of(_each(_mapping)),
            "authorization": _structure("auth_users", "allowed_accounts", "xkey"),
            "trace": _structure("dest", "sampling"),
        },
    ),
    "user": _structure(
        *(*_USER_FIELDS, "issuer_account", *_GENERIC),
        always=("pub", "sub"),
        within=_USER_WITHIN,
    ),
}
