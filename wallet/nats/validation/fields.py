"""The fields of operators, accounts and users, each with what may stand in it. Pure.

Source: nats-io/jwt v2.8, user_claims.go, account_claims.go, operator_claims.go, types.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from wallet.nats.jwt_layout import UNLIMITED
from wallet.nats.nkeys import Kind
from wallet.nats.validation.flaw import Effect, Json, Path, Review
from wallet.nats.validation.shapes import (
    Check,
    account_server,
    description,
    flag,
    info_url,
    key,
    list_of,
    map_of,
    meant,
    networks,
    object_of,
    one_of,
    service_url,
    span,
    subject,
    subject_and_queue,
    templated,
    text,
    texts,
    version,
    whole,
    zone,
)

CONNECTION_TYPES = (
    *("STANDARD", "WEBSOCKET", "LEAFNODE", "LEAFNODE_WS", "MQTT", "MQTT_WS", "IN_PROCESS"),
)
USER_LIMITS = ("subs", "data", "payload")
ACCOUNT_LIMITS = (*USER_LIMITS, "imports", "exports", "conn", "leaf")
JETSTREAM_LIMITS = (
    *("mem_storage", "disk_storage", "streams", "consumer", "max_ack_pending"),
    *("mem_max_stream_bytes", "disk_max_stream_bytes"),
)
EVERYBODY = "*"  # in revocations, and among the accounts that a callout may use
EXPORT_TYPES = ("stream", "service")
RESPONSE_TYPES = ("", "Singleton", "Stream", "Chunked")


def _limits(names: tuple[str, ...], check: Check) -> dict[str, Check]:
    return dict.fromkeys(names, check)


def _object_without_null(fields: Mapping[str, Check]) -> Check:
    """Limits: a `null` there is 0, which forbids, and that is not what it looks like."""
    inner = object_of(fields)

    def checked(review: Review, path: Path, value: Json) -> None:
        inner(review, path, value)
        for name in fields if isinstance(value, Mapping) else ():
            if name in value and value[name] is None:
                wanted = "a value: servers take it for 0 or for no"
                review.wrong((*path, name), wanted, None, Effect.MISTAKEN)

    return checked


def _ignoring_case(choices: tuple[str, ...]) -> Check:
    """Servers compare them so; one that they do not know counts for nothing."""
    exact = one_of(choices, Effect.MISTAKEN)

    def checked(review: Review, path: Path, value: Json) -> None:
        exact(review, path, value.upper() if isinstance(value, str) else value)

    return checked


_LIMIT = meant(whole(), UNLIMITED, f"a whole number from {UNLIMITED} on, {UNLIMITED} for no limit")
_TIME = meant(whole(), 0, "a time in seconds since 1970")
_publish = object_of(dict.fromkeys(("allow", "deny"), texts(subject)))
_subscribe = object_of(dict.fromkeys(("allow", "deny"), texts(subject_and_queue)))
_response = object_of({"max": _LIMIT, "ttl": meant(whole(), UNLIMITED, "a time in nanoseconds")})
PERMISSIONS: dict[str, Check] = {"pub": _publish, "sub": _subscribe, "resp": _response}
_OF_USERS: dict[str, Check] = {
    **_limits(USER_LIMITS, _LIMIT),
    "times_location": zone,
    "bearer_token": flag,
    "proxy_required": flag,
    "allowed_connection_types": texts(_ignoring_case(CONNECTION_TYPES)),
}
USER: dict[str, Check] = {
    **PERMISSIONS,
    **_OF_USERS,
    "src": networks,
    "times": list_of(span),
    "issuer_account": key(Kind.ACCOUNT),
    "tags": texts(),
}


def _milder(check: Check) -> Check:
    """Make of a check one for scopes: the JWT library looks at types alone, servers at the rest."""

    def checked(review: Review, path: Path, value: Json) -> None:
        at = len(review.flaws)
        check(review, path, value)
        for place in range(at, len(review.flaws)):
            if not review.flaws[place].mistyped:
                review.flaws[place] = review.flaws[place].milder(Effect.MISTAKEN)

    return checked


_template = object_of(
    {
        **_OF_USERS,
        "pub": _milder(object_of(dict.fromkeys(("allow", "deny"), texts(templated(subject))))),
        "sub": _milder(
            object_of(dict.fromkeys(("allow", "deny"), texts(templated(subject_and_queue))))
        ),
        "resp": _response,
        "times_location": _milder(zone),
        "src": _milder(networks),
        "times": _milder(list_of(span)),
    }
)
_scope = object_of(
    {
        "kind": one_of(["user_scope"]),
        "key": key(Kind.ACCOUNT, besides=()),
        "role": text,
        "description": text,
        "template": _template,
    }
)


def _signing_key(review: Review, path: Path, value: Json) -> None:
    if isinstance(value, str):
        key(Kind.ACCOUNT, besides=())(review, path, value)
        return
    if not isinstance(value, Mapping):  # servers pass over it
        review.mistyped(path, "the public key of an account, or a scope, { … }", value)
        review.flaws[-1] = review.flaws[-1].milder(Effect.MISTAKEN)
        return
    _scope(review, path, value)
    for name in ("kind", "key"):
        if value.get(name) is None:
            review.add(path, f"a signing key with a scope needs its “{name}”")


_jetstream: dict[str, Check] = {**_limits(JETSTREAM_LIMITS, _LIMIT), "max_bytes_required": flag}
_ACCOUNT_REVOKED = map_of(key(Kind.USER, Effect.MISTAKEN, besides=(EVERYBODY,)), _TIME)
_EXPORT_REVOKED = map_of(key(Kind.ACCOUNT, Effect.MISTAKEN, besides=(EVERYBODY,)), _TIME)


def _sampling(review: Review, path: Path, value: Json) -> None:
    if isinstance(value, str) and value.lower() == "headers":
        return
    before = len(review.flaws)
    whole()(review, path, value)
    if len(review.flaws) == before and not 0 <= value <= 100:
        review.wrong(path, "a percentage from 1 to 100, or “headers”", value)


EXPORT: dict[str, Check] = {
    "name": text,
    "subject": subject,
    "type": one_of(EXPORT_TYPES),
    "token_req": flag,
    "revocations": _EXPORT_REVOKED,
    "response_type": text,
    "response_threshold": whole(),
    "service_latency": object_of({"sampling": _sampling, "results": subject}),
    "account_token_position": whole(0, (1 << 64) - 1),
    "advertise": flag,
    "allow_trace": flag,
    "description": description,
    "info_url": info_url,
}
IMPORT: dict[str, Check] = {
    "name": text,
    "subject": subject,
    "account": key(Kind.ACCOUNT, Effect.MISTAKEN),
    "token": text,
    "to": text,
    "local_subject": text,
    "type": one_of(EXPORT_TYPES),
    "share": flag,
    "allow_trace": flag,
}
_weighted = object_of({"subject": subject, "weight": whole(0, 255), "cluster": text})
ACCOUNT: dict[str, Check] = {
    "limits": _object_without_null(
        {
            **_limits(ACCOUNT_LIMITS, _LIMIT),
            **_jetstream,
            "wildcards": flag,
            "disallow_bearer": flag,
            "tiered_limits": map_of(text, object_of(_jetstream)),
        }
    ),
    "signing_keys": list_of(_signing_key),
    "revocations": _ACCOUNT_REVOKED,
    "default_permissions": object_of(PERMISSIONS),
    "imports": list_of(object_of(IMPORT)),
    "exports": list_of(object_of(EXPORT)),
    "mappings": map_of(subject, list_of(_weighted)),
    "authorization": object_of(
        {
            "auth_users": texts(key(Kind.USER, besides=())),
            "allowed_accounts": texts(key(Kind.ACCOUNT, besides=(EVERYBODY,))),
            "xkey": key(Kind.CURVE),
        }
    ),
    "trace": object_of({"dest": subject, "sampling": whole()}),
    "cluster_traffic": one_of(("", "system", "owner")),
    "description": description,
    "info_url": info_url,
    "tags": texts(),
}
OPERATOR: dict[str, Check] = {
    "signing_keys": texts(key(Kind.OPERATOR, besides=())),
    "account_server_url": account_server,
    "operator_service_urls": texts(service_url),
    "system_account": key(Kind.ACCOUNT),
    "assert_server_version": version,
    "strict_signing_key_usage": flag,
    "tags": texts(),
}
FIELDS = {Kind.OPERATOR: OPERATOR, Kind.ACCOUNT: ACCOUNT, Kind.USER: USER}
