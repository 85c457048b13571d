"""Many keys, many servers, some of each at a time; and the other servers of a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence

from wallet.chain import Chain
from wallet.connection.causes.report import Report
from wallet.connection.causes.verdict import WORST_FIRST
from wallet.connection.check.cluster import Agree, named_by
from wallet.connection.check.question import How, Place, ask
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.errors import UsageError
from wallet.nats.nkeys import PublicKey, Seed

AT_ONCE = 20
MOST_AT_ONCE = 1000

OpenSeed = Callable[[PublicKey], Seed]
OnReport = Callable[[Report], None]


async def check_many(
    target: Target,
    keys: Iterable[PublicKey],
    open_seed: OpenSeed,
    *,
    tls: TlsFiles | None = None,
    timeout: float = 5.0,
    at_once: int = AT_ONCE,
    on_report: OnReport | None = None,
    chains: Callable[[PublicKey], Chain | None] | None = None,
) -> list[Report]:
    """Check each of `keys` at `target`, `at_once` of them at a time.

    `on_report` hears of each as it ends. The reports come refused first, accepted last, and in
    the order of `keys` within that. A seed is open only while its own key is checked; `chains`
    gives the JWTs of each. Raises what `check` raises; the checks still under way are then
    given up.
    """
    how = How(timeout, 0, chains or (lambda _: None))
    return await ask_all(
        [Place(target, tls)], list(keys), open_seed, how, at_once=at_once, on_report=on_report
    )


async def ask_all(
    places: Sequence[Place],
    keys: Sequence[PublicKey],
    open_seed: OpenSeed,
    how: How,
    *,
    cluster: Agree | None = None,
    at_once: int = AT_ONCE,
    on_report: OnReport | None = None,
) -> list[Report]:
    """Ask each of `places` about each of `keys`, `at_once` at a time; the worst come first.

    With `cluster`, also the servers that those name, up to 64 in all, if it agrees to what is
    named; one that turns out to be a server asked already is left out. Else as `check_many`.
    """
    heard = _OncePerServer(on_report)
    every = list(places)
    known = {place.target.address for place in places}
    wave = every
    while wave:
        already = len(heard.reports)
        await _ask_each(_pairs(wave, keys), open_seed, how, at_once, heard)
        wave = await _neighbours(wave, heard.reports[already:], known, cluster)
        every = every + wave
        heard.once = True
    by_key = {key.text: number for number, key in enumerate(keys)}
    by_url = {place.target.url: number for number, place in enumerate(every)}
    return sorted(
        heard.reports,
        key=lambda one: (WORST_FIRST.index(one.verdict), by_key[one.public], by_url[one.url]),
    )


async def _neighbours(
    wave: Sequence[Place], reports: Sequence[Report], known: set[str], agree: Agree | None
) -> list[Place]:
    """Those to be asked next."""
    if agree is None:
        return []
    named = named_by(wave, reports, known)
    if not (named.places or named.kept_away) or not await agree(named):
        return []
    return named.places


def check_at_once(number: int) -> int:
    """The number, when so many checks may run at a time. Raises `UsageError`."""
    if not 1 <= number <= MOST_AT_ONCE:
        raise UsageError(f"From 1 to {MOST_AT_ONCE:,} checks run at a time; {number:,} do not.")
    return number


class _OncePerServer:
    """Keeps reports; once `once` is set, none of a server that was asked about the same key."""

    def __init__(self, on_report: OnReport | None) -> None:
        self._on_report = on_report
        self._asked: set[tuple[str, object]] = set()
        self.reports: list[Report] = []
        self.once = False

    def __call__(self, report: Report) -> None:
        identity = report.public, report.server.get("server_id")
        if identity[1] is not None:
            if self.once and identity in self._asked:
                return
            self._asked.add(identity)
        self.reports.append(report)
        if self._on_report:
            self._on_report(report)


def _pairs(places: Iterable[Place], keys: Sequence[PublicKey]) -> Iterator[tuple[Place, PublicKey]]:
    return ((place, key) for place in places for key in keys)


async def _ask_each(
    pairs: Iterator[tuple[Place, PublicKey]],
    open_seed: OpenSeed,
    how: How,
    at_once: int,
    heard: OnReport,
) -> None:
    """So many workers as there may be checks at a time, each taking the next pair."""

    async def work() -> None:
        for place, key in pairs:
            heard(await ask(place, key, open_seed, how))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
