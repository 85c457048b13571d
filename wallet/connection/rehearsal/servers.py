"""The servers of a rehearsal: of the whole configuration, judged and gone, and to try keys with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from wallet.codes import Code
from wallet.connection.rehearsal import doors, judgement, tls_files
from wallet.connection.rehearsal.doors import Entry, Stranger
from wallet.connection.rehearsal.known_accounts import Known
from wallet.connection.rehearsal.result import ConfigurationFlaw
from wallet.connection.rehearsal.rewriting import (
    admission,
    configuration_text,
    isolation,
    listeners,
    operator_configuration,
)
from wallet.connection.rehearsal.rewriting.admission import ListedUser
from wallet.connection.rehearsal.rewriting.isolation import Rewritten
from wallet.connection.rehearsal.sandbox import Sandbox, SandboxServer
from wallet.nats.config import parser
from wallet.nats.config.parser import Doubt, Value
from wallet.system import regular_files
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


class RunningConfiguration(NamedTuple):
    """The configuration as it runs, the server that runs with it, and what was found on the way.

    `listed` are the users that it lists, by their keys; `account_tokens` the JWTs of accounts that
    the wallet holds, where there is an operator.
    """

    name: str
    configuration: dict[str, Value]
    listed: dict[str, ListedUser]
    sandbox: Sandbox
    server: SandboxServer
    known: Known | None
    account_tokens: Mapping[str, str]
    flaws: list[ConfigurationFlaw]
    instead: str
    rewritten: Rewritten
    strangers: list[Stranger]


def start(
    source: Path | str, name: str, account_tokens: Callable[[], Mapping[str, str]]
) -> RunningConfiguration:
    """Read the configuration, have nats-server judge it, and run what decides who is let in."""
    beside = source.parent if isinstance(source, Path) else None
    sandbox = Sandbox(beside)
    try:
        return _started(source, name, account_tokens, sandbox, beside)
    except BaseException as error:
        sandbox.close()
        if isinstance(error, ServerFailedError):
            raise judgement.not_started(error, name, sandbox) from None
        raise


def _started(
    source: Path | str,
    name: str,
    account_tokens: Callable[[], Mapping[str, str]],
    sandbox: Sandbox,
    beside: Path | None,
) -> RunningConfiguration:
    path = source if isinstance(source, Path) else sandbox.directory / "given.conf"
    if isinstance(source, str):
        path.write_text(source, encoding="utf-8")
    doubts: list[Doubt] = []
    configuration = parser.read(path, regular_files.content, name, doubts)
    tokens = account_tokens() if admission.with_operator(configuration) else {}
    prepared = operator_configuration.prepare(
        configuration, beside, sandbox.directory / "jwt", lambda: tokens
    )
    flaws = tls_files.judged(configuration, beside)
    sound = not any(flaw.fatal for flaw in flaws)
    whole = _whole(prepared.configuration, name, sandbox, own_files=sound)
    rewritten, strangers = whole.rewritten, whole.strangers
    ours = "host: 127.0.0.1\nport: -1\ndebug: true\n"  # its log tells what it tells no client
    decides = admission.to_run(listeners.to_start(rewritten))
    server = sandbox.start(configuration_text.write(decides).text + ours, "keys")
    known = Known.of(prepared) if admission.with_operator(configuration) else None
    flaws += known.flaws(time.time()) if known else []
    if doubts:
        why = parser.sentence(doubts)
        flaws.append(
            ConfigurationFlaw(
                Code.OLDER_SERVERS, why, "Put the value in quotes.", *doubts[0], fatal=False
            )
        )
    flaws += [*whole.flaws, *_let_in(strangers, name)]
    return RunningConfiguration(
        name,
        prepared.configuration,
        {user.public: user for user in admission.listed(prepared.configuration)},
        sandbox,
        server,
        known,
        tokens,
        sorted(flaws, key=lambda flaw: not flaw.fatal),
        prepared.instead,
        rewritten,
        strangers,
    )


class _Whole(NamedTuple):
    """What was judged, what the server warned of, and who was let in at its doors."""

    rewritten: Rewritten
    flaws: list[ConfigurationFlaw]
    strangers: list[Stranger]


def _whole(
    configuration: dict[str, Value], name: str, sandbox: Sandbox, *, own_files: bool
) -> _Whole:
    """Start it whole, and try its doors. Once more, where somebody took a port meanwhile."""
    for attempt in range(ATTEMPTS):
        rewritten = isolation.rewrite(configuration, sandbox, own_files=own_files)
        warned = judgement.judge(rewritten, name, sandbox)
        if rewritten.not_started:
            return _Whole(rewritten, warned, [])
        entries = listeners.to_start(rewritten)
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
            strangers = asyncio.run(doors.try_all(listeners.doors(entries)))
            return _Whole(rewritten, warned, strangers)
        finally:
            server.stop()
    raise AssertionError("the last attempt returns or raises")


def _let_in(strangers: list[Stranger], name: str) -> Iterator[ConfigurationFlaw]:
    """A warning for each door but the clients', of which the unknown key tells, and one for that
    where it lets in who shows nothing at all."""
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
