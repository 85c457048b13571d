"""Many keys against one server, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from wallet.chain import Chain
from wallet.connection.check import check
from wallet.connection.report import Report, Verdict
from wallet.connection.target import Target, TlsFiles
from wallet.nkeys import PublicKey, Seed

AT_ONCE = 20
_WORST_FIRST = (Verdict.REFUSED, Verdict.FAILED, Verdict.UNCHECKED, Verdict.ACCEPTED)


async def check_many(
    target: Target,
    keys: Iterable[PublicKey],
    open_seed: Callable[[PublicKey], Seed],
    *,
    tls: TlsFiles | None = None,
    timeout: float = 5.0,
    at_once: int = AT_ONCE,
    on_report: Callable[[Report], None] | None = None,
    chains: Callable[[PublicKey], Chain | None] | None = None,
) -> list[Report]:
    """Check each of `keys` at `target`, `at_once` of them at a time.

    `on_report` hears of each as it ends. The reports come refused first, accepted last, and in
    the order of `keys` within that. A seed is open only while its own key is checked; `chains`
    gives the JWTs of each. Raises what `check` raises; the checks still under way are then
    given up.
    """
    slots = asyncio.Semaphore(at_once)

    async def one(key: PublicKey) -> Report:
        async with slots:
            report = await check(
                target,
                key,
                lambda: open_seed(key),
                tls=tls,
                timeout=timeout,
                round_trips=0,
                chain=chains(key) if chains else None,
            )
        if on_report:
            on_report(report)
        return report

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(key)) for key in keys]
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    reports = [task.result() for task in tasks]
    return sorted(reports, key=lambda report: _WORST_FIRST.index(report.verdict))
