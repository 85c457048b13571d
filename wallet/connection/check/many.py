"""Many keys, many servers, some of each at a time; and the other servers of a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence

from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import WORST_FIRST
from wallet.connection.check.cluster import Agree, named_by
from wallet.connection.check.question import ask
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.errors import UsageError
from wallet.nats.nkeys import PublicKey

AT_ONCE = 20
MOST_AT_ONCE = 1000

OnReport = Callable[[Report], None]


async def ask_all(
    servers: Sequence[Server],
    keys: Sequence[PublicKey],
    keyring: Keyring,
    options: CheckOptions,
    *,
    cluster: Agree | None = None,
    at_once: int = AT_ONCE,
    on_report: OnReport | None = None,
) -> list[Report]:
    """Ask each of `servers` about each of `keys`, `at_once` at a time; the worst come first.

    Within that the reports come in the order of `keys`; `on_report` hears of each as it ends. With
    `cluster`, also the servers that those name are asked, up to 64 in all, if it agrees to what is
    named; one that turns out to be a server asked already is left out. A seed is open only while
    its own key is checked. Raises what `check` raises; the checks still under way are then given
    up.
    """
    collection = _OncePerServer(on_report)
    every = list(servers)
    addresses = {server.target.address for server in servers}
    wave = every
    while wave:
        already = len(collection.reports)
        await ask_each(_pairs(wave, keys), keyring, options, at_once, collection)
        wave = await _neighbours(wave, collection.reports[already:], addresses, cluster)
        every = every + wave
        collection.once = True
    by_key = {key.text: number for number, key in enumerate(keys)}
    by_url = {server.target.url: number for number, server in enumerate(every)}
    return sorted(
        collection.reports,
        key=lambda one: (WORST_FIRST.index(one.verdict), by_key[one.public], by_url[one.url]),
    )


async def _neighbours(
    wave: Sequence[Server],
    reports: Sequence[Report],
    addresses: set[str],
    agree: Agree | None,
) -> list[Server]:
    """Choose the servers to be asked next."""
    if agree is None:
        return []
    named = named_by(wave, reports, addresses)
    if not (named.servers or named.kept_away) or not await agree(named):
        return []
    return named.servers


def check_at_once(number: int) -> int:
    """Give the number back if so many checks may run at a time. Raises `UsageError`."""
    if not 1 <= number <= MOST_AT_ONCE:
        raise UsageError(f"From 1 to {MOST_AT_ONCE:,} checks run at a time; {number:,} do not.")
    return number


class _OncePerServer:
    """Keeps reports; once `once` is set, no second one of the same server about the same key."""

    def __init__(self, on_report: OnReport | None) -> None:
        self._on_report = on_report
        self._identities: set[tuple[str, object]] = set()
        self.reports: list[Report] = []
        self.once = False

    def __call__(self, report: Report) -> None:
        identity = report.public, report.server.get("server_id")
        if identity[1] is not None:
            if self.once and identity in self._identities:
                return
            self._identities.add(identity)
        self.reports.append(report)
        if self._on_report:
            self._on_report(report)


def _pairs(
    servers: Iterable[Server], keys: Sequence[PublicKey]
) -> Iterator[tuple[Server, PublicKey]]:
    return ((server, key) for server in servers for key in keys)


async def ask_each(
    pairs: Iterator[tuple[Server, PublicKey]],
    keyring: Keyring,
    options: CheckOptions,
    at_once: int,
    on_report: OnReport,
) -> None:
    """Ask each server about the key it is paired with, `at_once` at a time.

    `on_report` hears of each report as it comes. Raises what `check` raises, the first error
    alone; the checks still under way are then given up.
    """

    async def work() -> None:
        for server, key in pairs:
            on_report(await ask(server, key, keyring, options))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
