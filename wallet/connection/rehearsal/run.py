"""Will this configuration let my keys in? Tried with the real nats-server before it is deployed.

Rewritten so that it reaches nothing outside, the whole configuration is judged by the server's own
start, and every door that it opens is tried by somebody who shows nothing. The keys are tried with
a second server, which has nothing of it but what decides who is let in. Both run in a temporary
directory, which goes with them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wallet.chain import Chain
from wallet.codes import Code
from wallet.connection.causes.evidence import Probe
from wallet.connection.causes.report import Cause, Report, Verdict
from wallet.connection.causes.verdict import Wish, worst_first
from wallet.connection.check.attempt import check
from wallet.connection.protocol.target import Target
from wallet.connection.rehearsal import isolation, limits, refusals, servers
from wallet.connection.rehearsal.isolation import ListedUser
from wallet.connection.rehearsal.known_accounts import Known
from wallet.connection.rehearsal.refusals import Circumstances
from wallet.connection.rehearsal.result import NOBODY, Binary, Rehearsal, Row
from wallet.connection.rehearsal.servers import Stage
from wallet.errors import WalletError
from wallet.nats.nkeys import Kind, PublicKey, Seed, decode_public
from wallet.tasks.keys_under_test import wish_of
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

CONCURRENCY = 8
GENERATED = "the configuration"


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
    wish: Wish | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Rehearsal:
    """Run nats-server with a configuration, a file's or a text's, and check keys against it.

    The keys are the listed ones that the vault holds a seed for and `also` these, or `only`
    these, listed or not; and one made for the occasion. With an operator, which lists no keys,
    they are the users in the accounts that it has, or should have. `timeout` is seconds for
    each check; `concurrency` of them run at once, and `on_progress` hears how many of how many
    are done. `wish` is what is wanted of every key, where that is another than what the vault
    knows. Raises `ServerMissingError`, `UsageError` for a file that cannot be read,
    `ConfigurationError` for what nats-server refuses, and what opening a seed raises.
    """
    name = plain(str(source), 500) if isinstance(source, Path) else GENERATED
    start = asyncio.create_task(asyncio.to_thread(servers.start, source, name, vault))
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
    rows = _Rows(name, stage, listed, said, wish)
    made = [rows.row(tried, report) for tried, report in zip(chosen, reports, strict=True)]
    made.sort(key=lambda row: worst_first(row.verdict, as_wanted=row.as_wanted))
    nobody = rows.nobody(unknown)
    # Where keys are not checked at all, its own row says so.
    checked = nobody.verdict is Verdict.REFUSED
    flaws = [flaw for flaw in stage.flaws if checked or flaw.code is not Code.ANYBODY_CLIENT]
    return Rehearsal(
        name,
        tuple(made),
        nobody,
        tuple(not_held),
        limits.not_given(stage.rewritten.unjudged),
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
    vault: Vault, stage: Stage, only: Iterable[KeyRecord] | None, also: Iterable[KeyRecord]
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
        claims = None if account.signing else records.tokens.claims(account.id)
        if account.public in known.accounts or (claims and known.trusts(claims)):
            for user in records.beneath(account.id):
                if user.kind is Kind.USER and user.status == "active":
                    yield user


def _tried(records: Records, record: KeyRecord, known: Known | None) -> _Tried:
    if known is None or record.kind is not Kind.USER:
        return _Tried(record)
    user = records.tokens.claims(record.id)
    account = user.account if user else None
    if user is None and record.parent is not None:
        account = records.get(record.parent).public
    return _Tried(record, known.chain(user, account), account)


# --- trying them ----------------------------------------------------------------------------


class _Checks:
    def __init__(
        self,
        vault: Vault,
        stage: Stage,
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
        self,
        name: str,
        stage: Stage,
        listed: dict[str, ListedUser],
        said: dict[int, str],
        wish: Wish | None,
    ) -> None:
        self._wish = wish
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
            wish=self._wish or wish_of(tried.record),
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
