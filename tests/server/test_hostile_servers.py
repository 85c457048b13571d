"""Servers of ill will: bounded time, no exception, nothing but plain text, no seed left."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import cast

import pytest

from tests.server.conftest import Lender, ring
from tests.server.hostile import Hostile
from tests.server.listeners import serving
from wallet.connection.causes.report import Report, Stage
from wallet.connection.check.attempt import check
from wallet.connection.check.request import CheckOptions, Server
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Kind, Seed

BATCHES, CASES = 8, 260
AT_ONCE = 50
TIMEOUT = 0.8  # seconds, given to the check
HUNG = 10.0  # seconds after which a check has hung, on however slow a machine


@pytest.mark.parametrize("batch", range(BATCHES))
async def test_no_server_hangs_crashes_or_defaces_a_check(batch: int) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> tuple[str, Report]:
        async with room:
            hostile = Hostile(number)
            try:
                report = await _check(hostile)
            except Exception as error:
                raise AssertionError(f"case {number} ({hostile.step}): {error!r}") from error
            problems = list(_unfit_for_a_screen(report))
            assert not problems, f"case {number} ({hostile.step}): {problems}"
            return hostile.step, report

    numbers = range(batch * CASES, (batch + 1) * CASES)
    done = await asyncio.gather(*(one(number) for number in numbers))

    # The cases must reach what they are meant to try: each step, and each stage's failure.
    assert set(Counter(step for step, _ in done)) == {
        "greeting", "info", "answer", "pings", "identity",
    }  # fmt: skip
    failed = Counter(
        stage.stage for _, report in done for stage in report.stages if stage.ok is False
    )
    assert {Stage.INFO, Stage.TLS, Stage.AUTHENTICATE, Stage.PING} <= set(failed)


async def _check(hostile: Hostile) -> Report:
    with Seed.generate(Kind.USER) as seed:
        lender = Lender(seed)
        async with serving(hostile) as port, asyncio.timeout(HUNG):
            report = await check(
                Server(Target("127.0.0.1", port, hostile.tls)),
                seed.public,
                ring(lender),
                CheckOptions(TIMEOUT),
            )
    assert len(lender.lent) <= 1, "the seed is opened for one signature"
    assert lender.all_wiped, "the seed is wiped"
    return report


def _unfit_for_a_screen(report: Report) -> Iterator[str]:
    """What is wrong with a report's texts. Only a fix has several lines, and they are ours."""
    json.dumps(report.to_json(), allow_nan=False)
    if not report.ok and not report.causes:
        yield "no cause"
    for number in filter(lambda value: isinstance(value, int), report.server.values()):
        if abs(cast("int", number)) > 1 << 63:
            yield f"a number of {len(str(number))} digits"
    for place, text in _texts(report.to_json(), "report"):
        if len(text) > 2000:
            yield f"{place} is {len(text)} characters long"
        shown = text.replace("\n", "") if place.endswith(".fix") else text
        for character in shown:
            if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
                yield f"{place} holds {character!r}"
            if "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069":
                yield f"{place} holds {character!r}"


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield f"{place} name", name
            yield from _texts(item, f"{place}.{name}" if len(name) < 20 else place)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, place)
