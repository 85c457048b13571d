"""A configuration that trusts an operator, made so that it can run anywhere.

Its server goes by JWTs: the operator's, in the text or in a file, and the accounts', which are in
the text, in a directory, or with somebody who is asked. Here the files are read, the directory is
copied, and nobody is asked: instead, the JWTs that the wallet holds are given.

Source: nats-io/nats-server, server/opts.go and server/accounts.go.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
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
from wallet.connection.rehearsal.rewriting.named_files import locate
from wallet.errors import ConfigurationError, JwtError
from wallet.nats.config.parser import Literal, Value
from wallet.nats.jwt import MAX_SIZE, Claims, parse
from wallet.system import regular_files
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

Held = Callable[[], Mapping[str, str]]


class Prepared(NamedTuple):
    """What can be run, and what was put in the place of something else.

    `directory` holds the accounts' JWTs of a resolver that keeps them in files. `instead` says
    in a sentence what was not asked for them; it is empty where the configuration has them all.
    """

    configuration: dict[str, Value]
    directory: Path | None = None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account's JWT as a server has it: by which key it goes, and whether it can be read."""

    key: str
    claims: Claims | None
    origin: Origin


def prepare(
    configuration: dict[str, Value], beside: Path | None, directory: Path, held: Held
) -> Prepared:
    """The configuration with what it names put in place, accounts' files in `directory`.

    Relative paths are looked for here and `beside` it; `held` gives the JWTs of accounts by
    their keys, for those that the server would ask others for. One without an operator is left
    as it is. Raises `ConfigurationError`.
    """
    if not admission.with_operator(configuration):
        return Prepared(configuration)
    made = dict(configuration)
    for key, value in configuration.items():
        if setting_of(key) == OPERATOR:
            made[key] = _inline(value, beside)
    resolvers = [key for key in configuration if setting_of(key) == RESOLVER]
    if len(resolvers) > 1:
        second = configuration[resolvers[1]]
        what = f"there are two resolvers, “{resolvers[0]}” and “{plain(resolvers[1])}”"
        raise ConfigurationError(second.file, second.line, what)
    if not resolvers:
        return _without_resolver(made, held)
    return _with_resolver(made, resolvers[0], beside, directory, held)


def _inline(value: Value, beside: Path | None) -> Value:
    """Operators' JWTs in the place of the files that they are in."""
    data = value.data
    if isinstance(data, list):
        return Value([_inline(one, beside) for one in data], value.file, value.line)
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


def _without_resolver(made: dict[str, Value], held: Held) -> Prepared:
    """Then the server asks where the operator's JWT says, if it says so.

    It is never run so, whatever it would make of a JWT that cannot be read here.
    """
    origin = next((value for key, value in made.items() if setting_of(key) == OPERATOR), None)
    if origin is None:
        return Prepared(made)  # keys that are trusted, and no account of theirs
    operators = operators_of(made)
    url = operators[0].nats.get("account_server_url") if len(operators) == 1 else None
    if not isinstance(url, str) or not url:
        what = "a server with an operator needs a resolver for its accounts, such as MEMORY"
        raise ConfigurationError(origin.file, origin.line, what)
    return _from_wallet(made, "resolver", origin, url, held)


def _with_resolver(
    made: dict[str, Value], key: str, beside: Path | None, directory: Path, held: Held
) -> Prepared:
    resolver = made[key]
    if isinstance(resolver.data, dict):
        return _in_directory(made, key, resolver.data, beside, directory, held)
    if not isinstance(resolver.data, str) or _MEMORY.search(resolver.data):
        return Prepared(made)
    asked = _URL.search(resolver.data)
    if asked is None:
        return Prepared(made)  # none at all: the server says so
    return _from_wallet(made, key, resolver, asked[1] or "", held)


