"""Claims as they are given to be taken: a JWT, what a command or another tool prints of one. Pure.

Taken are the `nats` fields alone; the payload around them; what `jwt --json`, `edit --json`,
`show --json` and `inspect --json` print; nsc's `describe --json` and `--raw`; the JWT itself.
What is none of these is refused: half understood, it would take limits and permissions away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from wallet.errors import CredentialsError, JwtError, UsageError
from wallet.nats import creds, jwt
from wallet.nats.claims.content import few
from wallet.nats.jwt_layout import unknown_fields
from wallet.nats.nkeys import Kind
from wallet.secrets import encoding
from wallet.text import without_seeds

Json = Any
LARGEST = 1 << 20
_STANDARD = {"aud", "exp", "iat", "iss", "jti", "name", "nats", "nbf", "sub", "type"}


@dataclass(frozen=True, slots=True)
class GivenClaims:
    """The claims that a person gave as a text.

    `nats` is without `type` and `version`. `subject` and `expires` are a payload's own, which
    are not taken; None where the text says nothing. `unknown` are the places of fields that no
    server knows.
    """

    nats: dict[str, Json]
    unknown: tuple[str, ...]
    subject: str | None = None
    expires: int | None = None


def read(text: str | bytes, kind: Kind) -> GivenClaims:
    """Understand claims of a key of `kind`, of a user's where they are a scope's template.

    Raises `UsageError` for what is not understood.
    """
    given = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if len(given) > LARGEST:
        raise UsageError("That is longer than 1 MiB: no claims are. Nothing was changed.")
    payload = _payload(given)
    nats = payload.get("nats")
    whole = isinstance(nats, dict)
    nats = dict(nats) if isinstance(nats, dict) else payload
    of = nats.get("type") if whole and "type" in nats else payload.get("type", kind.value)
    if of != kind.value:
        raise UsageError(
            f"These are the claims of another kind, {without_seeds(str(of), 60)}, where those of "
            f"kind {kind.value} belong. Nothing was changed."
        )
    nats = {name: value for name, value in nats.items() if name not in {"type", "version"}}
    unknown = tuple(unknown_fields(kind.value, nats))
    beside = tuple(name for name in payload if name not in _STANDARD) if whole else ()
    if nats and set(nats) <= set(unknown):
        raise UsageError(
            f"No field of a key of kind {kind.value} is in it, but {_few(unknown)}. Give what "
            "`jwt --json` prints, or the part of it that is called nats. Nothing was changed."
        )
    if kind is Kind.ACCOUNT and "limits" not in nats:
        raise UsageError(
            "There are no limits in it, and an account without them takes no connection. Give "
            'them too: "limits": { … }. Nothing was changed.'
        )
    subject, expires = payload.get("sub"), payload.get("exp")
    return GivenClaims(
        nats,
        (*beside, *unknown),
        subject if whole and isinstance(subject, str) else None,
        expires if whole and type(expires) is int else None,
    )


def about_unknown(unknown: tuple[str, ...]) -> str:
    """Name the fields that no server knows, in a sentence."""
    what = "this field" if len(unknown) == 1 else "these fields"
    return f"No server knows {what}, and reads over it: {_few(unknown)}."


def _few(names: tuple[str, ...]) -> str:
    return few([without_seeds(name, 60) for name in names])


def _payload(given: bytes) -> dict[str, Json]:
    """Read the text as JSON: a JWT's payload, or the fields alone."""
    try:
        text = encoding.text(given).strip()
    except ValueError:
        raise UsageError("It is no text. Nothing was changed.") from None
    try:
        if creds.looks_like_creds(text):
            raw = text.encode("utf-8")
            block = creds.find_blocks(raw).token
            text = "" if block is None else raw[block].decode("utf-8")
        if text.startswith("ey"):
            return jwt.decode(text).payload
    except (CredentialsError, JwtError) as error:
        raise UsageError(f"{error} Nothing was changed.") from None
    try:
        payload = json.loads(text, object_pairs_hook=_once_each)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"It holds no JSON, from line {error.lineno} on ({error.msg}). Nothing was changed."
        ) from None
    except (ValueError, RecursionError):
        raise UsageError("It holds no JSON. Nothing was changed.") from None
    if not isinstance(payload, dict):
        raise UsageError("It holds no JSON object of claims, { … }. Nothing was changed.")
    inner = payload.get("claims")
    if isinstance(inner, dict):  # as this wallet's commands print them
        return inner
    template = payload.get("template")
    return (
        template if isinstance(template, dict) and payload.get("kind") == "user_scope" else payload
    )


def _once_each(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for name, value in pairs:
        if name in fields:
            shown = without_seeds(name, 60)
            raise UsageError(f"It has “{shown}” twice in one object. Nothing was changed.")
        fields[name] = value
    return fields
