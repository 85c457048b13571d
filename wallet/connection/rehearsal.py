"""Will this configuration let my keys in? Tried with the real nats-server before it is deployed.

Rewritten so that it reaches nothing outside, the whole configuration is judged by the server's own
start, and every door that it opens is tried by somebody who shows nothing. The keys are tried with
a second server, which has nothing of it but what decides who is let in. Both run in a temporary
directory, which goes with them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wallet.chain import Chain
from wallet.connection import (
    configuration_text,
    doors,
    isolation,
    judging,
    operating,
    refusals,
    rewriting,
    serverconf,
    starting,
    tls_files,
    unjudged,
)
from wallet.connection.check import check
from wallet.connection.doors import Entry, Stranger
from wallet.connection.evidence import Probe
from wallet.connection.isolation import ListedUser
from wallet.connection.known_accounts import Known
from wallet.connection.refusals import Circumstances
from wallet.connection.rehearsed import NOBODY, Binary, Flaw, Rehearsal, Row
from wallet.connection.report import Cause, Report, Verdict
from wallet.connection.rewriting import Rewritten
from wallet.connection.sandbox import Sandbox, Server
from wallet.connection.serverconf import Value
from wallet.connection.target import Target
from wallet.errors import WalletError
from wallet.nkeys import Kind, PublicKey, Seed, decode_public
from wallet.system.natsserver import ServerFailedError
from wallet.text import plain
from wallet.vault.record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

CONCURRENCY = 8
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
GENERATED = "the configuration"
_WORST_FIRST = (Verdict.FAILED, Verdict.REFUSED, Verdict.UNCHECKED, Verdict.ACCEPTED)


class _Stage(NamedTuple):
    """The configuration as it runs, the server that runs with it, and what was found on the way."""

    configuration: dict[str, Value]
    sandbox: Sandbox
    server: Server
    known: Known | None
    held: Mapping[str, str]
    flaws: list[Flaw]
    instead: str
    rewritten: Rewritten
    strangers: list[Stranger]


class _Tried(NamedTuple):
    """A key to try: with which JWTs, and which account it belongs to by them."""

    record: KeyRecord
    chain: Chain | None = None
    account: str | None = None


async def rehearse(
    source: Path | str,
    vault: Vault,
    only: Iterable[KeyRecord] | None = None,
    *,
    also: Iterable[KeyRecord] = (),
    concurrency: int = CONCURRENCY,
    timeout: float = 5.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Rehearsal:
    """Run nats-server with a configuration, a file's or a text's, and check keys against it.

    The keys are the listed ones that the vault holds a seed for and `also` these, or `only`
    these, listed or not; and one made for the occasion. With an operator, which lists no keys,
    they are the users in the accounts that it has, or should have. `timeout` is seconds for
    each check; `concurrency` of them run at once, and `on_progress` hears how many of how many
    are done. Raises `ServerMissingError`, `UsageError` for a file that cannot be read,
    `ConfigurationError` for what nats-server refuses, and what opening a seed raises.
    """
    name = plain(str(source), 500) if isinstance(source, Path) else GENERATED
    start = asyncio.create_task(asyncio.to_thread(_start, source, name, vault))
    try:
        stage = await asyncio.shield(start)
    except asyncio.CancelledError:
        with suppress(WalletError):
            await asyncio.to_thread((await start).sandbox.close)
        raise
    try:
        # In a thread: there may be a hundred thousand.
        listed, chosen, not_held = await asyncio.to_thread(_chosen, vault, stage, only, also)
        checks = _Checks(vault, stage, timeout, concurrency, on_progress)
        reports, unknown = await checks.run(chosen)
        clients = {_client(report) for report in (*reports, unknown) if not report.ok}
        said = await asyncio.to_thread(refusals.said_in, stage.server.log, clients)
        binary = Binary(stage.sandbox.program, stage.server.version)
    finally:
        await asyncio.to_thread(stage.sandbox.close)
    rows = _Rows(name, stage, listed, said)
    made = [rows.row(tried, report) for tried, report in zip(chosen, reports, strict=True)]
    made.sort(key=lambda row: _WORST_FIRST.index(row.verdict))
    nobody = rows.nobody(unknown)
    # Where keys are not checked at all, its own row says so.
    checked = nobody.verdict is Verdict.REFUSED
    flaws = [flaw for flaw in stage.flaws if checked or flaw.code != "anybody-client"]
    return Rehearsal(
        name,
        tuple(made),
        nobody,
        tuple(not_held),
        unjudged.not_given(stage.rewritten.unjudged),
        tuple(flaws),
        stage.instead,
        tuple(stage.rewritten.unjudged),
        tuple(stage.strangers),
        stage.rewritten.not_started,
        binary,
    )


def _client(report: Report) -> int:
    """By which number the server's log calls it."""
    number = report.server.get("client_id")
    return number if isinstance(number, int) else -1


