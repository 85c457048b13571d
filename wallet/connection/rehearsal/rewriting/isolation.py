"""A configuration rewritten so that its server can be started anywhere, and touches nothing. Pure.

Nothing is left out that a server judges, only replaced by what it judges alike: a port by a free
one of this machine, an address to contact by one where nobody answers, a directory by an empty
one, a secret by another. What cannot be judged then is named with the reason.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from wallet.connection.rehearsal.rewriting import limits
from wallet.connection.rehearsal.rewriting.limits import Unjudged
from wallet.connection.rehearsal.rewriting.stand_ins import StandIns
from wallet.nats.config.names import Block, Form, Setting, settings
from wallet.nats.config.parser import Literal, Value
from wallet.text import without_seeds

DEFAULT_PORT = 4222
LOOPBACK = "127.0.0.1"
MOST_ADDRESSES = 100  # that a configuration may contact: for each a port is held
ANYWHERE = {"", "0.0.0.0", "::", "[::]"}  # noqa: S104
_HERE = {"localhost", LOOPBACK, "::1", "[::1]"}

# As Go's net.SplitHostPort and strconv.Atoi read it.
_LISTEN = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*):([+-]?[0-9]+)")
_WHOLE = re.compile(r"-?[0-9]+")
_URL = re.compile(
    r"\s*(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)"
    r"(?:(?P<user>(?:%[0-9A-Fa-f]{2}|[^%/?#\\\s])*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]*))?"
    r"(?P<rest>[/?#][ -~]*)?\s*"
)
_USER_IN_URL = re.compile(r"(?<=//)(?P<user>[^/?#\s]*)(?=@)")
# Anywhere in the text, as the server looks for it, unless MEM is there too.
_RESOLVER_URL = re.compile(r"^(?!.*MEM).*URL", re.IGNORECASE | re.DOTALL)
# Windows' own store of certificates, and how to find one in it.
_STORE = ("cert_store", "cert_match", "cert_match_by", "cert_match_skip_invalid", "ca_certs_match")


class Replacements(Protocol):
    """Gives what a rehearsal puts in the place of ports, addresses and files."""

    def port(self, host: str, number: int) -> int:
        """A free port: the same for the same number, unless at addresses that cannot meet."""

    def refusing(self, host: str, port: str) -> int:
        """A port of this machine at which every attempt to connect is refused at once."""

    def path(self, written: str) -> str:
        """Say where in the sandbox a file or directory would be; nothing is made."""

    def credentials(self, written: str) -> str:
        """The path of a file in the place of a remote's creds."""

    def certificates(self, files: Iterable[str]) -> dict[str, str] | None:
        """The absolute paths of files that can be read, or None where one of them cannot."""

    def throwaway(self) -> tuple[str, str]:
        """The paths of a certificate of nobody and of its key."""


@dataclass(slots=True)
class IsolatedConfiguration:
    """A configuration that reaches nothing outside.

    `not_started` says why nats-server is not to be started with it; mostly it is empty.
    `unknown` are the settings that our list does not have: their paths, by the ids of their values.
    """

    entries: dict[str, Value]
    unjudged: list[Unjudged] = field(default_factory=list)
    not_started: str = ""
    unknown: dict[int, str] = field(default_factory=dict)


def rewrite(
    configuration: dict[str, Value], replacements: Replacements, *, own_files: bool
) -> IsolatedConfiguration:
    """Rewrite a configuration so that it reaches nothing outside.

    `own_files` is whether the certificates that it names are to be read.
    """
    return _Rewriter(replacements, own_files=own_files).top(configuration)


def asks_url(resolver: str) -> bool:
    """Whether a server with this text as its `resolver` asks a URL for accounts' JWTs."""
    return not isinstance(resolver, Literal) and bool(_RESOLVER_URL.match(resolver))


_Data = dict[str, Value] | list[Value] | str


