"""What of a server's configuration decides who is let in, and whom it lists. Pure.

Keys are tried with a server that has only that: no address, no file, no limit. A setting that is
not known to decide is left out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wallet.connection.rehearsal.configuration_text import Origin
from wallet.errors import KeyFormatError
from wallet.nats.config.names import lowered, names_of
from wallet.nats.config.parser import Literal, Value
from wallet.nats.nkeys import Kind, decode_public
from wallet.text import plain

# What decides who is let in. Everything else is left out of the text to run.
_RUN = {
    "accounts",
    "authorization",
    "no_auth_user",
    "no_sys_acc",
    "no_system",
    "no_system_account",
    "proxies",
    "system",
    "system_account",
}
_RUN_IN_ACCOUNT = {"users", "nkey", "default_permissions"}

OPERATOR = set(names_of("operator"))
TRUSTED = set(names_of("trusted_keys"))
RESOLVER = set(names_of("resolver"))
PRELOAD = "resolver_preload"
# What decides with an operator. What of it names files or servers is put in place before.
_RUN_WITH_OPERATOR = (
    OPERATOR | TRUSTED | RESOLVER | {PRELOAD, "resolver_pinned_accounts", "default_sentinel"}
)


@dataclass(frozen=True, slots=True)
class ListedUser:
    """A user key that a configuration lists, and what it says of it.

    `standard` is whether an ordinary client may be it; `proxied` whether it must come through a
    proxy. `account` is empty where the configuration names none.
    """

    public: str
    account: str
    origin: Origin
    standard: bool = True
    proxied: bool = False


def with_operator(configuration: dict[str, Value]) -> bool:
    """Whether the server goes by JWTs, which an operator or a trusted key stands for."""
    return any(lowered(key) in OPERATOR | TRUSTED for key in configuration)


def _decides(configuration: dict[str, Value]) -> set[str]:
    """The settings that decide who is let in."""
    return _RUN | _RUN_WITH_OPERATOR if with_operator(configuration) else _RUN


def to_run(configuration: dict[str, Value]) -> dict[str, Value]:
    """Only what decides who is let in, of one that reaches nothing outside."""
    decides = _decides(configuration)
    kept = {key: value for key, value in configuration.items() if lowered(key) in decides}
    for key, accounts in kept.items():
        if lowered(key) == "accounts" and isinstance(accounts.data, dict):
            reduced = {name: _users_only(account) for name, account in accounts.data.items()}
            kept[key] = Value(reduced, accounts.file, accounts.line)
    return kept


def _users_only(account: Value) -> Value:
    if not isinstance(account.data, dict):
        return account
    kept = {key: value for key, value in account.data.items() if lowered(key) in _RUN_IN_ACCOUNT}
    return Value(kept, account.file, account.line)


def listed(configuration: dict[str, Value]) -> list[ListedUser]:
    """Every user key that would be let in, in the order of the text."""
    found: list[ListedUser] = []
    for key, value in configuration.items():
        if lowered(key) == "authorization":
            proxied = any(_true(item) for name, item in _map(value) if name == "proxy_required")
            found += _users_of(value, "", proxied=proxied)
        elif lowered(key) == "accounts" and isinstance(value.data, dict):
            for account, block in value.data.items():
                if not block.used:  # as the server does
                    found += _users_of(block, account)
    return found


def asks_another(configuration: dict[str, Value]) -> bool:
    """Whether a service outside the server decides who is let in: `auth_callout`."""
    return any(
        name in {"auth_callout", "auth_hook"}
        for key, value in configuration.items()
        if lowered(key) == "authorization"
        for name, _ in _map(value)
    )


def _users_of(block: Value, account: str, *, proxied: bool = False) -> Iterator[ListedUser]:
    for key, users in _map(block):
        if key != "users" or not isinstance(users.data, list):
            continue
        for user in users.data:
            said = dict(_map(user))
            public = said.get("nkey")
            if public is None or not isinstance(public.data, str):
                continue
            try:
                key_listed = decode_public(public.data)
            except KeyFormatError:
                continue  # the server says so itself
            if key_listed.kind is Kind.USER:
                yield ListedUser(
                    key_listed.text,
                    plain(account),
                    Origin(public.file, public.line),
                    standard=_takes_clients(said),
                    proxied=proxied or _true(said.get("proxy_required")),
                )


def _takes_clients(user: dict[str, Value]) -> bool:
    for name in ("allowed_connection_types", "connection_types", "clients"):
        types = user.get(name)
        if types is not None:
            given = types.data if isinstance(types.data, list) else [types]
            return any(isinstance(t.data, str) and t.data.upper() == "STANDARD" for t in given)
    return True


def _map(value: Value) -> Iterator[tuple[str, Value]]:
    if isinstance(value.data, dict):
        for key, inner in value.data.items():
            yield lowered(key), inner


def _true(value: Value | None) -> bool:
    return (
        value is not None
        and isinstance(value.data, Literal)
        and value.data.lower() in {"true", "yes", "on"}
    )
