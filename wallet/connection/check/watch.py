"""Watching a server: one connection, a ping a second, and what became of each.

A seed is opened for the signature of each connection, and for nothing between.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator
from statistics import median
from typing import NamedTuple

from wallet.connection.causes.diagnosis import report_of
from wallet.connection.causes.evidence import Probe
from wallet.connection.check.attempt import Attempt, opened
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol.conversation import ServerError, Talk
from wallet.connection.protocol.failure import describe
from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.nats.nkeys import PublicKey

INTERVAL = 1.0  # seconds between pings
LONGEST_PAUSE = 30.0  # seconds before another connection is tried, doubled from one second
KEPT = 600  # samples


class Sample(NamedTuple):
    """One round trip in milliseconds, or None and its problem; `connections` made so far."""

    ms: float | None
    problem: str
    connections: int


async def watch(
    server: Server,
    key: PublicKey,
    keyring: Keyring,
    options: CheckOptions,
    *,
    interval: float = INTERVAL,
) -> AsyncGenerator[Sample, None]:
    """Give samples for as long as they are asked for; use it with `contextlib.aclosing`.

    A connection that breaks is a sample without a time, and another is made after a pause.
    Raises what opening a seed raises, so it ends when the vault is locked.
    """
    connections, pause = 0, interval
    # What a wrong signature tells was told before.
    quiet = CheckOptions(options.timeout, round_trips=0, probe=Probe.NEVER)
    while True:
        async with opened(server, key, keyring, quiet) as attempt:
            if attempt.talk is not None and not attempt.evidence.failed:
                connections, pause = connections + 1, interval
                sample = await _ping(attempt, attempt.talk, options.timeout, connections)
                while sample.ms is not None:
                    yield sample
                    await asyncio.sleep(interval)
                    sample = await _ping(attempt, attempt.talk, options.timeout, connections)
            else:
                sample = Sample(None, report_of(attempt.evidence).summary, connections)
        yield sample
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _ping(attempt: Attempt, talk: Talk, timeout: float, connections: int) -> Sample:
    try:
        async with asyncio.timeout(timeout):
            ms = await talk.round_trip()
    except (OSError, ClosedError, ProtocolError, ServerError) as error:
        return Sample(None, describe(error), connections)
    leaving = attempt.evidence.info.get("ldm") is True
    return Sample(ms, "it is shutting down (lame duck mode)" if leaving else "", connections)


class Trail:
    """The last ten minutes of samples, and the figures over them."""

    def __init__(self) -> None:
        self.samples: deque[Sample] = deque(maxlen=KEPT)

    def add(self, sample: Sample) -> None:
        """Keep one more sample."""
        self.samples.append(sample)

    @property
    def times(self) -> list[float]:
        """The round trips in milliseconds."""
        return [sample.ms for sample in self.samples if sample.ms is not None]

    @property
    def figures(self) -> tuple[float, float, float] | None:
        """Minimum, median and 95th percentile (nearest rank); None before the first."""
        times = sorted(self.times)
        if not times:
            return None
        return times[0], median(times), times[math.ceil(0.95 * len(times)) - 1]

    @property
    def reconnects(self) -> int:
        """The number of times that another connection had to be made."""
        return max(0, self.samples[-1].connections - 1) if self.samples else 0
