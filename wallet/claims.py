"""What the `nats` part of a JWT may say: the fields of operators, accounts and users. Pure.

What is checked here is what nats-server and nsc would refuse, or understand as something else
than was meant, before a JWT is signed. Fields that are not known are left as they are: a later
version may have them.

Source: nats-io/jwt v2.8, user_claims.go, account_claims.go, operator_claims.go, types.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import time
from ipaddress import ip_network
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, available_timezones

from wallet.errors import KeyFormatError, UsageError
from wallet.jwt_layout import UNLIMITED, unlimited_account, unlimited_user
from wallet.nkeys import Kind, decode_public

Json = Any
_Check = Callable[[str, Json], None]

CONNECTION_TYPES = (
    *("STANDARD", "WEBSOCKET", "LEAFNODE", "LEAFNODE_WS", "MQTT", "MQTT_WS", "IN_PROCESS"),
)
USER_LIMITS = ("subs", "data", "payload")
ACCOUNT_LIMITS = (*USER_LIMITS, "imports", "exports", "conn", "leaf")
JETSTREAM_LIMITS = (
    *("mem_storage", "disk_storage", "streams", "consumer", "max_ack_pending"),
    *("mem_max_stream_bytes", "disk_max_stream_bytes"),
)
# What a user must not carry when a scoped signing key signs: the scope says it.
SCOPED_FIELDS = (
    *("pub", "sub", "resp", "src", "times", "times_location", *USER_LIMITS),
    *("bearer_token", "proxy_required", "allowed_connection_types"),
)
# What a server's configuration can say of a user that has no JWT.
CONFIGURED_FIELDS = ("pub", "sub", "resp", "allowed_connection_types")
EVERYBODY = "*"  # in revocations
_LARGEST = (1 << 63) - 1


def starting(kind: Kind) -> dict[str, Json]:
    """What a new key of this kind says: no limits, no restrictions."""
    if kind is Kind.USER:
        return unlimited_user()
    return unlimited_account() if kind is Kind.ACCOUNT else {}


def check(kind: Kind, nats: Mapping[str, Json]) -> None:
    """Raise `UsageError`, naming the field, for claims that a server would not take as meant."""
    if kind not in _FIELDS:
        raise UsageError(f"Operators, accounts and users have a JWT; a {kind.value} key has none.")
    _object(_FIELDS[kind])("", nats)


def scope_of(account: Mapping[str, Json], key: str) -> dict[str, Json] | None:
    """The scope that an account's claims give its signing key, None for a plain one."""
    return scopes_in(account).get(key)


