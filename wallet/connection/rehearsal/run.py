"""Will this configuration let my keys in? Tried with the real nats-server before it is deployed.

Rewritten so that it reaches nothing outside, the whole configuration is judged by the server's own
start, and every door that it opens is tried by somebody who shows nothing. The keys are tried with
a second server, which has nothing of it but what decides who is let in. Both run in a temporary
directory, which goes with them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from wallet.chain import Chain
from wallet.codes import Code
from wallet.connection.causes.evidence import Probe
from wallet.connection.causes.report import Cause, Report, Verdict
from wallet.connection.causes.verdict import TAKEN, Wish, worst_first
from wallet.connection.check.many import ask_each
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol.target import Target
from wallet.connection.rehearsal import refusal_causes, server_pair
from wallet.connection.rehearsal.refusal_causes import Circumstances
from wallet.connection.rehearsal.rehearsal_report import NOBODY, Binary, Rehearsal, Row
from wallet.connection.rehearsal.rewriting import admission, limits
from wallet.connection.rehearsal.server_pair import AccountTokens, RunningConfiguration
from wallet.errors import WalletError
from wallet.nats.nkeys import Kind, PublicKey, Seed
from wallet.text import plain

CONCURRENCY = 8
GENERATED = "the configuration"


class Candidate(NamedTuple):
    """A key to try: its `path` in the wallet, and what is wanted of it.

    `chain` are its JWTs, and `account` is the public key of the account that it belongs to; both
    are None where there is no operator.
    """

    public: PublicKey
    path: str
    open_seed: Callable[[], Seed]
    wish: Wish = TAKEN
    chain: Chain | None = None
    account: str | None = None


class Selection(NamedTuple):
    """The keys to try, and the public keys of those that the wallet has no seed to try with."""

    candidates: list[Candidate]
    not_held: list[str]


@asynccontextmanager
async def started(
    source: Path | str, account_tokens: AccountTokens
) -> AsyncIterator[RunningConfiguration]:
    """Run nats-server with a configuration, a file's or a text's, for as long as the block runs.

    `account_tokens` gives the JWTs of accounts that the wallet holds, by their keys; it is asked
    where there is an operator. Raises `ServerMissingError`, `UsageError` for a file that cannot be
    read, and `ConfigurationError` for what nats-server refuses.
    """
    name = plain(str(source), 500) if isinstance(source, Path) else GENERATED
    start = asyncio.create_task(asyncio.to_thread(server_pair.start, source, name, account_tokens))
    try:
        yield await asyncio.shield(start)
    finally:
        await _to_its_end(_closed(start))


async def _closed(start: asyncio.Task[RunningConfiguration]) -> None:
    """End what was started, once it is."""
    with suppress(WalletError):  # it was told to whoever waited for it, or nobody does any more
        await asyncio.to_thread((await start).sandbox.close)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do some work to its end, however often it is given up meanwhile.

    Whoever locks gives up a task, and the screen that goes gives it up again: work that waits for a
    thread would never be done.
    """
    task, given_up = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            given_up = True
    task.result()
    if given_up:
        raise asyncio.CancelledError