def _from_wallet(made: dict[str, Value], key: str, at: Value, url: str, held: Held) -> Prepared:
    """Instead of asking a URL, give the server what the wallet holds."""
    if preload := [value for name, value in made.items() if setting_of(name) == PRELOAD]:
        what = f"a server whose resolver asks a URL takes no {PRELOAD}"
        raise ConfigurationError(preload[0].file, preload[0].line, what)
    made[key] = Value("MEMORY", at.file, at.line)
    given = {public: Value(token, at.file, at.line) for public, token in held().items()}
    made[PRELOAD] = Value(given, at.file, at.line)
    shown = plain(_USER_IN_URL.sub("://", url), 200)
    instead = f"The accounts' JWTs are those of this wallet: {shown} was not asked."
    return Prepared(made, None, instead)


def _in_directory(
    made: dict[str, Value],
    key: str,
    settings: dict[str, Value],
    beside: Path | None,
    directory: Path,
    held: Held,
) -> Prepared:
    """A resolver that keeps JWTs in files gets a directory of its own, with copies of them."""
    resolver = made[key]
    for name in ("type", "dir", "timeout", "interval", "ttl"):  # of which nats-server would die
        setting = settings.get(name)
        if setting and (isinstance(setting.data, Literal) or not isinstance(setting.data, str)):
            what = f"“{name}” of the resolver is to be a text in quotes"
            raise ConfigurationError(setting.file, setting.line, what)
    kind = str(settings["type"].data).upper() if "type" in settings else ""
    written = settings.get("dir")
    if kind not in {"FULL", "CACHE"}:
        kept = {name: value for name, value in settings.items() if name == "type"}
        if written is not None:
            kept["dir"] = Value(str(directory), written.file, written.line)
        made[key] = Value(kept, resolver.file, resolver.line)
        return Prepared(made)
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
        for public, token in held().items():
            if not (directory / f"{public}.jwt").exists():
                (directory / f"{public}.jwt").write_text(token, encoding="ascii")
    replaced = {
        **settings,
        "dir": Value(str(directory), written.file, written.line),
        "timeout": Value(_PATIENCE, resolver.file, resolver.line),
    }
    made[key] = Value(replaced, resolver.file, resolver.line)
    return Prepared(made, directory, instead)


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


# --- what is known then ---------------------------------------------------------------------


def operators_of(configuration: dict[str, Value]) -> list[Claims]:
    """The operators of a prepared configuration, as far as their JWTs can be read."""
    found = []
    for key, value in configuration.items():
        if setting_of(key) == OPERATOR:
            for one in value.data if isinstance(value.data, list) else [value]:
                claims = _read(one.data)
                found += [claims] if claims else []
    return found


def trusted_keys(configuration: dict[str, Value]) -> set[str]:
    """The keys that are trusted without an operator's JWT."""
    found = set()
    for key, value in configuration.items():
        if setting_of(key) == TRUSTED:
            given = value.data if isinstance(value.data, list) else [value]
            found |= {one.data for one in given if isinstance(one.data, str)}
    return found


def accounts_of(prepared: Prepared) -> dict[str, Account]:
    """The accounts that the server knows; after its start, when its directory is complete."""
    found: dict[str, Account] = {}
    resolver = Origin("", 0)
    for key, value in prepared.configuration.items():
        if setting_of(key) == PRELOAD and isinstance(value.data, dict):
            for public, token in value.data.items():
                origin = Origin(token.file, token.line)
                found[public] = Account(public, _read(token.data), origin)
        elif setting_of(key) == RESOLVER:
            resolver = Origin(value.file, value.line)
    if prepared.directory is not None:
        for path in prepared.directory.glob("*.jwt"):
            claims = _read(path.read_text(encoding="ascii", errors="replace"))
            origin = found[path.stem].origin if path.stem in found else resolver
            found[path.stem] = Account(path.stem, claims, origin)
    return found


def _read(token: object) -> Claims | None:
    try:
        return parse(token.strip()) if isinstance(token, str) else None
    except JwtError:
        return None
