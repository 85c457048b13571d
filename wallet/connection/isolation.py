"""What of a server's configuration can be run anywhere, and reaches nothing outside. Pure.

Two texts are made. The one to *judge* holds all but what the server would look at while it
reads: certificates, and where JWTs are kept. The one to *run* holds only what decides who is let
in: a setting that is not known to be harmless is left out, so one that a later server brings
opens no port. Neither holds a password, a token or a seed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from wallet.connection.serverconf import Literal, Value
from wallet.errors import ConfigurationError, KeyFormatError
from wallet.nats_settings import lowered, names_of
from wallet.nkeys import Kind, decode_public, looks_like_seed
from wallet.text import plain

MAX_LINES = 4_000_000

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
# Files that the server reads while it reads the configuration.
_TLS_FILES = {"cert_file", "key_file", "ca_file", "certs", "certificates", "cert_store"}
_TLS_FILES |= {"cert_match", "cert_match_by", "cert_match_skip_invalid", "ca_certs_match"}

_SECRET = {
    "ek",
    "encryption_key",
    "key",
    "pass",
    "password",
    "prev_ek",
    "prev_encryption_key",
    "prev_key",
    "seed",
    "token",
}
# Within the blocks to run, every setting there is. Any other name that a variable refers to is
# one that a person gave to a value, and once variables are put in place it goes.
_NAMES = """
acc account allow allow_responses allowed_accounts allowed_connection_types auth_callout auth_hook
auth_users authorization clients connection_types default_permission default_permissions deny
expiration expires export exports import imports issuer jetstream key limits mappings maps max
max_messages max_msgs max_responses msg_trace nkey pass password permission permissions
proxy_required pub public_key publish publish_allow_responses sub subscribe timeout token
trace_dest trusted ttl user username users xkey
"""
_SETTINGS = frozenset(_NAMES.split())
_IN_URL = re.compile(r"://[^/@\s]*@")
_STAND_IN = "left-out"


class Origin(NamedTuple):
    """Where a line of a made text comes from."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Text:
    """A configuration to give to nats-server: line n comes from `origins[n - 1]`."""

    text: str
    origins: tuple[Origin, ...]


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


def to_judge(configuration: dict[str, Value]) -> Text:
    """All of it but what is read at once, for `nats-server -t`.

    Of one with an operator, the text that `operating.prepare` made of it.
    """
    left_out = {"resolver_tls"} | (set() if with_operator(configuration) else RESOLVER)
    decides = _decides(configuration)
    return _written(
        {
            key: value
            for key, value in configuration.items()
            # A name for a value is no setting, and the server would know only one that is used.
            if lowered(key) not in left_out and not (value.used and lowered(key) not in decides)
        },
        decides,
    )


def _decides(configuration: dict[str, Value]) -> set[str]:
    """The settings that decide who is let in."""
    return _RUN | _RUN_WITH_OPERATOR if with_operator(configuration) else _RUN


def to_run(configuration: dict[str, Value]) -> Text:
    """Only what decides who is let in: no address, no file, no limit.

    Of one with an operator, the text that `operating.prepare` made of it.
    """
    decides = _decides(configuration)
    kept = {key: value for key, value in configuration.items() if lowered(key) in decides}
    for key, accounts in kept.items():
        if lowered(key) == "accounts" and isinstance(accounts.data, dict):
            reduced = {name: _users_only(account) for name, account in accounts.data.items()}
            kept[key] = Value(reduced, accounts.file, accounts.line)
    return _written(kept, decides)


def _users_only(account: Value) -> Value:
    if not isinstance(account.data, dict):
        return account
    kept = {key: value for key, value in account.data.items() if lowered(key) in _RUN_IN_ACCOUNT}
    return Value(kept, account.file, account.line)


def left_out(configuration: dict[str, Value]) -> tuple[str, ...]:
    """The settings that a rehearsal runs without, as they are written."""
    decides = _decides(configuration)
    return tuple(
        plain(key)
        for key, value in configuration.items()
        if lowered(key) not in decides and not value.used
    )


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


class _Writer:
    """One key or element a line, every string in quotes: nothing is left to be read twice."""

    def __init__(self, decides: AbstractSet[str]) -> None:
        self._decides = decides
        self.lines: list[str] = []
        self.origins: list[Origin] = []

    def setting(self, key: str, value: Value, within: str) -> None:
        """`key: value`; `within` is the top-level setting that it is part of."""
        name = lowered(key)
        decides = within in self._decides
        if not decides and isinstance(value.data, str) and looks_like_seed(value.data):
            return  # a leaf node's: the server would take no stand-in for it
        # In the blocks to run, what is called a key is a public one.
        secret = name in _SECRET and not (name == "key" and decides)
        self._value(value, f"{_key(key, value)}: ", name, within, secret=secret)

    def _value(self, value: Value, before: str, name: str, within: str, *, secret: bool) -> None:
        origin, data = Origin(value.file, value.line), value.data
        if isinstance(data, dict):
            self._line(before + "{", origin)
            for key, inner in data.items():
                if name == within == "accounts":  # its keys are accounts, whatever their names
                    if not inner.used:
                        self._value(inner, f"{_key(key, inner)}: ", "", within, secret=False)
                # Certificates are read while the configuration is, in whichever block they are.
                elif name == "tls" and lowered(key) in _TLS_FILES:
                    continue
                elif not inner.used or lowered(key) in _SETTINGS:
                    self.setting(key, inner, within)
            self._line("}", origin)
        elif isinstance(data, list):
            self._line(before + "[", origin)
            for element in data:
                self._value(element, "", "", within, secret=secret)
            self._line("]", origin)
        elif isinstance(data, Literal):
            number = secret and data[-1:].isdigit()
            self._line(before + ("0" if number else data), origin)
        else:
            self._line(before + _string(data, secret=secret), origin)

    def _line(self, text: str, origin: Origin) -> None:
        if len(self.lines) >= MAX_LINES:
            raise ConfigurationError(*origin, "with its variables put in place it is too large")
        self.lines.append(text)
        self.origins.append(origin)


def _written(entries: dict[str, Value], decides: AbstractSet[str] = frozenset(_RUN)) -> Text:
    writer = _Writer(decides)
    for key, value in entries.items():
        writer.setting(key, value, lowered(key))
    return Text("\n".join([*writer.lines, ""]), tuple(writer.origins))


def _key(key: str, value: Value) -> str:
    quote = "'" if '"' in key else '"'
    if quote in key or not key.replace(" ", "").isprintable():
        raise ConfigurationError(
            value.file, value.line, "a key has a quote or control character in it"
        )
    return f"{quote}{key}{quote}"


def _string(text: str, *, secret: bool) -> str:
    if secret or looks_like_seed(text):
        text = _STAND_IN
    text = _IN_URL.sub("://user:left-out@", text)
    return '"' + "".join(map(_byte, text.encode(errors="surrogateescape"))) + '"'


def _byte(byte: int) -> str:
    plain_byte = 0x20 <= byte < 0x7F and byte not in b'"\\'
    return chr(byte) if plain_byte else f"\\x{byte:02x}"