class _Rewriter:
    def __init__(self, replacements: Replacements, *, own_files: bool) -> None:
        self._replacements, self._own_files = replacements, own_files
        self._stand_ins = StandIns()
        self._addresses: set[tuple[str, str]] = set()
        self.unjudged: list[Unjudged] = []
        self.unknown: dict[int, str] = {}
        self.not_started = ""

    # --- blocks -------------------------------------------------------------------------

    def top(self, entries: dict[str, Value]) -> IsolatedConfiguration:
        rewritten = self._block(entries, settings(), "")
        by_name = settings().by_setting(entries)
        if "port" not in by_name and "listen" not in by_name:
            default = self._replacements.port(_host_of(by_name), DEFAULT_PORT)
            rewritten["port"] = Value(Literal(default), *_at(entries))
        return IsolatedConfiguration(rewritten, self.unjudged, self.not_started, self.unknown)

    def _block(self, entries: dict[str, Value], block: Block, path: str) -> dict[str, Value]:
        by_name = block.by_setting(entries)
        rewritten: dict[str, Value] = {}
        host = _host_of(by_name)
        for key, value in entries.items():
            setting = block.find(key)
            name = self._stand_ins.within(key)
            if setting is None:
                rewritten[name] = self._foreign(value, f"{path}{key}")
            elif setting is block.own_names and setting.path == "accounts.*" and value.used:
                continue  # a name for a value, as the server takes it
            else:
                rewritten[name] = self._setting(setting, value, host)
        listens = "port" in {each.names[0] for each in block}
        if listens and "host" not in by_name and "listen" not in by_name:
            rewritten["host"] = Value(LOOPBACK, *_at(entries))
        return rewritten

    def _foreign(self, value: Value, path: str) -> Value:
        """Empty a setting that our list lacks: a mistake, or newer than the list; the server
        says which."""
        emptied = Value(self._emptied(value.data), value.file, value.line, value.used)
        self.unknown[id(emptied)] = without_seeds(path, 100)
        return emptied

    def _emptied(self, data: _Data) -> _Data:
        if isinstance(data, Literal):
            return Literal("0") if data[-1:].isdigit() else data
        return type(data)() if isinstance(data, dict | list) else self._stand_ins.secret(data)

    def _setting(self, setting: Setting, value: Value, host: str) -> Value:
        if (why := limits.OF_SETTING.get(setting.path)) and not _off(value):
            self._not_judged(setting, value, why)
        data: _Data
        if isinstance(value.data, dict):
            data = self._map(setting, value.data, host)
            if setting.path.rpartition(".")[2] in {"tls", "resolver_tls"}:
                data = self._tls(setting, data)
        elif isinstance(value.data, list):
            data = [self._setting(setting, one, host) for one in value.data]
        else:
            rule = _RULES_AT.get(setting.path) or _RULES.get(setting.form)
            data = rule(self, setting, value, host) if rule else self._as_it_is(value)
        return Value(data, value.file, value.line, value.used)

    def _map(self, setting: Setting, entries: dict[str, Value], host: str) -> dict[str, Value]:
        if setting.inside is not None:
            return self._block(entries, setting.inside, f"{setting.path}.")
        return {
            self._stand_ins.within(key): self._setting(setting, value, host)
            for key, value in entries.items()
        }

    def _not_judged(self, setting: Setting, value: Value, why: str) -> None:
        self.unjudged.append(Unjudged(setting.path, value.file, value.line, why))

    # --- values -------------------------------------------------------------------------

    def _as_it_is(self, value: Value) -> str:
        if isinstance(value.data, Literal):
            return value.data
        return self._stand_ins.within(str(value.data))

    def _secret(self, _setting: Setting, value: Value, _host: str) -> str:
        if isinstance(value.data, Literal):
            return Literal("0") if value.data[-1:].isdigit() else value.data
        return self._stand_ins.secret(str(value.data))

    def _seed(self, _setting: Setting, value: Value, _host: str) -> str:
        if isinstance(value.data, Literal):
            return value.data
        return self._stand_ins.seed(str(value.data)) if value.data else ""

    def _host(self, setting: Setting, value: Value, _host: str) -> str:
        if isinstance(value.data, Literal):
            return value.data
        self._address(setting, value, str(value.data))
        return LOOPBACK

    def _address(self, setting: Setting, value: Value, host: str) -> None:
        if host.lower() not in ANYWHERE | _HERE:
            self._not_judged(setting, value, limits.ADDRESS)

    def _port(self, setting: Setting, value: Value, host: str) -> str:
        data = value.data
        if not isinstance(data, Literal) or not _WHOLE.fullmatch(data):
            return data if isinstance(data, Literal) else self._stand_ins.within(str(data))
        number = int(data)
        if setting.path == "port" and number == 0:
            number = DEFAULT_PORT
        return Literal(self._free(host, number))

    def _free(self, host: str, number: int) -> int:
        """Give a free port in the place of one.

        The server itself refuses what is no port, and 0 mostly means that none is opened.
        """
        possible = number == -1 or 0 < number < 1 << 16
        return self._replacements.port(host, number) if possible else number

    def _listen(self, setting: Setting, value: Value, host: str) -> str:
        data = value.data
        if isinstance(data, Literal):
            if not _WHOLE.fullmatch(data):
                return data
            host, number = host if setting.path.startswith("http") else "", int(data)
        else:
            match = _LISTEN.fullmatch(str(data))
            if match is None:
                return self._stand_ins.within(str(data))  # no more than Go can read
            host, number = match[1], int(match[2])
            self._address(setting, value, host)
        if setting.path == "listen" and number == 0:
            number = DEFAULT_PORT
        return f"{LOOPBACK}:{self._free(host, number)}"

    def _url(self, setting: Setting, value: Value, _host: str) -> str:
        if isinstance(value.data, Literal):
            return value.data
        text = str(value.data)
        match = _URL.fullmatch(text)
        if match is None:
            if text.strip():
                shown = f"{value.file} line {value.line}"
                self.not_started = f"the address in {shown} ({setting.path}) was not understood"
            return _USER_IN_URL.sub(_masked, self._stand_ins.within(text))
        host, port = match["host"], match["port"] or ""
        if len(self._addresses | {(host, port)}) > MOST_ADDRESSES:
            self.not_started = f"it contacts more than {MOST_ADDRESSES} other servers"
            return f"{match['scheme']}{LOOPBACK}:1"
        self._addresses.add((host, port))
        self._not_judged(setting, value, limits.CONTACTED)
        user = self._user(match["user"])
        rest = self._stand_ins.within(match["rest"] or "")
        return f"{match['scheme']}{user}{LOOPBACK}:{self._replacements.refusing(host, port)}{rest}"

    def _user(self, user: str | None) -> str:
        if user is None:
            return ""
        name, colon, password = user.partition(":")
        if not colon:
            return f"{self._stand_ins.secret(name)}@"
        return f"{self._stand_ins.within(name)}:{self._stand_ins.secret(password)}@"

    def _path(self, _setting: Setting, value: Value, _host: str) -> str:
        if isinstance(value.data, Literal):
            return value.data
        return self._replacements.path(str(value.data)) if value.data else ""

    def _creds(self, setting: Setting, value: Value, _host: str) -> str:
        if isinstance(value.data, Literal) or not value.data:
            return value.data if isinstance(value.data, Literal) else ""
        self._not_judged(setting, value, limits.CREDS)
        return self._replacements.credentials(str(value.data))

    def _resolver(self, setting: Setting, value: Value, _host: str) -> str:
        text = self._as_it_is(value)
        if not asks_url(text):
            return text
        self._not_judged(setting, value, limits.CONTACTED)
        return f'URL("http://{LOOPBACK}:{self._replacements.refusing("resolver", "")}/")'

    # --- certificates -------------------------------------------------------------------

    def _tls(self, setting: Setting, entries: dict[str, Value]) -> dict[str, Value]:
        """Leave a block its own files where all can be read; else name a throwaway certificate."""
        block = setting.inside
        if block is None:
            return entries
        if sys.platform != "win32":
            for key in [key for key in entries if block.first_name(key) in _STORE]:
                self._not_judged(setting, entries[key], limits.STORE)
                del entries[key]
        if not self._own_files:  # what is wrong with them was told
            _complete(block, entries)
        values = list(_files(block, entries))
        paths = self._replacements.certificates(str(value.data) for _, value in values)
        for name, value in values:
            if paths is not None and self._own_files:
                value.data = paths[str(value.data)]
            else:
                value.data = self._replacements.throwaway()[name == "key_file"]
        return entries