def scopes_in(account: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """The scopes that an account's claims give its signing keys, by public key."""
    found: dict[str, dict[str, Json]] = {}
    for entry in _signers(account):
        # Of a key that stands there twice, Go takes what comes last.
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            found[entry["key"]] = entry
        elif isinstance(entry, str):
            found.pop(entry, None)
    return found


def signing_keys(nats: Mapping[str, Json]) -> list[str]:
    """The public keys that an operator's or account's claims name as its signing keys."""
    keys = [entry.get("key") if isinstance(entry, dict) else entry for entry in _signers(nats)]
    return [key for key in keys if isinstance(key, str)]


def revocations(account: Mapping[str, Json]) -> dict[str, int]:
    """Whom an account's claims revoke, public key or `*`, and until when: seconds since 1970."""
    found = account.get("revocations")
    if not isinstance(found, dict):
        return {}
    return {key: at for key, at in found.items() if type(at) is int}


def with_signing_key(
    nats: Mapping[str, Json], key: str, scope: Mapping[str, Json] | None
) -> dict[str, Json]:
    """The claims with this signing key among its own: plain, or with `scope`.

    A scope has `role`, `description` and `template`, the fields of its users.
    """
    others = without_signing_key(nats, key).get("signing_keys") or []
    entry: Json = key
    if scope is not None:
        template = {**unlimited_user(), **scope.get("template", {})}
        entry = {"description": "", "role": "", **scope, "kind": "user_scope", "key": key}
        entry["template"] = template
    return {**nats, "signing_keys": [*others, entry]}


def without_signing_key(nats: Mapping[str, Json], key: str) -> dict[str, Json]:
    """The claims without this signing key."""

    def is_other(entry: Json) -> bool:
        return (entry.get("key") if isinstance(entry, dict) else entry) != key

    return {
        **nats,
        "signing_keys": [entry for entry in _signers(nats) if is_other(entry)],
    }


def _signers(nats: Mapping[str, Json]) -> list[Json]:
    """The signing keys as they are listed, whatever a JWT from elsewhere has in their place."""
    entries = nats.get("signing_keys")
    return entries if isinstance(entries, list) else []


def fitted(nats: Mapping[str, Json], *, scoped: bool) -> dict[str, Json]:
    """A user's claims as its signer demands them.

    Under a scoped key they carry no limit and no permission, not even −1; under any other, a
    limit left out is 0, which forbids, so all are there.
    """
    if scoped:
        return {name: value for name, value in nats.items() if name not in SCOPED_FIELDS}
    return {**unlimited_user(), **nats}


def given_beyond(nats: Mapping[str, Json], before: Mapping[str, Json]) -> list[str]:
    """The limits and permissions in `nats` that say something, and were not so before."""
    nothing: tuple[Json, ...] = (None, {}, [], "", False, UNLIMITED)
    return [
        name
        for name in SCOPED_FIELDS
        if nats.get(name) not in nothing and nats.get(name) != before.get(name)
    ]


def check_subject(where: str, subject: Json, *, queue: bool = False) -> None:
    """Raise `UsageError` for what is no subject; with `queue`, a queue name may follow a blank.

    Source: nats-io/jwt types.go, `Subject.Validate`; nats-server sublist.go.
    """
    text = subject if isinstance(subject, str) else ""
    parts = text.split(" ")
    if not text or len(parts) > (2 if queue else 1) or not all(parts):
        _wrong(where, "a subject such as orders.*.new or orders.>, without blanks", subject)
    for part in parts:
        tokens = part.split(".")
        if not all(tokens) or ">" in tokens[:-1] or any(ord(c) < 33 for c in part):
            _wrong(where, "a subject such as orders.*.new or orders.>", subject)


# --- the fields -----------------------------------------------------------------------------


def _wrong(where: str, wanted: str, given: Json) -> NoReturn:
    shown = repr(given)
    shown = shown if len(shown) <= 60 else shown[:59] + "…"
    raise UsageError(f"{where}: {shown} is not {wanted}. Nothing was changed.")


def _object(fields: Mapping[str, _Check]) -> _Check:
    def checked(where: str, value: Json) -> None:
        if not isinstance(value, Mapping):
            _wrong(where or "the claims", "an object, { … }", value)
        for name, given in value.items():
            if name in fields:
                fields[name](f"{where}.{name}" if where else name, given)
            elif name.casefold() in fields:
                _wrong(where or name, f"spelled “{name.casefold()}”, as servers read it", name)

    return checked


def _list_of(check_one: _Check) -> _Check:
    def checked(where: str, value: Json) -> None:
        if not isinstance(value, list):
            _wrong(where, "a list, [ … ]", value)
        for item in value:
            check_one(where, item)

    return checked


def _map_of(check_key: _Check, check_one: _Check) -> _Check:
    def checked(where: str, value: Json) -> None:
        if not isinstance(value, dict):
            _wrong(where, "an object, { … }", value)
        for key, item in value.items():
            check_key(where, key)
            check_one(f"{where}.{key}", item)

    return checked


def _one_of(choices: Iterable[str]) -> _Check:
    known = tuple(choices)

    def checked(where: str, value: Json) -> None:
        if value not in known:
            _wrong(where, f"one of {', '.join(known)}", value)

    return checked


def _key(kind: Kind) -> _Check:
    def checked(where: str, value: Json) -> None:
        try:
            right = isinstance(value, str) and decode_public(value).kind is kind
        except KeyFormatError:
            right = False
        if not right:
            _wrong(
                where,
                f"the public key of a{'n' if kind.value[0] in 'ao' else ''} {kind.value}",
                value,
            )

    return checked


def _text(where: str, value: Json) -> None:
    if not isinstance(value, str):
        _wrong(where, "a text", value)


def _flag(where: str, value: Json) -> None:
    if not isinstance(value, bool):
        _wrong(where, "true or false", value)


def _whole(smallest: int) -> _Check:
    def checked(where: str, value: Json) -> None:
        if type(value) is not int or not smallest <= value <= _LARGEST:
            unlimited = f", {UNLIMITED} for no limit" if smallest == UNLIMITED else ""
            _wrong(where, f"a whole number from {smallest} on{unlimited}", value)

    return checked


def _any(_where: str, _value: Json) -> None:
    """Taken as it is."""


def _subject(where: str, value: Json) -> None:
    check_subject(where, value)


def _subject_and_queue(where: str, value: Json) -> None:
    check_subject(where, value, queue=True)


def _network(where: str, value: Json) -> None:
    try:
        right = isinstance(value, str) and "/" in value and bool(ip_network(value, strict=False))
    except ValueError:
        right = False
    if not right:
        _wrong(where, "a network such as 10.1.0.0/16 (one address: 10.1.2.3/32)", value)


def _clock(where: str, value: Json) -> None:
    try:
        right = isinstance(value, str) and bool(re.fullmatch(r"\d\d:\d\d:\d\d", value))
        if right:
            time.fromisoformat(value)
    except ValueError:
        right = False
    if not right:
        _wrong(where, "a time of day such as 08:30:00", value)


def _zone(where: str, value: Json) -> None:
    try:
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_+/-]{0,64}", value):
            raise ValueError
        # Without the system's list of zones, the server will have to be the judge.
        if value not in {"", "Local", "UTC"} and available_timezones():
            ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        _wrong(where, "the name of a time zone such as Europe/Berlin", value)


