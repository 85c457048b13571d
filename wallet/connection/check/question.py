"""Asking a server about a key: the check, and whatever else was asked for, as one report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from wallet.chain import Chain
from wallet.connection.causes.evidence import Probe
from wallet.connection.causes.report import Report
from wallet.connection.check import subjects
from wallet.connection.check.attempt import ROUND_TRIPS, Attempt, Event, opened
from wallet.connection.check.explanation import explained
from wallet.connection.check.subjects import Ask
from wallet.connection.protocol.monitoring import Monitor
from wallet.connection.protocol.statistics import Monitored
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.nats.nkeys import PublicKey, Seed


@dataclass(frozen=True, slots=True)
class Place:
    """A server, with which files TLS is spoken there, and its monitoring where that is known."""

    target: Target
    tls: TlsFiles | None = None
    monitor: Monitor | None = None


@dataclass(frozen=True, slots=True)
class How:
    """What is done at each server. `timeout` is seconds for each check.

    `chains` gives the JWTs of each key; the subjects of `asks` are asked for after the check,
    within the same time once more. `probe`: whether a wrong signature is tried too.
    """

    timeout: float = 5.0
    round_trips: int = ROUND_TRIPS
    chains: Callable[[PublicKey], Chain | None] = lambda _: None
    asks: tuple[Ask, ...] = ()
    probe: Probe = Probe.IN_DOUBT


async def ask(
    place: Place,
    key: PublicKey,
    open_seed: Callable[[PublicKey], Seed],
    how: How,
    on_stage: Callable[[Event], None] | None = None,
) -> Report:
    """Check `key` at `place`, and find out what else `how` asks for. Raises what `check` raises."""
    async with opened(
        place.target,
        key,
        lambda: open_seed(key),
        tls=place.tls,
        timeout=how.timeout,
        round_trips=how.round_trips,
        on_stage=on_stage,
        chain=how.chains(key),
        probe=how.probe,
    ) as attempt:
        answers = await subjects.answers_of(attempt, how.asks, how.timeout) if how.asks else ()
        found = await _monitored(attempt, place.monitor, how) if place.monitor else None
        report = await explained(attempt, how.timeout, found)
        told = found.to_json() if found else None
        return replace(report, may=answers, monitor=told) if answers or told else report


async def _monitored(attempt: Attempt, monitor: Monitor, how: How) -> Monitored:
    """What the monitoring says; it is asked after the server was."""
    chain = attempt.evidence.chain
    account = chain.user.account if chain and chain.user else None
    return await monitor.look(account, how.timeout)
