"""An authorization service (auth callout) of the tests' own, beside a real server."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.jwts import sign
from wallet.nats.jwt_layout import unlimited_user
from wallet.nats.nkeys import Seed, decode_public, verify

Asked = dict[str, Any]
Decide = Callable[[Asked], str | None]


def signed(request: Asked) -> bool:
    """Whether the key that the client names made the signature over the server's nonce."""
    options, nonce = request["connect_opts"], request["client_info"].get("nonce", "")
    key, signature = options.get("nkey"), options.get("sig")
    if not (key and signature and nonce):
        return False
    return verify(decode_public(key), nonce.encode(), _decoded(signature))


def whoever_signed(name: str) -> Decide:
    """Let in under a name who holds the key that is shown; nobody else."""
    return lambda request: name if signed(request) else None


def anybody(name: str) -> Decide:
    """Let in whoever comes."""
    return lambda request: name


def nobody(request: Asked) -> str | None:
    return None


@asynccontextmanager
async def callout(
    url: str,
    issuer: Seed,
    decide: Decide,
    *,
    user: Seed | None = None,
    creds: str = "",
    place: str = "",
    answers: bool = True,
) -> AsyncIterator[list[Asked]]:
    """The service, connected with the key of `user` or with creds, and what it was asked.

    `decide` gives the name that a client is let in under, empty for none of the service's
    giving, None to refuse it. `issuer` is the account that signs; `place` names the account that
    a client is put into where the server lists its users. With `answers` false it says nothing.
    """
    from tests.natspy import connected

    asked: list[Asked] = []
    how: dict[str, Any] = {}
    if user is not None:
        how["nkeys_seed_str"] = user.encode().decode()
    if creds:
        how["user_credentials"] = creds

    async def answer(message: Any) -> None:
        claims = _claims(message.data)
        asked.append(claims["nats"])
        if not answers:
            return
        name = decide(claims["nats"])
        subject = claims["nats"]["user_nkey"]
        told = {"type": "authorization_response", "version": 2}
        if name is None:
            told["error"] = "not today"
        else:
            nats = {**unlimited_user(), "type": "user", "version": 2}
            told["jwt"] = _jwt(issuer, subject, nats, name=name, aud=place)
        server = claims["nats"]["server_id"]["id"]
        await message.respond(_jwt(issuer, subject, told, aud=server).encode())

    async with connected(url, **how) as client:
        await client.subscribe("$SYS.REQ.USER.AUTH", cb=answer)
        await client.flush()
        yield asked


def _jwt(issuer: Seed, subject: str, nats: dict[str, Any], **standard: str) -> str:
    said = {name: value for name, value in standard.items() if value}
    payload = {
        "jti": "TEST",
        "iat": int(time.time()),
        "iss": issuer.public.text,
        "sub": subject,
        **said,
        "nats": nats,
    }
    return sign(issuer, payload)


def _claims(token: bytes) -> Asked:
    claims: Asked = json.loads(_decoded(token.decode().split(".")[1]))
    return claims


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
