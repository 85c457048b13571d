"""A configuration that trusts an operator, made so that it can run anywhere.

Its server goes by JWTs: the operator's, in the text or in a file, and the accounts', which are in
the text, in a directory, or with somebody who is asked. Here the files are read, the directory is
copied, and nobody is asked: instead, the JWTs that the wallet holds are given.

Source: nats-io/nats-server, server/opts.go and server/accounts.go.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from wallet.connection.rehearsal.rewriting import admission
from wallet.connection.rehearsal.rewriting.admission import (
    OPERATOR,
    PRELOAD,
    RESOLVER,
    TRUSTED,
    setting_of,
)
from wallet.connection.rehearsal.rewriting.configuration_text import Origin
from wallet.connection.rehearsal.rewriting.referenced_files import locate
from wallet.errors import ConfigurationError, JwtError
from wallet.nats.config.parser import Literal, Value
from wallet.nats.jwt import MAX_SIZE, Claims, parse
from wallet.system.disk import regular_files
from wallet.text import plain, without_seeds

MAX_ACCOUNTS = 200_000  # files of a directory
_JWT = "eyJ"  # as every one begins
_IN_FILE = re.compile(r"-{3,}\s*BEGIN [^-]*JWT-{3,}\s*(\S+)\s*-{3,}")
_FILE = re.compile(r"A[A-Z2-7]{55}\.jwt")
_MEMORY = re.compile("MEM", re.IGNORECASE)
# Anywhere in the text, as the server looks for it.
_URL = re.compile(r"URL(?:\(\s*\"?([^\s\")]*))?", re.IGNORECASE)
_USER_IN_URL = re.compile(r"://[^/@\s]*@")
# Nobody answers here, so there is nothing to wait for.
_PATIENCE = "200ms"


class PreparedConfiguration(NamedTuple):
    """A configuration that can be run without the files and servers outside that it names.

    `directory` holds the accounts' JWTs of a resolver that keeps them in files. `instead` says
    in a sentence what was not asked for them; it is empty where the configuration has them all.
    """

    configuration: dict[str, Value]
    directory: Path | None = None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a server has it: its public key, and its JWT, None where it cannot be read.

    `origin` is where the configuration gives it.
    """

    key: str
    claims: Claims | None
    origin: Origin


def prepare(
    configuration: dict[str, Value],
    beside: Path | None,
    directory: Path,
    account_tokens: Mapping[str, str],
) -> PreparedConfiguration:
    """Put the JWTs of a configuration with an operator in place; leave one without as it is.

    Operators' JWTs are read from their files, which are looked for in the current directory and
    in `beside`; those of a resolver's directory are copied to `directory`. In the place of JWTs
    that the server would ask others for stand those of `account_tokens`, which are the accounts'
    JWTs in the wallet by their public keys. Raises `ConfigurationError`.
    """
    if not admission.with_operator(configuration):
        return PreparedConfiguration(configuration)
    entries = dict(configuration)
    for key, value in configuration.items():
        if setting_of(key) == OPERATOR:
            entries[key] = _inline(value, beside)
    resolvers = [key for key in configuration if setting_of(key) == RESOLVER]
    if len(resolvers) > 1:
        second = configuration[resolvers[1]]
        what = f"there are two resolvers, “{resolvers[0]}” and “{plain(resolvers[1])}”"
        raise ConfigurationError(second.file, second.line, what)
    if not resolvers:
        return _without_resolver(entries, account_tokens)
    return _with_resolver(entries, resolvers[0], beside, directory, account_tokens)


