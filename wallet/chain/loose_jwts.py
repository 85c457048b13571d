"""JWTs that stand in no user's chain, in words: activations, and the two of an auth callout.

They are anybody's: every field is read by its type, and is safe to show.
Source: nats-io/jwt v2.8, activation_claims.go, authorization_claims.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wallet.chain.model import called
from wallet.chain.words import signed, validity
from wallet.errors import JwtError
from wallet.nats.jwt import Claims, parse
from wallet.nats.validation.imports import activated
from wallet.text import without_seeds

Json = Any

# What a client showed a server that asks a callout about it, and what is nobody's to read.
SECRETS = ("auth_token", "pass")


def describe_other(claims: Claims, now: float) -> list[str]:
    """A JWT in words, a line each; `now`, seconds since 1970, is what times are counted from."""
    describe = _KINDS.get(claims.type)
    lines = describe(claims) if describe else [f"A JWT about {called(claims)}."]
    return [*lines, signed(claims, None), validity(claims, now)]


def _activation(claims: Claims) -> list[str]:
    kind, subject = activated(claims)
    owner = claims.issuer_account or claims.issuer.text
    what = f"{_safe(kind) or 'export of no type'} {_safe(subject) or '(no subject)'}"
    name = f" “{_safe(claims.name)}”" if claims.name else ""
    return [
        f"Activation{name}: lets the account {_safe(claims.subject)} import the {what} of {owner}."
    ]


def _request(claims: Claims) -> list[str]:
    server, client = _part(claims.nats, "server_id"), _part(claims.nats, "client_info")
    shown = _part(claims.nats, "connect_opts")
    name = _text(server, "name") or _text(server, "id") or claims.issuer.text
    credentials = [
        what
        for field, what in (
            ("jwt", "a JWT"),
            ("nkey", "a key"),
            ("user", "a user name"),
            ("pass", "a password"),
            ("auth_token", "a token"),
        )
        if _text(shown, field)
    ]
    whose = f" “{_text(client, 'name')}”" if _text(client, "name") else ""
    return [
        f"The server {name} asks its auth callout whether to let a client{whose} in from "
        f"{_text(client, 'host') or 'an unknown address'}, as {_text(claims.nats, 'user_nkey')}.",
        f"The client showed {', '.join(credentials) or 'nothing'}.",
    ]


def _response(claims: Claims) -> list[str]:
    lines = [f"An auth callout answers the server {_safe(claims.audience)} about the client that "]
    lines[0] += f"it calls {called(claims)}."
    if error := _text(claims.nats, "error"):
        return [*lines, f"It is to be refused: {error}."]
    inner = claims.nats.get("jwt")
    try:
        user = parse(inner) if isinstance(inner, str) else None
    except JwtError:
        user = None
    if user is None or user.type != "user":
        return [*lines, "It gives no user's JWT that can be read: servers refuse the client."]
    return [*lines, f"It is let in as {called(user)} of the account {user.account}."]


_KINDS = {
    "activation": _activation,
    "authorization_request": _request,
    "authorization_response": _response,
}


def _part(place: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = place.get(name)
    return value if isinstance(value, dict) else {}


def _text(place: Mapping[str, Json], name: str) -> str:
    value = place.get(name)
    return _safe(value) if isinstance(value, str) else ""


def _safe(text: str) -> str:
    return without_seeds(text, 100)
