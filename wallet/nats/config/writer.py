"""Configuration of nats-server: who may connect, and with operators which accounts exist. Pure.

Text to paste or to write into a file. JWTs and public keys stand in it, never a secret. Names
and subjects come from people and from files of others, so they only ever stand in quotes or in
comments of one line.

Source: nats-server's conf/lex.go and server/opts.go; nsc's generate config.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from wallet.errors import StateRefusesError, UsageError
from wallet.nats.client_snippets import NamedKey
from wallet.nats.nkeys import Kind, decode_public
from wallet.shell import written
from wallet.text import plain

Json = Any
RESOLVERS = ("memory", "full")
JWT_DIRECTORY = "./jwt"
_SECOND = 1_000_000_000
_SYSTEM = "$SYS"


class ConfiguredUser(NamedTuple):
    """A user that a configuration lists; `nats` says what it may do, empty for anything."""

    key: NamedKey
    nats: Mapping[str, Json]


class ConfiguredAccount(NamedTuple):
    """An account that a configuration lists by its name, with its users."""

    name: str
    users: list[ConfiguredUser]


class SignedAccount(NamedTuple):
    """An account that a server with an operator knows by its JWT."""

    key: NamedKey
    token: str


def server_authorization(keys: Iterable[NamedKey]) -> str:
    """`authorization` for users who may do everything."""
    return authorization(ConfiguredUser(key, {}) for key in keys)


def authorization(users: Iterable[ConfiguredUser]) -> str:
    """The `authorization` block that lets these users in, with their permissions.

    Raises `UsageError` for a key that is no user's, and when there is none.
    """
    lines = [line for user in users for line in _user(user, "    ")]
    if not lines:
        raise StateRefusesError(
            "There is no user key to put into the configuration. Make one first."
        )
    return "\n".join(["authorization {", "  users = [", *lines, "  ]", "}", ""])


def accounts(listed: Iterable[ConfiguredAccount]) -> str:
    """The `accounts` block of a server without an operator: names, and the users in each."""
    lines, names = [], set[str]()
    for account in listed:
        name = _account_name(account.name, names)
        names.add(name)
        users = [line for user in account.users for line in _user(user, "      ")]
        lines += [f'  "{name}" {{', "    users = [", *users, "    ]", "  }"]
    if not lines:
        raise StateRefusesError(
            "There is no account to put into the configuration. Make one first."
        )
    return "\n".join(["accounts {", *lines, "}", ""])


# A full resolver takes no changed account with a reload: nats-server 2.15.1, tried.
HOW_WITHOUT_PUSH = (
    "put it into resolver_preload, then reload the server where its resolver is MEMORY and restart "
    "it where that is full, which takes no changed account with a reload"
)
HOW_ACCOUNTS_ARRIVE = (
    "push it (" + written("nkey-wallet push --server URL") + f"), or {HOW_WITHOUT_PUSH}"
)


def how_removed(account: str) -> str:
    """Tell how servers lose an account, by its public key: no push takes one away.

    That a full resolver without the file has the account no more was tried on 2.15.1.
    """
    return (
        "Take it out of resolver_preload. A full resolver keeps it all the same: where it says "
        "allow_delete: true it can be told to delete it; where it does not, as in the "
        f"configuration that is written here, delete {account}.jwt in its directory. Then restart "
        "the server."
    )


def operator(
    tokens: Sequence[str],
    system_account: str | None,
    listed: Iterable[SignedAccount],
    resolver: str,
) -> str:
    """The configuration of a server that trusts operators, with the accounts it begins with.

    `tokens` are the operators' JWTs. Servers of 2.9 and before take only one.

    With the `memory` resolver the accounts are those listed here, until the next reload. With
    `full` the server keeps them in a directory and takes newer ones while it runs, which needs
    a system account. Raises `UsageError`.
    """
    if resolver not in RESOLVERS:
        raise UsageError(f"There is no resolver {resolver!r}: choose {' or '.join(RESOLVERS)}.")
    trusted = ", ".join(tokens)
    lines = [f"operator: {trusted}" if len(tokens) == 1 else f"operator: [{trusted}]"]
    if system_account is not None:
        lines.append(f"system_account: {system_account}")
    elif resolver == "full":
        raise StateRefusesError(
            "The full resolver takes accounts through the system account, and this operator has "
            "none. Make an account for it (nkey-wallet new account SYS --under OPERATOR), and name "
            "it as such: nkey-wallet edit OPERATOR --system-account SYS."
        )
    if resolver == "memory":
        lines.append("resolver: MEMORY")
    else:
        lines += [
            "resolver {",
            "  type: full",
            f'  dir: "{JWT_DIRECTORY}"',
            "  allow_delete: false",
            '  interval: "2m"',
            '  timeout: "1.9s"',
            "}",
        ]
    return "\n".join([*lines, preload(listed)])


def preload(listed: Iterable[SignedAccount]) -> str:
    """The accounts that a server knows from its start, in the order of their keys.

    To bring a running server's accounts up to date, these lines take the place of those with
    the same keys, and the server is reloaded; one with a full resolver is restarted.
    """
    lines = []
    for account in sorted(listed, key=lambda one: one.key.public):
        if account.key.label:
            lines.append(f"  # {plain(account.key.label, 500)}")
        lines.append(f"  {account.key.public}: {account.token}")
    if not lines:
        raise StateRefusesError("There is no account with a JWT to put into the configuration.")
    return "\n".join(["resolver_preload: {", *lines, "}", ""])


def _user(user: ConfiguredUser, indent: str) -> list[str]:
    kind = decode_public(user.key.public).kind
    if kind is not Kind.USER:
        raise UsageError(
            f"{user.key.label} is a key of kind {kind.value}: a server's configuration lists user "
            "keys only. Choose a user, or an account to list the users in it."
        )
    comment = f"  # {plain(user.key.label, 500)}" if user.key.label else ""
    more = _more(user.nats)
    if not more:
        return [f"{indent}{{ nkey: {user.key.public} }}{comment}"]
    first = f"{indent}{{ nkey: {user.key.public},{comment}"
    return [first, *(f"{indent}  {line}" for line in more), f"{indent}}}"]


def _more(nats: Mapping[str, Json]) -> list[str]:
    """Write the settings that stand beside a user's key."""
    rules = []
    for field, name in (("pub", "publish"), ("sub", "subscribe")):
        given = _in_a_list(field, nats)
        parts = [f"{rule}: {_list(given[rule])}" for rule in ("allow", "deny") if given.get(rule)]
        if parts:
            rules.append(f"{name} {{ {', '.join(parts)} }}")
    if isinstance(answers := nats.get("resp"), Mapping):
        parts = [f"max: {int(answers.get('max') or 0)}"]
        if nanoseconds := int(answers.get("ttl") or 0):
            parts.append(f'expires: "{_duration(nanoseconds)}"')
        rules.append(f"allow_responses {{ {', '.join(parts)} }}")
    lines = ["permissions {", *(f"  {rule}" for rule in rules), "}"] if rules else []
    if types := nats.get("allowed_connection_types"):
        lines.append(f"allowed_connection_types: {_list(types)}")
    return lines


