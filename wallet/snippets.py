"""Configuration text that names a key: what a person pastes. Pure; never holds a secret."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wallet.errors import UsageError
from wallet.nkeys import Kind, decode_public


class NamedKey(NamedTuple):
    """A public key and what a reader calls it: a name or a path, free of control characters."""

    public: str
    label: str


def server_authorization(keys: Iterable[NamedKey]) -> str:
    """The `authorization` block of a nats-server configuration that lets these users in.

    Each key is a user's public key, 56 characters; its label follows as a comment. Raises
    `KeyFormatError` for what is not a public key and `UsageError` for one that is no user's:
    a server takes no other kind there.

    Source: nats-server's nkey authentication, `authorization { users: [ { nkey: U… } ] }`.
    """
    lines = []
    for key in keys:
        kind = decode_public(key.public).kind
        if kind is not Kind.USER:
            raise UsageError(
                f"{key.label} is a key of kind {kind.value}: a server's configuration lists user "
                "keys only. Choose a user, or an account to list the users in it."
            )
        lines.append(f"    {{ nkey: {key.public} }}  # {key.label}")
    if not lines:
        raise UsageError("There is no user key to put into the configuration. Make one first.")
    return "\n".join(["authorization {", "  users = [", *lines, "  ]", "}", ""])
