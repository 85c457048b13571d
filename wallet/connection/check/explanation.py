"""The causes of what an attempt saw, looked for within a time of their own.

Whatever JWTs say, to read them costs work bounded by their length; but a server's monitoring may
send one of a mebibyte.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from wallet.chain import Chain
from wallet.codes import Code
from wallet.connection.causes.diagnosis import report_of
from wallet.connection.causes.evidence import Evidence
from wallet.connection.causes.monitor_proof import adopt
from wallet.connection.causes.report import Cause, Report
from wallet.connection.protocol.statistics import Monitored

LEAST = 1.0  # seconds that are always there for it
LONG = 50_000  # characters of JWTs; less is read in some milliseconds

_NOT_LOOKED_AT = Cause(
    Code.JWT_TOO_LONG,
    "The JWTs are so long that what they say was not looked at within the time of this check.",
    "Give the check more time (the field Time limit in the app, --timeout), or look into the JWTs "
    "with nkey-wallet inspect.",
    certain=False,
)


async def explained(
    evidence: Evidence, timeout: float, monitored: Monitored | None = None
) -> Report:
    """Report on an attempt, with what its server's monitoring said where that was asked.

    It is without the JWTs if they take longer than `timeout`, in seconds, to look at. One second is
    always given.
    """
    if _length(evidence, monitored) < LONG:
        return _report(evidence, monitored)
    try:
        async with asyncio.timeout(max(LEAST, timeout)):
            return await asyncio.to_thread(_report, evidence, monitored)
    except TimeoutError:
        return without_jwts(evidence)


def without_jwts(evidence: Evidence) -> Report:
    """Report on an attempt as if there were no JWTs, with a cause that says so."""
    report = report_of(replace(evidence, wallet_chain=Chain(), testimony=None))
    return replace(report, causes=(*report.causes, _NOT_LOOKED_AT))


def _report(evidence: Evidence, monitored: Monitored | None) -> Report:
    return report_of(adopt(evidence, monitored) if monitored else evidence)


def _length(evidence: Evidence, monitored: Monitored | None) -> int:
    """The characters of the JWTs of the wallet and of the monitoring."""
    chain = evidence.chain
    ours = (chain.user, chain.account, chain.operator)
    theirs = (*monitored.operators, monitored.account) if monitored else ()
    return sum(len(claims.token) for claims in (*ours, *theirs) if claims)