def _inline(value: Value, beside: Path | None) -> Value:
    """Put operators' JWTs in the place of the paths of their files."""
    data = value.data
    if isinstance(data, list):
        return Value([_inline(element, beside) for element in data], value.file, value.line)
    if isinstance(data, Literal) or not isinstance(data, str):
        return value  # the server says so itself
    path, shown = locate(data, beside), without_seeds(data, 300)
    try:
        text = regular_files.content(path, MAX_SIZE).decode(errors="replace")
    except (OSError, ValueError) as error:
        if data.startswith(_JWT):
            return value
        why = regular_files.reason(error) if isinstance(error, OSError) else "that is no path"
        raise ConfigurationError(
            value.file,
            value.line,
            f"the operator's JWT is to be in {shown}, which cannot be read: {why}",
        ) from None
    decorated = _IN_FILE.search(text)
    token = decorated[1] if decorated else text.strip()
    if not token.startswith(_JWT):  # whatever else is in that file stays there
        raise ConfigurationError(value.file, value.line, f"there is no JWT in {shown}")
    return Value(token, value.file, value.line)


# --- where the accounts' JWTs are -----------------------------------------------------------


def _without_resolver(
    entries: dict[str, Value], account_tokens: Mapping[str, str]
) -> PreparedConfiguration:
    """Give accounts' JWTs to a server that would ask for them where the operator's JWT says.

    A server without a resolver is never run as it is, whatever it would make of an operator's JWT
    that cannot be read here.
    """
    operator = next((value for key, value in entries.items() if setting_of(key) == OPERATOR), None)
    if operator is None:
        return PreparedConfiguration(entries)  # keys that are trusted, and no account of theirs
    operators = operators_of(entries)
    url = operators[0].nats.get("account_server_url") if len(operators) == 1 else None
    if not isinstance(url, str) or not url:
        what = "a server with an operator needs a resolver for its accounts, such as MEMORY"
        raise ConfigurationError(operator.file, operator.line, what)
    return _from_wallet(entries, "resolver", operator, url, account_tokens)


def _with_resolver(
    entries: dict[str, Value],
    key: str,
    beside: Path | None,
    directory: Path,
    account_tokens: Mapping[str, str],
) -> PreparedConfiguration:
    resolver = entries[key]
    if isinstance(resolver.data, dict):
        return _in_directory(entries, key, resolver.data, beside, directory, account_tokens)
    if not isinstance(resolver.data, str) or _MEMORY.search(resolver.data):
        return PreparedConfiguration(entries)
    url = _URL.search(resolver.data)
    if url is None:
        return PreparedConfiguration(entries)  # none at all: the server says so
    return _from_wallet(entries, key, resolver, url[1] or "", account_tokens)


def _from_wallet(
    entries: dict[str, Value], key: str, at: Value, url: str, account_tokens: Mapping[str, str]
) -> PreparedConfiguration:
    """Give the accounts' JWTs of the wallet to a server that would ask `url` for them.

    They stand at the line of `at`, in the place of the resolver of the name `key`.
    """
    if preload := [value for name, value in entries.items() if setting_of(name) == PRELOAD]:
        what = f"a server whose resolver asks a URL takes no {PRELOAD}"
        raise ConfigurationError(preload[0].file, preload[0].line, what)
    entries[key] = Value("MEMORY", at.file, at.line)
    tokens = {public: Value(token, at.file, at.line) for public, token in account_tokens.items()}
    entries[PRELOAD] = Value(tokens, at.file, at.line)
    shown = plain(_USER_IN_URL.sub("://", url), 200)
    instead = f"The accounts' JWTs are those of this wallet: {shown} was not asked."
    return PreparedConfiguration(entries, None, instead)