# --- which keys -----------------------------------------------------------------------------


def _chosen(
    vault: Vault, stage: _Stage, only: Iterable[KeyRecord] | None, also: Iterable[KeyRecord]
) -> tuple[dict[str, ListedUser], list[_Tried], list[str]]:
    """The users that are listed; the keys to check; those that belong and cannot be checked."""
    listed = {user.public: user for user in isolation.listed(stage.configuration)}
    records, known = vault.records, stage.known
    belonging = (
        [records.by_public(public) for public in listed]
        if known is None
        else list(_users_of_accounts(records, known))
    )
    held = [record for record in belonging if record is not None and record.has_seed]
    seen = {record.public for record in held}
    theirs = [*listed, *(record.public for record in belonging if record is not None)]
    not_held = list(dict.fromkeys(public for public in theirs if public not in seen))
    wanted = [*held, *also] if only is None else only
    unique = {record.public: record for record in wanted}
    return listed, [_tried(records, record, known) for record in unique.values()], not_held


def _users_of_accounts(records: Records, known: Known) -> Iterator[KeyRecord]:
    """The users in use of the accounts that the server knows, or would take from an operator."""
    for account in records.all(Kind.ACCOUNT):
        claims = None if account.signing else records.claims(account.id)
        if account.public in known.accounts or (claims and known.trusts(claims)):
            for user in records.beneath(account.id):
                if user.kind is Kind.USER and user.status == "active":
                    yield user


def _tried(records: Records, record: KeyRecord, known: Known | None) -> _Tried:
    if known is None or record.kind is not Kind.USER:
        return _Tried(record)
    user = records.claims(record.id)
    account = user.account if user else None
    if user is None and record.parent is not None:
        account = records.get(record.parent).public
    return _Tried(record, known.chain(user, account), account)


# --- trying them ----------------------------------------------------------------------------


class _Checks:
    def __init__(
        self,
        vault: Vault,
        stage: _Stage,
        timeout: float,
        at_once: int,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        self._vault, self._timeout, self._at_once = vault, timeout, at_once
        self._target = Target.parse(stage.server.url)
        self._on_progress = on_progress or (lambda _done, _all: None)

    async def run(self, chosen: list[_Tried]) -> tuple[list[Report], Report]:
        """A report for each key, and that of a key nobody knows."""
        reports: dict[int, Report] = {}
        waiting = iter(enumerate(chosen))

        async def some() -> None:
            for place, (record, chain, _) in waiting:
                open_seed = partial(self._vault.open_seed, record.public)
                public = decode_public(record.public)
                reports[place] = await self._check(public, open_seed, chain)
                self._on_progress(len(reports), len(chosen) + 1)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._at_once):
                    group.create_task(some())
            with Seed.generate(Kind.USER) as stranger:
                unknown = await self._check(stranger.public, lambda: stranger)
        except* WalletError as errors:
            raise _first(errors) from None
        self._on_progress(len(chosen) + 1, len(chosen) + 1)
        return [reports[place] for place in range(len(chosen))], unknown

    async def _check(
        self, public: PublicKey, open_seed: Callable[[], Seed], chain: Chain | None = None
    ) -> Report:
        return await check(
            self._target,
            public,
            open_seed,
            timeout=self._timeout,
            round_trips=0,
            chain=chain,
            probe=Probe.NO_CALLOUT,  # no service runs here that could be asked
        )