def _files(block: Block, entries: dict[str, Value]) -> Iterable[tuple[str, Value]]:
    for key, value in entries.items():
        name = block.first_name(key)
        if name in {"cert_file", "key_file", "ca_file"}:
            if _is_path(value):
                yield name, value
        elif name == "certs" and isinstance(value.data, list):
            for pair in value.data:
                if isinstance(pair.data, dict):
                    yield from _files(block, pair.data)


def _complete(block: Block, entries: dict[str, Value]) -> None:
    """Give each pair of certificate and key the one that it lacks."""
    by_name = block.by_setting(entries)
    certs = by_name.get("certs")
    for pair in certs.data if certs and isinstance(certs.data, list) else []:
        if isinstance(pair.data, dict):
            _complete(block, pair.data)
    for name, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if _is_path(by_name.get(name)) and not _is_path(by_name.get(other)):
            for key in [key for key in entries if block.first_name(key) == other]:
                del entries[key]
            entries[other] = Value(other, by_name[name].file, by_name[name].line)


def _is_path(value: Value | None) -> bool:
    if value is None or isinstance(value.data, Literal):
        return False
    return isinstance(value.data, str) and bool(value.data)


def _masked(match: re.Match[str]) -> str:
    """Hide the user and password of a URL behind x's, which Go reads as it read them."""
    return re.sub(r"%..|[A-Za-z0-9]", lambda one: one[0] if one[0][0] == "%" else "x", match[0])


