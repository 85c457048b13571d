"""The two servers of a rehearsal: one with the whole configuration, and one to try keys with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from wallet.codes import Code
from wallet.connection.protocol.target import Target
from wallet.connection.rehearsal import doors, judgement, tls_files
from wallet.connection.rehearsal.doors import Entry, Stranger
from wallet.connection.rehearsal.known_accounts import KnownAccounts
from wallet.connection.rehearsal.rehearsal_report import ConfigurationFlaw
from wallet.connection.rehearsal.rewriting import (
    admission,
    configuration_text,
    isolation,
    listeners,
    operator_configuration,
)
from wallet.connection.rehearsal.rewriting.admission import ListedUser
from wallet.connection.rehearsal.rewriting.isolation import IsolatedConfiguration
from wallet.connection.rehearsal.rewriting.listeners import Door
from wallet.connection.rehearsal.sandbox import Sandbox, SandboxServer
from wallet.nats.config import parser
from wallet.nats.config.parser import Doubt, Value
from wallet.system.disk import regular_files
from wallet.system.natsserver import ServerFailedError

ATTEMPTS = 3  # to start with ports that nobody else takes meanwhile
DOORS = {
    "client": "The clients' port",
    "websocket": "The websocket port",
    "mqtt": "The MQTT port",
    "leafnodes": "The leaf nodes' port",
}
FIXES = {
    True: "Remove no_auth_user, unless everybody is meant to be let in with that user's rights.",
    False: "List users for it (authorization), unless everybody is meant to be let in.",
}


# Gives the JWTs of the accounts in the wallet, by their public keys.
AccountTokens = Callable[[], Mapping[str, str]]


class RunningConfiguration(NamedTuple):
    """A configuration, the server that runs with what in it decides who is let in, and its flaws.

    `listed` are the users that it lists, by their public keys. With an operator `known_accounts`
    are those that the server knows, and `account_tokens` the JWTs of accounts in the wallet, by
    their public keys. `instead` says what stood in for something outside that was not asked.
    `isolated` is the whole as it was judged, and `strangers` tried the doors that it opened.
    """

    name: str
    configuration: dict[str, Value]
    listed: dict[str, ListedUser]
    sandbox: Sandbox
    server: SandboxServer
    known_accounts: KnownAccounts | None
    account_tokens: Mapping[str, str]
    flaws: list[ConfigurationFlaw]
    instead: str
    isolated: IsolatedConfiguration
    strangers: list[Stranger]


def start(source: Path | str, name: str, account_tokens: AccountTokens) -> RunningConfiguration:
    """Read a configuration, have nats-server judge it, and run what decides who is let in.

    `source` is its file or its text, and `name` what it is called in errors. `account_tokens` is
    asked where there is an operator. Raises `ServerMissingError`, `UsageError` for a file that
    cannot be read, and `ConfigurationError` for what nats-server refuses.
    """
    beside = source.parent if isinstance(source, Path) else None
    sandbox = Sandbox(beside)
    try:
        return _started(source, name, account_tokens, sandbox, beside)
    except BaseException as error:
        sandbox.close()
        if isinstance(error, ServerFailedError):
            raise judgement.start_error(error, name, sandbox) from None
        raise


def _started(
    source: Path | str,
    name: str,
    account_tokens: AccountTokens,
    sandbox: Sandbox,
    beside: Path | None,
) -> RunningConfiguration:
    path = source if isinstance(source, Path) else sandbox.directory / "given.conf"
    if isinstance(source, str):
        path.write_text(source, encoding="utf-8")
    doubts: list[Doubt] = []
    configuration = parser.read(path, regular_files.content, name, doubts)
    by_jwts = admission.with_operator(configuration)
    tokens = account_tokens() if by_jwts else {}
    directory = sandbox.directory / "jwt"
    prepared = operator_configuration.prepare(configuration, beside, directory, tokens)
    flaws = tls_files.flaws_of(configuration, beside)
    sound = not any(flaw.fatal for flaw in flaws)
    whole = _judge_whole(prepared.configuration, name, sandbox, own_files=sound)
    ours = "host: 127.0.0.1\nport: -1\ndebug: true\n"  # its log tells what it tells no client
    deciding = admission.to_run(listeners.to_start(whole.isolated))
    server = sandbox.start(configuration_text.write(deciding).text + ours, "keys")
    known_accounts = KnownAccounts.of(prepared) if by_jwts else None
    flaws += known_accounts.flaws(time.time()) if known_accounts else []
    if doubts:
        why = parser.sentence(doubts)
        flaws.append(
            ConfigurationFlaw(
                Code.OLDER_SERVERS, why, "Put the value in quotes.", *doubts[0], fatal=False
            )
        )
    flaws += [*whole.warnings, *_let_in(whole.strangers, name)]
    return RunningConfiguration(
        name,
        prepared.configuration,
        {user.public: user for user in admission.listed(prepared.configuration)},
        sandbox,
        server,
        known_accounts,
        tokens,
        sorted(flaws, key=lambda flaw: not flaw.fatal),
        prepared.instead,
        whole.isolated,
        whole.strangers,
    )


class _JudgedWhole(NamedTuple):
    """The whole configuration as it was judged, the server's warnings, and who tried its doors."""

    isolated: IsolatedConfiguration
    warnings: list[ConfigurationFlaw]
    strangers: list[Stranger]


def _judge_whole(
    configuration: dict[str, Value], name: str, sandbox: Sandbox, *, own_files: bool
) -> _JudgedWhole:
    """Start a server with the whole, and try its doors; again, where a port was taken meanwhile."""
    for attempt in range(ATTEMPTS):
        isolated = isolation.rewrite(configuration, sandbox, own_files=own_files)
        warnings = judgement.judge(isolated, name, sandbox)
        if isolated.not_started:
            return _JudgedWhole(isolated, warnings, [])
        entries = listeners.to_start(isolated)
        text = configuration_text.write(entries).text
        sandbox.release()
        try:
            server = sandbox.start(text, f"whole-{attempt}")
        except ServerFailedError as error:
            if attempt + 1 == ATTEMPTS or not sandbox.own_port_taken(str(error)):
                raise
            sandbox.forget_ports()
            continue
        try:
            opened = _with_clients_port(listeners.doors(entries), server)
            strangers = asyncio.run(doors.try_all(opened))
            return _JudgedWhole(isolated, warnings, strangers)
        finally:
            server.stop()
    raise AssertionError("the last attempt returns or raises")


def _with_clients_port(opened: list[Door], server: SandboxServer) -> list[Door]:
    """Give the clients' door the port that the server opened: where two are set it takes either."""
    port = Target.parse(server.url).port
    return [door._replace(port=port) if door.kind == "client" else door for door in opened]


def _let_in(strangers: list[Stranger], name: str) -> Iterator[ConfigurationFlaw]:
    """Warn of each door that lets in somebody who shows nothing."""
    for stranger in strangers:
        if stranger.entry is not Entry.LET_IN:
            continue
        door = DOORS[stranger.door]
        whom = f", as “{stranger.as_user}”" if stranger.as_user else ""
        why = f"{door} lets in anybody who shows nothing{whom}: no key, no password, no token."
        fix = FIXES[bool(stranger.as_user)]
        file = stranger.file or name
        yield ConfigurationFlaw(
            Code(f"anybody-{stranger.door}"), why, fix, file, stranger.line, fatal=False
        )
