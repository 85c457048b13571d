"""Addresses that several servers share: what one of them refuses, another may take."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from wallet.connection.causes.report import Report, Verdict
from wallet.connection.causes.verdict import Wanted
from wallet.connection.check.request import Server
from wallet.connection.protocol.greetings import others_at

PATIENCE = 1.0  # seconds for a name, and for each greeting


async def with_sharers_told(
    reports: Iterable[Report], servers: Sequence[Server], timeout: float
) -> list[Report]:
    """Find out where a key was refused that is wanted refused, and other servers than those that
    its reports are about greet clients at the same address.

    The addresses are greeted, and no key is shown. `timeout` is seconds for each greeting, and
    one of them at most is waited.
    """
    told = list(reports)
    asked: dict[str, set[str]] = {}
    for report in told:
        asked.setdefault(report.public, set()).add(str(report.server.get("server_id")))
    urls = {report.url for report in told if _is_in_question(report)}
    shared = [server for server in servers if server.target.url in urls]
    patience = min(timeout, PATIENCE)
    answering = await asyncio.gather(
        *(others_at(server.target, (), patience, server.tls) for server in shared)
    )
    ids = {
        server.target.url: others.keys() for server, others in zip(shared, answering, strict=True)
    }
    return [
        replace(report, shares_address=not ids.get(report.url, set()) <= asked[report.public])
        if _is_in_question(report)
        else report
        for report in told
    ]


def _is_in_question(report: Report) -> bool:
    return report.wish.wanted is Wanted.REFUSED and report.verdict is Verdict.REFUSED
