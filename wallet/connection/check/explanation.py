"""The causes of what an attempt saw, looked for within a time of their own.

Whatever JWTs say, to read them costs work bounded by their length; but a server's monitoring may
send one of a mebibyte.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from wallet.codes import Code
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.monitor_proof import adopt
from wallet.connection.causes.report import Cause, Report
from wallet.connection.protocol.statistics import Monitored

LEAST = 1.0  # seconds that are always there for it
LONG = 50_000  # characters of JWTs; less is read in some milliseconds

_NOT_LOOKED_AT = Cause(
    Code.JWT_TOO_LONG,
    "The JWTs are so long that what they say was not looked at within the time of this check.",
    "Give the check more time (--timeout), or look into the JWTs with nkey-wallet inspect.",
    certain=False,
)


class Attempted(Protocol):
    """An attempt that has ended."""

    evidence: Evidence

    def report(self) -> Report:
        """What came of it, with its causes."""


async def explained(attempt: Attempted, timeout: float, found: Monitored | None = None) -> Report:
    """The report of an attempt, with what the monitoring `found`; without the JWTs if they take
    longer than `timeout`, in seconds, to look at. One second is always given.
    """
    if _length(attempt.evidence, found) < LONG:
        return _report(attempt, found)
    try:
        async with asyncio.timeout(max(LEAST, timeout)):
            return await asyncio.to_thread(_report, attempt, found)
    except TimeoutError:
        return without_jwts(attempt)


def without_jwts(attempt: Attempted) -> Report:
    """The report as it would be without the JWTs, and a cause that says so."""
    evidence = attempt.evidence
    attempt.evidence = replace(evidence, chain=None, held_account=None, monitored=None)
    try:
        report = attempt.report()
    finally:
        attempt.evidence = evidence
    return replace(report, causes=(*report.causes, _NOT_LOOKED_AT))


def _report(attempt: Attempted, found: Monitored | None) -> Report:
    if found is not None:
        adopt(attempt.evidence, found)
    return attempt.report()


def _length(evidence: Evidence, found: Monitored | None) -> int:
    chain = evidence.chain
    held = (chain.user, chain.account, chain.operator) if chain else ()
    told = (*found.operators, found.account) if found else ()
    return sum(len(claims.token) for claims in (*held, *told) if claims)
