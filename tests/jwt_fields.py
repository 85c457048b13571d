"""JWTs of every kind with something in every one of their fields, one of them spoiled at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests import flawed
from tests.jwts import signed
from wallet.nats.nkeys import Kind, Seed

Json = Any
SERVER, SIGNER = Seed.generate(Kind.SERVER), Seed.generate(Kind.ACCOUNT)
NOW = flawed.LONG_AGO + 100
SPOILED: tuple[Json, ...] = (
    *("\x1b[2J\x1b]0;x\x07", "\x00\x9b31m\u202eevil\u2028", None, 1.5),
    *(["\x1b[31m", None], {"\x1b[31m": "\x1b[31m"}),
)


@dataclass(frozen=True)
class Spoiled:
    """A JWT, and where something stands in it that does not belong there."""

    kind: str
    token: str
    where: str


_PERMISSIONS: Json = {
    "pub": {"allow": ["a.>", "{{tag(x)}}"], "deny": ["a.b"]},
    "sub": {"allow": ["c.> q"], "deny": ["c.d"]},
    "resp": {"max": 1, "ttl": 10**9},
}
_LIMITED: Json = {
    **_PERMISSIONS,
    "subs": 5,
    "data": -1,
    "payload": 100,
    "src": ["10.0.0.0/8"],
    "times": [{"start": "08:00:00", "end": "09:00:00"}],
    "times_location": "Europe/Berlin",
    "bearer_token": True,
    "proxy_required": True,
    "allowed_connection_types": ["MQTT"],
}
_TIERS: Json = {"R1": {"mem_storage": 5, "disk_storage": 6, "streams": 1, "consumer": 2}}

WHOLE: dict[str, tuple[Seed, str, Json]] = {
    "operator": (
        flawed.OPERATOR,
        flawed.OPERATOR.public.text,
        {
            "signing_keys": [Seed.generate(Kind.OPERATOR).public.text],
            "account_server_url": "nats://h",
            "operator_service_urls": ["nats://h"],
            "system_account": flawed.ACCOUNT.public.text,
            "assert_server_version": "2.9.0",
            "strict_signing_key_usage": True,
            "tags": ["x"],
        },
    ),
    "account": (
        flawed.OPERATOR,
        flawed.ACCOUNT.public.text,
        {
            "limits": {**flawed.FREE, "wildcards": True, "tiered_limits": _TIERS, "conn": 0},
            "signing_keys": [
                flawed.OTHER.public.text,
                {
                    "kind": "user_scope",
                    "key": SIGNER.public.text,
                    "role": "worker",
                    "description": "d",
                    "template": _LIMITED,
                },
            ],
            "revocations": {flawed.USER.public.text: 5, "*": 1},
            "default_permissions": _PERMISSIONS,
            "imports": [
                {
                    "name": "i",
                    "subject": "hay.>",
                    "account": flawed.EXPORTER.public.text,
                    "type": "stream",
                    "local_subject": "h.>",
                    "allow_trace": True,
                    "token": flawed.activation(exp=flawed.LONG_AGO + 1),
                }
            ],
            "exports": [
                {
                    "name": "x",
                    "subject": "s.*",
                    "type": "service",
                    "token_req": True,
                    "response_type": "Stream",
                    "response_threshold": 5,
                    "advertise": True,
                    "account_token_position": 2,
                    "description": "d",
                    "info_url": "https://h",
                    "service_latency": {"sampling": 5, "results": "lat"},
                    "revocations": {"*": 1},
                }
            ],
            "mappings": {"hay": [{"subject": "loft", "weight": 80, "cluster": "east"}]},
            "authorization": {
                "auth_users": [flawed.USER.public.text],
                "allowed_accounts": [flawed.OTHER.public.text],
                "xkey": Seed.generate(Kind.CURVE).public.text,
            },
            "trace": {"dest": "t", "sampling": 5},
            "cluster_traffic": "owner",
            "description": "d",
            "info_url": "https://h",
            "tags": ["x:1"],
        },
    ),
    "user": (
        SIGNER,
        flawed.USER.public.text,
        {**_LIMITED, "issuer_account": flawed.ACCOUNT.public.text, "tags": ["x:1"]},
    ),
    "activation": (
        SIGNER,
        flawed.ACCOUNT.public.text,
        {"subject": "hay.>", "kind": "stream", "issuer_account": flawed.OTHER.public.text},
    ),
    "authorization_request": (
        SERVER,
        "nats-authorization-request",
        {
            "server_id": {"name": "s", "host": "h", "id": SERVER.public.text, "tags": ["x"]},
            "user_nkey": flawed.USER.public.text,
            "client_info": {"host": "10.0.0.1", "id": 5, "user": "u", "name": "n", "tags": ["x"]},
            "connect_opts": {"jwt": "j", "nkey": "k", "user": "u", "pass": "p", "auth_token": "t"},
            "client_tls": {"version": "1.3", "certs": ["c"]},
        },
    ),
    "authorization_response": (
        flawed.ACCOUNT,
        flawed.USER.public.text,
        {
            "jwt": flawed.activation(),
            "error": "no",
            "issuer_account": flawed.OTHER.public.text,
            "tags": ["x"],
        },
    ),
}


def whole(kind: str) -> dict[str, Json]:
    """The payload of a JWT of this kind, all its fields filled."""
    signer, subject, nats = WHOLE[kind]
    return {
        "aud": "a",
        "exp": NOW + 10**8,
        "jti": "j",
        "iat": NOW - 50,
        "name": "n",
        "iss": signer.public.text,
        "nbf": NOW - 99,
        "sub": subject,
        "nats": {**copy.deepcopy(nats), "type": kind, "version": 2},
    }


def spoiled() -> Iterator[Spoiled]:
    """Each kind with each of its fields spoiled in each way, and with every name too."""
    for kind, (signer, _, _) in WHOLE.items():
        for way in _ways(whole(kind)):
            for value in SPOILED:
                payload = whole(kind)
                place: Json = payload
                for step in way[:-1]:
                    place = place[step]
                place[way[-1]] = value
                yield Spoiled(kind, signed(signer, payload), f"{'.'.join(map(str, way))}={value!r}")


def _ways(value: Json, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in list(items):
        yield (*way, step)
        if isinstance(inner, dict | list):
            yield from _ways(inner, (*way, step))