def _host_of(by_name: dict[str, Value]) -> str:
    listen = by_name.get("listen")
    if listen is not None and isinstance(listen.data, str):
        match = _LISTEN.fullmatch(listen.data)
        if match and not isinstance(listen.data, Literal):
            return match[1]
    host = by_name.get("host")
    return host.data if host and type(host.data) is str else ""


def _at(entries: dict[str, Value]) -> tuple[str, int]:
    first = next(iter(entries.values()), None)
    return (first.file, first.line) if first else ("", 1)


def _off(value: Value) -> bool:
    return isinstance(value.data, Literal) and value.data.lower() in {"false", "no", "off"}


_Rule = Callable[[_Rewriter, Setting, Value, str], str]
_RULES: dict[Form, _Rule] = {
    Form.PORT: _Rewriter._port,
    Form.HOST: _Rewriter._host,
    Form.LISTEN: _Rewriter._listen,
    Form.URL: _Rewriter._url,
    Form.URLS: _Rewriter._url,
    Form.OUTPUT: _Rewriter._path,
    Form.DIRECTORY: _Rewriter._path,
    Form.SECRET: _Rewriter._secret,
    Form.SECRETS_BY_NAME: _Rewriter._secret,
    Form.SEED: _Rewriter._seed,
    Form.RESOLVER: _Rewriter._resolver,
}
_RULES_AT: dict[str, _Rule] = {
    "leafnodes.remotes[].creds": _Rewriter._creds,
    "remote_syslog": _Rewriter._secret,
    "ocsp.url": _Rewriter._secret,
    "ocsp.urls": _Rewriter._secret,
}
