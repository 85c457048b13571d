"""Asking a server about a key: the check, and whatever else was asked for, as one report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from wallet.connection.causes.report import Report
from wallet.connection.check import subject_trials
from wallet.connection.check.attempt import Attempt, Event, opened
from wallet.connection.check.explanation import explained
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol.monitoring import Monitor
from wallet.connection.protocol.statistics import Monitored
from wallet.nats.nkeys import PublicKey


async def ask(
    server: Server,
    key: PublicKey,
    keyring: Keyring,
    options: CheckOptions,
    on_stage: Callable[[Event], None] | None = None,
) -> Report:
    """Check a key at a server, and find out what else the options ask for.

    Raises what `check` raises.
    """
    async with opened(server, key, keyring, options, on_stage=on_stage) as attempt:
        timeout = options.timeout
        answers = (
            await subject_trials.answers_of(attempt, options.asks, timeout) if options.asks else ()
        )
        monitored = await _monitored(attempt, server.monitor, timeout) if server.monitor else None
    report = await explained(attempt.evidence, timeout, monitored)  # which is whole by then
    figures = monitored.to_json() if monitored else None
    return replace(report, may=answers, monitor=figures) if answers or figures else report


async def _monitored(attempt: Attempt, monitor: Monitor, timeout: float) -> Monitored:
    """Ask the monitoring about the server and the key's account, after the server was asked."""
    user = attempt.evidence.chain.user
    account = user.account if user else None
    return await monitor.look(account, timeout)
