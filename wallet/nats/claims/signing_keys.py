"""The signing keys in the JWT of an operator or account, and the scopes of an account's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wallet.nats.jwt_layout import unlimited_user

Json = Any


def scope_of(account: Mapping[str, Json], key: str) -> dict[str, Json] | None:
    """The scope that an account's claims give its signing key, None for a plain one."""
    return scopes_in(account).get(key)


def scopes_in(account: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """The scopes that an account's claims give its signing keys, by public key."""
    scopes: dict[str, dict[str, Json]] = {}
    for entry in _signers(account):
        # Of a key that stands there twice, Go takes what comes last.
        if isinstance(entry, dict) and isinstance(entry.get("key"), str):
            scopes[entry["key"]] = entry
        elif isinstance(entry, str):
            scopes.pop(entry, None)
    return scopes


def signing_keys(nats: Mapping[str, Json]) -> list[str]:
    """The public keys that an operator's or account's claims name as its signing keys."""
    keys = [entry.get("key") if isinstance(entry, dict) else entry for entry in _signers(nats)]
    return [key for key in keys if isinstance(key, str)]


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