def _times(where: str, value: Json) -> None:
    _list_of(_object({"start": _clock, "end": _clock}))(where, value)
    for span in value:
        if "start" not in span or "end" not in span:
            _wrong(where, 'a span such as { "start": "08:00:00", "end": "18:00:00" }', span)


def _revoked(where: str, value: Json) -> None:
    if value != EVERYBODY:
        _key(Kind.USER)(where, value)


def _url(*schemes: str) -> _Check:
    def checked(where: str, value: Json) -> None:
        right = isinstance(value, str) and value.split("://", 1)[0].lower() in schemes
        if value != "" and (not right or "://" not in value or value.endswith("://")):
            _wrong(
                where, f"a URL that begins with {' or '.join(f'{s}://' for s in schemes)}", value
            )

    return checked


def _version(where: str, value: Json) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"(\d+\.\d+\.\d+)?", value):
        _wrong(where, "a version of nats-server such as 2.10.0", value)


def _signing_key(where: str, value: Json) -> None:
    if isinstance(value, dict):
        _scope(where, value)
    else:
        _key(Kind.ACCOUNT)(where, value)


_LIMIT = _whole(UNLIMITED)
_publish = _object({"allow": _list_of(_subject), "deny": _list_of(_subject)})
_subscribe = _object({"allow": _list_of(_subject_and_queue), "deny": _list_of(_subject_and_queue)})
_PERMISSIONS: dict[str, _Check] = {
    "pub": _publish,
    "sub": _subscribe,
    "resp": _object({"max": _LIMIT, "ttl": _whole(0)}),
}
_USER: dict[str, _Check] = {
    **_PERMISSIONS,
    **dict.fromkeys(USER_LIMITS, _LIMIT),
    "src": _list_of(_network),
    "times": _times,
    "times_location": _zone,
    "bearer_token": _flag,
    "proxy_required": _flag,
    "allowed_connection_types": _list_of(_one_of(CONNECTION_TYPES)),
    "issuer_account": _key(Kind.ACCOUNT),
    "tags": _list_of(_text),
}
_scope = _object(
    {
        "kind": _one_of(["user_scope"]),
        "key": _key(Kind.ACCOUNT),
        "role": _text,
        "description": _text,
        "template": _object(_USER),
    }
)
_jetstream: dict[str, _Check] = {
    **dict.fromkeys(JETSTREAM_LIMITS, _LIMIT),
    "max_bytes_required": _flag,
}
_ACCOUNT: dict[str, _Check] = {
    "limits": _object(
        {
            **dict.fromkeys(ACCOUNT_LIMITS, _LIMIT),
            **_jetstream,
            "wildcards": _flag,
            "disallow_bearer": _flag,
            "tiered_limits": _map_of(_text, _object(_jetstream)),
        }
    ),
    "signing_keys": _list_of(_signing_key),
    "revocations": _map_of(_revoked, _whole(0)),
    "default_permissions": _object(_PERMISSIONS),
    "imports": _list_of(
        _object(
            {
                "subject": _subject,
                "account": _key(Kind.ACCOUNT),
                "type": _one_of(["stream", "service"]),
                "share": _flag,
            }
        )
    ),
    "exports": _list_of(
        _object(
            {
                "subject": _subject,
                "type": _one_of(["stream", "service"]),
                "token_req": _flag,
                "advertise": _flag,
            }
        )
    ),
    "mappings": _map_of(_subject, _list_of(_object({"subject": _subject, "weight": _whole(0)}))),
    "description": _text,
    "info_url": _url("http", "https"),
    "tags": _list_of(_text),
}
_OPERATOR: dict[str, _Check] = {
    "signing_keys": _list_of(_key(Kind.OPERATOR)),
    "account_server_url": _url("nats", "http", "https"),
    "operator_service_urls": _list_of(_url("nats", "tls", "ws", "wss")),
    "system_account": _key(Kind.ACCOUNT),
    "assert_server_version": _version,
    "strict_signing_key_usage": _flag,
    "tags": _list_of(_text),
}
_FIELDS = {Kind.OPERATOR: _OPERATOR, Kind.ACCOUNT: _ACCOUNT, Kind.USER: _USER}
