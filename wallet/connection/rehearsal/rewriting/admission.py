"""The settings of a configuration that decide who is let in, and the users that it lists. Pure.

Keys are tried with a server that has only these settings: no address, no file, and no limit but
what bounds each client, or lets nobody in. A setting that is not known to decide is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wallet.connection.rehearsal.rewriting.configuration_text import Origin
from wallet.errors import KeyFormatError
from wallet.nats.config.names import every_setting, settings
from wallet.nats.config.parser import Literal, Value, block_of, is_true
from wallet.nats.nkeys import Kind, decode_public
from wallet.text import plain

# By their first names, the settings that decide who is let in.
_DECIDING = {
    "accounts",
    "authorization",
    "no_auth_user",
    "no_system_account",
    "proxies",
    "system_account",
    # How long a line of a client may be, and how soon it is given up: a JWT is long.
    "max_control_line",
    "ping_interval",
    "ping_max",
    "write_deadline",
    "write_timeout",
}
_DECIDING_IN_ACCOUNT = {"users", "nkey", "default_permissions"}
_MOST = "max_connections"

OPERATOR = "operator"
TRUSTED = "trusted_keys"
RESOLVER = "resolver"
PRELOAD = "resolver_preload"
# Those that decide where there is an operator. The files and servers that they name are put in
# place before.
_DECIDING_WITH_OPERATOR = {
    *(OPERATOR, TRUSTED, RESOLVER, PRELOAD),
    *("resolver_pinned_accounts", "default_sentinel"),
}


@dataclass(frozen=True, slots=True)
class ListedUser:
    """A user key that a configuration lists, with what that says of it.

    `standard` is whether an ordinary client may be it; `proxied` whether it must come through a
    proxy. `account` is empty where the configuration names none.
    """

    public: str
    account: str
    origin: Origin
    standard: bool = True
    proxied: bool = False


def with_operator(configuration: dict[str, Value]) -> bool:
    """Whether a configuration names an operator or a trusted key, so that servers go by JWTs."""
    return any(setting_of(key) in {OPERATOR, TRUSTED} for key in configuration)


def setting_of(key: str) -> str:
    """The first name of the setting that servers take a key at the top of a configuration for."""
    return settings().first_name(key)


def to_run(configuration: dict[str, Value]) -> dict[str, Value]:
    """Leave of a configuration only the settings that decide who is let in."""
    names = _DECIDING
    if with_operator(configuration):
        names = names | _DECIDING_WITH_OPERATOR
    deciding = {
        key: value
        for key, value in configuration.items()
        if setting_of(key) in names or (setting_of(key) == _MOST and _takes_none(value))
    }
    for key, accounts in deciding.items():
        if setting_of(key) == "accounts" and isinstance(accounts.data, dict):
            reduced = {name: _users_only(account) for name, account in accounts.data.items()}
            deciding[key] = Value(reduced, accounts.file, accounts.line)
    return deciding


def _users_only(account: Value) -> Value:
    if not isinstance(account.data, dict):
        return account
    block = every_setting()["accounts.*"].inside
    deciding = {
        key: value
        for key, value in account.data.items()
        if block is not None and block.first_name(key) in _DECIDING_IN_ACCOUNT
    }
    most = block_of(block_of(account, "accounts.*").get("limits"), "accounts.*.limits").get(_MOST)
    if most is not None and _takes_none(most) and most.data != "-1":  # which is none there
        deciding["limits"] = Value({_MOST: most}, most.file, most.line)
    return Value(deciding, account.file, account.line)


def _takes_none(limit: Value) -> bool:
    """Whether no connection is within this limit, as within 0. Source: nats-server opts.go."""
    number = limit.data.value if isinstance(limit.data, Literal) else None
    return type(number) is int and number <= 0


def listed(configuration: dict[str, Value]) -> list[ListedUser]:
    """The user keys that a configuration lists, in the order of its text."""
    users: list[ListedUser] = []
    for key, value in configuration.items():
        setting = setting_of(key)
        if setting == "authorization":
            proxied = is_true(block_of(value, setting).get("proxy_required"))
            users += _users_of(block_of(value, setting), "", proxied=proxied)
        elif setting == "accounts" and isinstance(value.data, dict):
            for account, block in value.data.items():
                if not block.used:  # as the server does
                    users += _users_of(block_of(block, "accounts.*"), account)
    return users


def asks_another(configuration: dict[str, Value]) -> bool:
    """Whether a configuration leaves it to a service, by `auth_callout`, who is let in."""
    return any(
        "auth_callout" in block_of(value, "authorization")
        for key, value in configuration.items()
        if setting_of(key) == "authorization"
    )


def _users_of(
    block: dict[str, Value], account: str, *, proxied: bool = False
) -> Iterator[ListedUser]:
    users = block.get("users")
    for entry in users.data if users is not None and isinstance(users.data, list) else ():
        user = block_of(entry, "authorization.users")
        public = user.get("nkey")
        if public is None or not isinstance(public.data, str):
            continue
        try:
            public_key = decode_public(public.data)
        except KeyFormatError:
            continue  # the server says so itself
        if public_key.kind is Kind.USER:
            yield ListedUser(
                public_key.text,
                plain(account),
                Origin.of(public),
                standard=_takes_clients(user),
                proxied=proxied or is_true(user.get("proxy_required")),
            )


def _takes_clients(user: dict[str, Value]) -> bool:
    types = user.get("allowed_connection_types")
    if types is None:
        return True
    listed_types = types.data if isinstance(types.data, list) else [types]
    return any(isinstance(t.data, str) and t.data.upper() == "STANDARD" for t in listed_types)
