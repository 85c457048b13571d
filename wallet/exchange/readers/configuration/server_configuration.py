"""The public keys that a nats-server's configuration names.

Users and their permissions, in the `authorization` block or in the `accounts` that they belong
to; those of leaf nodes, and the seeds and creds that its own leaf nodes connect with; proxies; in
operator mode the operator's JWT and the accounts' in `resolver_preload`. An account of a
configuration has a name and no key, so an account key is made to stand for it. The name of a key
is taken from the comment beside it. What looks like a key and stands elsewhere is told.

Source: nats-io/nats-server, server/opts.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wallet.errors import KeyFormatError, WalletError
from wallet.exchange.readers.configuration.conf_lines import Lines
from wallet.exchange.readers.configuration.conf_permissions import (
    PermissionsRefusedError,
    permissions,
)
from wallet.exchange.readers.file_content import NotOpenedError, opened
from wallet.exchange.readers.jwt_contents import add_token
from wallet.exchange.readers.keys_in_text import read_text
from wallet.exchange.readers.material import Findings, KeyMention
from wallet.exchange.readers.texts.source_text import TELLING, SourceText
from wallet.nats.config import parser
from wallet.nats.config.names import names_of, settings
from wallet.nats.config.parser import Doubt, Value, block_of
from wallet.nats.nkeys import Kind, Seed, decode_public
from wallet.secrets import encoding, sodium
from wallet.system.disk import regular_files
from wallet.text import an

SUFFIXES = frozenset({".conf", ".cfg", ".config"})
_HAVE_KEYS = (
    *("authorization", "accounts", "resolver_preload", "operator", "trusted_keys"),
    *("leafnodes", "proxies", "resolver_pinned_accounts"),
)
_SPEAKS_OF_KEYS = re.compile(
    rb"\b(%s|nkey)\b\s*[:={\[\"]"
    % "|".join(name for path in _HAVE_KEYS for name in names_of(path)).encode(),
    re.IGNORECASE,
)
_INCLUDE = re.compile(rb"^[ \t]*include[ \t]", re.IGNORECASE | re.MULTILINE)
Block = dict[str, Value]
_MOST_TOLD = 20
_MARKED = (
    "It begins with a byte-order mark, with which nats-server does not start: save it in UTF-8 "
    "without one."
)
_USER = "authorization.users"


def recognises(text: SourceText) -> bool:
    """Whether a file speaks of what a nats-server's configuration has keys in.

    One that was named may have all of that in other files, which it includes.
    """
    if text.place is None:
        return False
    if text.suffix not in SUFFIXES and not (text.named and text.suffix not in TELLING):
        return False
    includes = text.named and _INCLUDE.search(text.content) is not None
    return includes or _SPEAKS_OF_KEYS.search(text.content) is not None


def read(text: SourceText, into: Findings) -> None:
    """Put the keys that a configuration names into `into`. Never raises for what is in it."""
    into.holds("a server's configuration")
    if text.place is None or (not text.named and _INCLUDE.search(text.content)):
        why = "It includes other files. Name it itself, to have them read too."
        into.refuse(text.shown, why)
    else:
        read_configuration(Path(text.place), into)


def read_configuration(path: Path, into: Findings) -> None:
    """Put the keys of the configuration in a file, and of those it includes, into `into`."""
    doubts: list[Doubt] = []
    try:
        top = parser.read(path, regular_files.content, doubts=doubts)
    except WalletError as error:
        into.refuse(str(path), str(error).removesuffix(" No key was checked."))
        return
    if doubts:
        into.note(f"{doubts[0].file}, line {doubts[0].line}", parser.sentence(doubts))
    if any(name.startswith(encoding.MARK) for name in top):
        into.note(str(path), _MARKED)
        top = {name.removeprefix(encoding.MARK): value for name, value in top.items()}
    _Reader(path, into).read(top)


class _Reader:
    def __init__(self, path: Path, into: Findings) -> None:
        self._path, self._into = path, into
        self._source = str(path)
        self._lines = Lines()
        self._met: set[str] = set()  # keys and JWTs that were taken, or refused with a reason
        self._accounts: dict[str, str] = {}  # the keys made for accounts, by their names

    def read(self, everything: Block) -> None:
        top = settings().by_setting(everything)
        before = len(self._into.mentions), len(self._into.bad)
        # By two of its names it may stand there twice, and what a path leads to is not seen here.
        for operators in settings().all_by_setting(everything).get("operator", ()):
            for value in _each(operators):
                self._token(value, "operator")
        for value in _each(top.get("default_sentinel")):
            self._token(value, "default_sentinel")
        for value in _named(top.get("resolver_preload")).values():
            self._token(value, "resolver_preload")
        for value in _each(top.get("trusted_keys")):
            self._public(value, Kind.OPERATOR)
        authorization = block_of(top.get("authorization"), "authorization")
        for user in _each(authorization.get("users")):
            self._user(block_of(user, _USER), None, authorization.get("default_permissions"))
        callout = block_of(authorization.get("auth_callout"), "authorization.auth_callout")
        self._public(callout.get("issuer"), Kind.ACCOUNT)
        self._public(callout.get("xkey"), Kind.CURVE)
        for name, block in _named(top.get("accounts")).items():
            self._account(name, block_of(block, "accounts.*"))
        leaf = block_of(top.get("leafnodes"), "leafnodes")
        self._leaf_user(block_of(leaf.get("authorization"), "leafnodes.authorization"))
        for remote in _each(leaf.get("remotes")):
            self._remote(block_of(remote, "leafnodes.remotes"))
        for proxy in _each(block_of(top.get("proxies"), "proxies").get("trusted")):
            self._public(block_of(proxy, "proxies.trusted").get("key"), None)
        for value in _each(top.get("resolver_pinned_accounts")):
            self._public(value, Kind.ACCOUNT)
        self._tell_others(everything)
        if before == (len(self._into.mentions), len(self._into.bad)):
            self._into.refuse(self._source, "No public key is named in this configuration.")

    def _account(self, name: str, block: Block) -> None:
        """An account that has a name, and seldom a key, with its users."""
        users = [block_of(user, _USER) for user in _each(block.get("users"))]
        users = [user for user in users if "nkey" in user]
        parent = _text(block.get("nkey"))
        if parent:
            self._public(block["nkey"], Kind.ACCOUNT, name=name)
            self._accounts[name] = parent
        elif users:
            parent = self._stand_in(name)
        for user in users:
            self._user(user, parent, block.get("default_permissions"))

    def _stand_in(self, name: str) -> str:
        """An account key to stand for an account that has a name only: new, once for each name."""
        if name in self._accounts:
            return self._accounts[name]
        with Seed.generate(Kind.ACCOUNT) as seed:
            public, cell = self._into.seal(seed)
        self._into.add(KeyMention(public, self._source, name, cell, stand_in=True))
        self._accounts[name] = public.text
        return public.text

    def _leaf_user(self, authorization: Block) -> None:
        """The one user that leaf nodes of others connect as."""
        if "nkey" not in authorization:
            return
        account = _text(authorization.get("account"))
        parent = self._accounts.get(account) or (
            self._key_or_stand_in(account) if account else None
        )
        self._public(authorization["nkey"], Kind.USER, parent=parent)

    def _key_or_stand_in(self, account: str) -> str:
        try:
            return decode_public(account).text
        except KeyFormatError:
            return self._stand_in(account)

    def _remote(self, remote: Block) -> None:
        """Take what this server connects to another with: a seed, or the path of creds."""
        if (value := remote.get("nkey")) is not None:
            self._seed(value)
        for value in _each(remote.get("creds")):
            self._follow(value, "leafnodes.remotes.creds")

    def _seed(self, value: Value) -> None:
        where, part = self._where(value), bytearray(_text(value).encode("utf-8", "replace"))
        try:
            sealed = self._into.seal_text(part)
            self._met.add(sealed.public.text)
            self._into.add_seed(sealed, where, name=self._name_at(value))
        except KeyFormatError as error:
            self._into.refuse(where, str(error), "a seed that could not be read")
        finally:
            sodium.wipe(part)

    def _where(self, value: Value) -> str:
        return f"{value.file}, line {value.line}"

    def _name_at(self, value: Value) -> str:
        return self._lines.name_at(value.file, value.line)

    def _tell_others(self, everything: Block) -> None:
        """Say where keys and JWTs stand that were not taken: in comments, in other settings."""
        told = 0
        known = self._met | {mention.public.text for mention in self._into.mentions}
        for file in dict.fromkeys([self._source, *_files(everything)]):
            for line, what in self._lines.others(file, known):
                told += 1
                if told > _MOST_TOLD:
                    self._into.note(self._source, "More keys stand in it that were not taken.")
                    return
                self._into.note(f"{file}, line {line}", f"There is {what} here that was not taken.")

    def _user(self, user: Block, parent: str | None, defaults: Value | None) -> None:
        value = user.get("nkey")
        if value is None:
            return  # one with a password
        try:
            unsigned = permissions(user.get("permissions") or defaults)
        except PermissionsRefusedError as error:
            self._met.add(_text(value))
            self._into.refuse(self._where(error.value), str(error))
            return
        types = _each(user.get("allowed_connection_types"))
        if types:
            unsigned["allowed_connection_types"] = [_text(each).upper() for each in types]
        self._public(value, Kind.USER, parent=parent, unsigned=unsigned)

    # --- one key or JWT -----------------------------------------------------------------

    def _public(
        self,
        value: Value | None,
        kind: Kind | None,
        *,
        name: str = "",
        parent: str | None = None,
        unsigned: dict[str, Any] | None = None,
    ) -> None:
        text = _text(value)
        if value is None or not text:
            return
        self._met.add(text)
        where = self._where(value)
        try:
            public = decode_public(text)
        except KeyFormatError as error:
            self._into.refuse(where, str(error))
            return
        if kind is not None and public.kind is not kind:
            self._into.refuse(
                where,
                f"A key of kind {public.kind} stands where {an(kind.value)}'s belongs.",
            )
            return
        name = name or self._name_at(value)
        self._into.add(KeyMention(public, where, name, parent=parent, unsigned=unsigned))

    def _token(self, value: Value, field: str) -> None:
        """A JWT, or the path of the file that holds one."""
        text = _text(value)
        if text.startswith("eyJ"):
            self._met.add(text)
            add_token(text, f"{self._where(value)}, {field}", self._into)
        else:
            self._follow(value, field)

    def _follow(self, value: Value, field: str) -> None:
        """Read the file that a setting names."""
        text, where = _text(value), f"{self._where(value)}, {field}"
        # The server takes a path from where it was started, which nobody knows here.
        for path in (Path(text), self._path.parent / text):
            try:
                with opened(path) as file, self._into.watching(str(path), file):
                    read_text(file.content, f"{where}: {text}", self._into)
                return
            except NotOpenedError as error:
                why = str(error)
        self._into.refuse(f"{where}: {text}", why)


def _files(block: Block) -> Iterator[str]:
    """The files that the values of a configuration stand in."""
    waiting = list(block.values())
    while waiting:
        value = waiting.pop()
        yield value.file
        if isinstance(value.data, dict):
            waiting += value.data.values()
        elif isinstance(value.data, list):
            waiting += value.data


def _named(value: Value | None) -> Block:
    """A map whose names are somebody's own."""
    return value.data if value is not None and isinstance(value.data, dict) else {}


def _each(value: Value | None) -> list[Value]:
    if value is None:
        return []
    return value.data if isinstance(value.data, list) else [value]


def _text(value: Value | None) -> str:
    return str(value.data) if value is not None and isinstance(value.data, str) else ""