async def try_keys(
    running: RunningConfiguration,
    selection: Selection,
    *,
    concurrency: int = CONCURRENCY,
    timeout: float = 5.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Rehearsal:
    """Check keys against the server that runs, and one key that is made for the occasion.

    `timeout` is seconds for each check; `concurrency` of them run at once, and `on_progress` hears
    how many of how many are done. Raises what opening a seed raises.
    """
    candidates = selection.candidates
    reports, unknown = await _check_all(running, candidates, timeout, concurrency, on_progress)
    clients = {_client(report) for report in (*reports, unknown) if not report.ok}
    log_words = await asyncio.to_thread(refusal_causes.log_words, running.server.log, clients)
    return _result(running, selection, reports, unknown, log_words)


def _result(
    running: RunningConfiguration,
    selection: Selection,
    reports: list[Report],
    unknown: Report,
    log_words: dict[int, str],
) -> Rehearsal:
    table = _Rows(running, log_words)
    pairs = zip(selection.candidates, reports, strict=True)
    rows = [table.row(candidate, report) for candidate, report in pairs]
    rows.sort(key=lambda row: worst_first(row.verdict, as_wanted=row.as_wanted))
    nobody = table.nobody(unknown)
    # Where keys are not checked at all, its own row says so.
    checked = nobody.verdict is Verdict.REFUSED
    flaws = [flaw for flaw in running.flaws if checked or flaw.code is not Code.ANYBODY_CLIENT]
    return Rehearsal(
        running.name,
        tuple(rows),
        nobody,
        tuple(selection.not_held),
        limits.not_given(running.isolated.unjudged),
        tuple(flaws),
        running.instead,
        tuple(running.isolated.unjudged),
        tuple(running.strangers),
        running.isolated.not_started,
        Binary(running.sandbox.program, running.server.version),
    )


def _client(report: Report) -> int:
    """The number by which the server's log calls the client of a report; -1 where it had none."""
    number = report.server.get("client_id")
    return number if isinstance(number, int) else -1


async def _check_all(
    running: RunningConfiguration,
    candidates: list[Candidate],
    timeout: float,
    at_once: int,
    on_progress: Callable[[int, int], None] | None,
) -> tuple[list[Report], Report]:
    """Check each key, and last one that nobody knows; give their reports."""
    with Seed.generate(Kind.USER) as stranger:
        unknown = Candidate(stranger.public, NOBODY, lambda: stranger)
        by_key = {candidate.public: candidate for candidate in (*candidates, unknown)}
        keyring = Keyring(lambda key: by_key[key].open_seed(), lambda key: by_key[key].chain)
        # No authorization service runs here that could be asked.
        options = CheckOptions(timeout, round_trips=0, probe=Probe.NO_CALLOUT)
        reports: dict[str, Report] = {}

        def keep(report: Report) -> None:
            reports[report.public] = report
            if on_progress:
                on_progress(len(reports), len(by_key))

        server = Server(Target.parse(running.server.url))
        await ask_each(((server, key) for key in by_key), keyring, options, at_once, keep)
    return [reports[each.public.text] for each in candidates], reports[unknown.public.text]


class _Rows:
    """Makes the rows of a rehearsal; `log_words` is what the server's log says of a client."""

    def __init__(self, running: RunningConfiguration, log_words: dict[int, str]) -> None:
        self._running, self._log_words = running, log_words
        self._around = Circumstances(
            running.name,
            Target.parse(running.server.url).address,
            running.listed,
            admission.asks_another(running.configuration),
            running.known_accounts,
            running.account_tokens,
            time.time(),
        )

    def row(self, candidate: Candidate, report: Report) -> Row:
        """The row of a key that was tried."""
        user, accounts = self._running.listed.get(report.public), self._running.known_accounts
        listed = candidate.account in accounts.by_key if accounts else user is not None
        account = report.identity.account if report.identity else ""
        if not account and report.ok:  # it does not tell without a system account
            account = (candidate.account or "") if accounts else (user.account if user else "")
        return Row(
            path=candidate.path,
            public=report.public,
            listed=listed,
            verdict=report.verdict,
            account=account,
            cause=None if report.ok else self._cause(report, candidate.chain, candidate.account),
            account_name=accounts.name_of(account) if accounts else "",
            wish=candidate.wish,
        )

    def nobody(self, report: Report) -> Row:
        """The row of the key that was made for the occasion."""
        account = report.identity.account if report.identity else ""
        cause = None if report.ok else self._cause(report, None, None)
        return Row(NOBODY, report.public, False, report.verdict, account, cause)

    def _cause(self, report: Report, chain: Chain | None, account: str | None) -> Cause:
        words = self._log_words.get(_client(report), "")
        return refusal_causes.explain(report, chain, account, words, self._around)
