"""Every setting of a nats-server's configuration: its names, and what kind of value it takes. Pure.

The one list for whoever reads a configuration. A setting is found by the blocks that it stands
in, each by any of its names:

    settings().find("leaf").path  # "leafnodes"
    settings().find("root_operator").form  # Form.JWTS

Source: nats-io/nats-server 2.15.2, the `case` labels of server/opts.go, ocsp_peer.go and
ocsp_responsecache.go. Since 2.9 none was taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import takewhile
from typing import TypeVar

T = TypeVar("T")


class Form(StrEnum):
    """The kinds of values. Where a list is allowed, a single value mostly is too."""

    BLOCK = "block"  # settings of its own; some take a flag, a word or a text instead
    BLOCKS = "blocks"  # an array of such blocks
    NAMED = "named"  # a map of blocks, whose names are somebody's own
    TEXTS_BY_NAME = "texts-by-name"  # a map of texts, whose names are somebody's own
    SECRETS_BY_NAME = "secrets-by-name"  # the same, of texts that are nobody else's business

    PORT = "port"  # opened by the server
    HOST = "host"  # an address of this machine that ports are opened at
    LISTEN = "listen"  # both: host:port, or a port
    ADVERTISE = "advertise"  # host:port that is told to others
    URL = "url"  # contacted by the server
    URLS = "urls"
    FILE = "file"  # a path, read
    OUTPUT = "output"  # a path, written
    DIRECTORY = "directory"  # a path, read and written
    JWT = "jwt"
    JWTS = "jwts"  # an operator's JWT or the path of its file, or several
    JWTS_BY_NAME = "jwts-by-name"  # a map of accounts' public keys and their JWTs
    RESOLVER = "resolver"  # MEMORY, URL(…), or a block

    SECRET = "secret"  # noqa: S105  # a password, a token, or what a key is derived from
    SEED = "seed"
    USER_KEY = "user-key"  # public, as the following
    ACCOUNT_KEY = "account-key"
    ACCOUNT_KEYS = "account-keys"
    OPERATOR_KEYS = "operator-keys"
    CURVE_KEY = "curve-key"
    ANY_KEY = "any-key"

    FLAG = "flag"
    NUMBER = "number"
    NUMBER_OR_PERCENT = "number-or-percent"
    SIZE = "size"  # bytes: 1MB; for JetStream also a text, "1M"
    DURATION = "duration"  # a text for Go's time.ParseDuration, "2m"; for some also seconds
    DURATIONS = "durations"
    SECONDS = "seconds"  # a number of seconds, or a duration
    USER = "user"  # a user's name, or its public key
    USERS = "users"
    ACCOUNT = "account"  # an account's name, or its public key
    ACCOUNTS = "accounts"
    SUBJECT = "subject"
    SUBJECTS = "subjects"
    NAME = "name"  # what the server or a cluster calls itself or another
    WORD = "word"  # one of those that the server knows
    WORDS = "words"
    TEXT = "text"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a nats-server's configuration.

    `path` says where it stands, by the first of each one's `names`: `accounts.*.users[].nkey`,
    where `*` is a name of somebody's own and `[]` an array. `inside` is what its block, or each
    of its blocks, may hold. `exact` means that the server knows it only in lower case.
    """

    path: str
    names: tuple[str, ...]
    form: Form
    exact: bool
    inside: Block | None


class Block:
    """The settings that may stand in one block; the names of some are somebody's own."""

    def __init__(self, settings: list[Setting]) -> None:
        self._named = {name: each for each in settings for name in each.names}
        self.own_names = self._named.pop("*", None)

    def find(self, name: str) -> Setting | None:
        """The setting that the server takes a name for; None where it knows none of that name."""
        setting = self._named.get(lowered(name), self.own_names)
        if setting is not None and setting.exact and name not in setting.names:
            return None
        return setting

    def first_name(self, name: str) -> str:
        """The first name of the setting that the server takes a name for; empty for none.

        Where names are somebody's own it is that name.
        """
        setting = self.find(name)
        if setting is None:
            return ""
        return name if setting is self.own_names else setting.names[0]

    def by_setting(self, entries: Mapping[str, T]) -> dict[str, T]:
        """Sort what stands in such a block by the first name of each setting.

        What the server knows no setting for is left out. Where a setting stands twice, by two
        of its names, the server takes any one of them, and this the last.
        """
        return {first: values[-1] for first, values in self.all_by_setting(entries).items()}

    def all_by_setting(self, entries: Mapping[str, T]) -> dict[str, list[T]]:
        """Sort such a block by the first name of each setting, with all that stands there of it."""
        values_by_name: dict[str, list[T]] = {}
        for name, value in entries.items():
            if self.find(name) is not None:
                values_by_name.setdefault(self.first_name(name), []).append(value)
        return values_by_name

    def __iter__(self) -> Iterator[Setting]:
        yield from dict.fromkeys(self._named.values())
        if self.own_names is not None:
            yield self.own_names


def lowered(name: str) -> str:
    """A name in lower case as Go's strings.ToLower makes it, letter by letter.

    So `İ` becomes `i` alone, and the kelvin sign `k`.
    """
    if name.isascii():
        return name.lower()
    return "".join("i" if letter == "İ" else letter.lower() for letter in name)


def settings() -> Block:
    """The settings that may stand at the top of a configuration."""
    return _read()[0]


def every_setting() -> Mapping[str, Setting]:
    """Every setting that a server knows, by its path."""
    return _read()[1]


def names_of(path: str) -> tuple[str, ...]:
    """Every name of the setting of a `path`, as the server knows it. Raises `KeyError`."""
    return every_setting()[path].names


@cache
def _read() -> tuple[Block, Mapping[str, Setting]]:
    by_path: dict[str, Setting] = {}
    return _block(_tables()["top"], "", by_path), by_path


@cache
def _tables() -> dict[str, list[str]]:
    """The lists of `nats_settings.txt`, by their names."""
    text = resources.files("wallet").joinpath("data/nats_settings.txt").read_text(encoding="utf-8")
    tables: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            lines = tables[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            lines.append(line)
    return tables


def _block(lines: list[str], above: str, by_path: dict[str, Setting]) -> Block:
    """Read a list of settings; `above` is the path of the block that it is in."""
    settings_here = []
    for at, line in enumerate(lines):
        if line.startswith(" "):
            continue
        names, _, value = line.partition(": ")
        form, _, shared = value.partition(" @")
        written = names.split()
        path = f"{above}{written[0].rstrip('!')}"
        below = path + ("[]." if form == Form.BLOCKS else ".")
        indented = takewhile(lambda later: later.startswith("  "), lines[at + 1 :])
        inner = _tables()[shared] if shared else [later[2:] for later in indented]
        setting = Setting(
            path,
            tuple(name.rstrip("!") for name in written),
            Form(form),
            names.endswith("!"),
            _block(inner, below, by_path) if inner else None,
        )
        by_path[path] = setting
        settings_here.append(setting)
    return Block(settings_here)