def _in_directory(
    entries: dict[str, Value],
    key: str,
    settings: dict[str, Value],
    beside: Path | None,
    directory: Path,
    account_tokens: Mapping[str, str],
) -> PreparedConfiguration:
    """Give a resolver that keeps JWTs in files a directory of its own, with copies of them."""
    resolver = entries[key]
    for name in ("type", "dir", "timeout", "interval", "ttl"):  # of which nats-server would die
        setting = settings.get(name)
        if setting and (isinstance(setting.data, Literal) or not isinstance(setting.data, str)):
            what = f"“{name}” of the resolver is to be a text in quotes"
            raise ConfigurationError(setting.file, setting.line, what)
    kind = str(settings["type"].data).upper() if "type" in settings else ""
    written = settings.get("dir")
    if kind not in {"FULL", "CACHE"}:
        judged = {name: value for name, value in settings.items() if name == "type"}
        if written is not None:
            judged["dir"] = Value(str(directory), written.file, written.line)
        entries[key] = Value(judged, resolver.file, resolver.line)
        return PreparedConfiguration(entries)
    if written is None or not written.data:
        what = "the resolver has no “dir”, the directory for the accounts' JWTs"
        raise ConfigurationError(resolver.file, resolver.line, what)
    directory.mkdir()
    _copy(locate(str(written.data), beside), directory, written)
    instead = ""
    if kind == "CACHE":
        instead = (
            "The accounts' JWTs that its directory lacks are those of this wallet: no other server "
            "was asked."
        )
        for public, token in account_tokens.items():
            if not (directory / f"{public}.jwt").exists():
                (directory / f"{public}.jwt").write_text(token, encoding="ascii")
    replaced = {
        **settings,
        "dir": Value(str(directory), written.file, written.line),
        "timeout": Value(_PATIENCE, resolver.file, resolver.line),
    }
    entries[key] = Value(replaced, resolver.file, resolver.line)
    return PreparedConfiguration(entries, directory, instead)


def _copy(source: Path, directory: Path, written: Value) -> None:
    """Copy the accounts' JWTs, and nothing else that lies there."""
    try:
        names = [name for name in os.listdir(source) if _FILE.fullmatch(name)]
    except FileNotFoundError:
        return  # the server makes it
    except OSError as error:
        raise ConfigurationError(
            written.file,
            written.line,
            f"the resolver's directory {without_seeds(str(written.data), 300)} cannot be read: "
            f"{regular_files.reason(error)}",
        ) from None
    for name in names[:MAX_ACCOUNTS]:
        try:
            token = regular_files.content(source / name, MAX_SIZE)
        except OSError:
            continue  # as the server does
        if token.startswith(_JWT.encode()):
            (directory / name).write_bytes(token)


# --- operators and accounts of a prepared configuration --------------------------------------


def operators_of(configuration: dict[str, Value]) -> list[Claims]:
    """The operators of a prepared configuration, as far as their JWTs can be read."""
    read = [_read(value.data) for value in _elements(configuration, OPERATOR)]
    return [claims for claims in read if claims is not None]


def trusted_keys(configuration: dict[str, Value]) -> set[str]:
    """The public keys that a configuration trusts without an operator's JWT."""
    keys = (value.data for value in _elements(configuration, TRUSTED))
    return {key for key in keys if isinstance(key, str)}


def _elements(configuration: dict[str, Value], name: str) -> Iterator[Value]:
    """The values of a setting, which may be one or an array; `name` is its first."""
    for key, value in configuration.items():
        if setting_of(key) == name:
            yield from value.data if isinstance(value.data, list) else [value]


def accounts_of(prepared: PreparedConfiguration) -> dict[str, Account]:
    """The accounts that the server knows, by their public keys.

    Its directory is complete only after its start: the server itself adds those of the preload.
    """
    accounts: dict[str, Account] = {}
    resolver = Origin("", 0)
    for key, value in prepared.configuration.items():
        if setting_of(key) == PRELOAD and isinstance(value.data, dict):
            for public, token in value.data.items():
                accounts[public] = Account(public, _read(token.data), Origin.of(token))
        elif setting_of(key) == RESOLVER:
            resolver = Origin.of(value)
    if prepared.directory is not None:
        for path in prepared.directory.glob("*.jwt"):
            claims = _read(path.read_text(encoding="ascii", errors="replace"))
            origin = accounts[path.stem].origin if path.stem in accounts else resolver
            accounts[path.stem] = Account(path.stem, claims, origin)
    return accounts


def _read(token: object) -> Claims | None:
    try:
        return parse(token.strip()) if isinstance(token, str) else None
    except JwtError:
        return None