class _Rows:
    def __init__(
        self, name: str, stage: _Stage, listed: dict[str, ListedUser], said: dict[int, str]
    ) -> None:
        self._known, self._listed, self._said = stage.known, listed, said
        self._around = Circumstances(
            name,
            Target.parse(stage.server.url).address,
            listed,
            isolation.asks_another(stage.configuration),
            stage.known,
            stage.held,
            time.time(),
        )

    def row(self, tried: _Tried, report: Report) -> Row:
        listed = self._listed.get(report.public)
        account = report.identity.account if report.identity else ""
        known = self._known
        if not account and report.ok:  # it does not tell without a system account
            account = (tried.account or "") if known else (listed.account if listed else "")
        return Row(
            path=tried.record.path,
            public=report.public,
            listed=tried.account in known.accounts if known else listed is not None,
            verdict=report.verdict,
            account=account,
            cause=None if report.ok else self._cause(report, tried.chain, tried.account),
            account_name=known.named(account) if known else "",
        )

    def nobody(self, report: Report) -> Row:
        """The row of the key that was made for the occasion."""
        account = report.identity.account if report.identity else ""
        cause = None if report.ok else self._cause(report, None, None)
        return Row(NOBODY, report.public, False, report.verdict, account, cause)

    def _cause(self, report: Report, chain: Chain | None, account: str | None) -> Cause:
        said = self._said.get(_client(report), "")
        return refusals.explain(report, chain, account, said, self._around)


def _first(errors: BaseExceptionGroup[WalletError]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


# --- the server ----------------------------------------------------------------------------


def _start(source: Path | str, name: str, vault: Vault) -> _Stage:
    """Read the configuration, have nats-server judge it, and run what decides who is let in."""
    beside = source.parent if isinstance(source, Path) else None
    sandbox = Sandbox(beside)
    try:
        return _started(source, name, vault, sandbox, beside)
    except BaseException as error:
        sandbox.close()
        if isinstance(error, ServerFailedError):
            raise judging.not_started(error, name, sandbox) from None
        raise


def _started(
    source: Path | str, name: str, vault: Vault, sandbox: Sandbox, beside: Path | None
) -> _Stage:
    path = source if isinstance(source, Path) else sandbox.directory / "given.conf"
    if isinstance(source, str):
        path.write_text(source, encoding="utf-8")
    configuration = serverconf.read(path, name)
    held = _held(vault.records) if isolation.with_operator(configuration) else {}
    prepared = operating.prepare(configuration, beside, sandbox.directory / "jwt", lambda: held)
    flaws = tls_files.judged(configuration, beside)
    sound = not any(flaw.fatal for flaw in flaws)
    rewritten, strangers = _whole(prepared.configuration, name, sandbox, own_files=sound)
    ours = "host: 127.0.0.1\nport: -1\ndebug: true\n"  # its log tells what it tells no client
    decides = isolation.to_run(starting.to_start(rewritten))
    server = sandbox.start(configuration_text.write(decides).text + ours, "keys")
    known = Known.of(prepared) if isolation.with_operator(configuration) else None
    flaws += known.flaws(time.time()) if known else []
    flaws += _let_in(strangers, name)
    return _Stage(
        prepared.configuration,
        sandbox,
        server,
        known,
        held,
        sorted(flaws, key=lambda flaw: not flaw.fatal),
        prepared.instead,
        rewritten,
        strangers,
    )


def _whole(
    configuration: dict[str, Value], name: str, sandbox: Sandbox, *, own_files: bool
) -> tuple[Rewritten, list[Stranger]]:
    """Start it whole, and try its doors. Once more, where somebody took a port meanwhile."""
    for attempt in range(ATTEMPTS):
        rewritten = rewriting.rewrite(configuration, sandbox, own_files=own_files)
        judging.judge(rewritten, name, sandbox)
        if rewritten.not_started:
            return rewritten, []
        entries = starting.to_start(rewritten)
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
            return rewritten, asyncio.run(doors.try_all(starting.doors(entries)))
        finally:
            server.stop()
    raise AssertionError("the last attempt returns or raises")


def _let_in(strangers: list[Stranger], name: str) -> Iterator[Flaw]:
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
        yield Flaw(f"anybody-{stranger.door}", False, file, stranger.line, why, fix)


def _held(records: Records) -> dict[str, str]:
    """The JWTs of the accounts in the wallet, by their keys."""
    found = {}
    for account in records.all(Kind.ACCOUNT):
        token = None if account.signing else records.token(account.id)
        if token is not None:
            found[account.public] = token
    return found