def unsaid(nats: Mapping[str, Json]) -> bool:
    """Whether a user's JWT says what no `users` entry can: networks, hours, limits."""
    limits = (nats.get(name, -1) for name in ("subs", "data", "payload"))
    return bool(nats.get("src") or nats.get("times") or any(each != -1 for each in limits))


def _in_a_list(field: str, nats: Mapping[str, Json]) -> Mapping[str, Json]:
    """A rule of a JWT, as it has the same meaning in a configuration.

    In a JWT nothing may be published where an empty list of what may stands beside one of what
    may not; in a configuration an empty list says nothing.
    """
    given: Mapping[str, Json] = nats.get(field) or {}
    if field == "pub" and given.get("allow") == [] and given.get("deny"):
        return {"deny": [">"]}
    return given


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(quoted(text) for text in texts)}]"


def quoted(text: str) -> str:
    """A text in double quotes, as nats-server's configuration reads it back."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _duration(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, _SECOND)
    return f"{nanoseconds}ns" if rest else f"{seconds}s"


def _account_name(name: str, taken: set[str]) -> str:
    """A name as it can stand in quotes: a quoted name knows no escapes."""
    safe = re.sub(r'["\\\x00-\x1f]', "_", plain(name, 200))
    if safe.upper() == _SYSTEM:  # the server has that one already
        safe = "SYSTEM"
    free, number = safe, 1
    while free in taken:
        number += 1
        free = f"{safe}-{number}"
    return free
