"""Watching a server: one connection, a seed per signature, and what was lost is told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from tests.server.conftest import Lender, Serve, knows, ring
from tests.server.listeners import logged_port, serving, unused_port
from wallet.app.widgets.results.pulse import bars
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.check.watch import KEPT, Sample, Trail, watch
from wallet.connection.protocol.monitoring import Monitor, MonitorAddress
from wallet.connection.protocol.target import Target
from wallet.errors import LockedError
from wallet.nats.nkeys import Kind, PublicKey, Seed

QUICK = 0.005  # seconds between pings: the tests need not wait for a person


async def some(url: str, lender: Lender, count: int, *, timeout: float = 5.0) -> list[Sample]:
    found: list[Sample] = []
    server = Server(Target.parse(url))

    watching = watch(
        server, lender.seed.public, ring(lender), CheckOptions(timeout), interval=QUICK
    )
    async with aclosing(watching) as samples:
        async for sample in samples:
            found.append(sample)
            if len(found) == count:
                break
    return found


async def test_many_pings_need_one_connection_and_one_signature(serve: Serve, user: Seed) -> None:
    server = serve(knows(user) + 'http: "127.0.0.1:-1"\n')
    lender = Lender(user)
    samples = await some(server.url, lender, 25)
    assert all(sample.ms is not None and sample.ms > 0 for sample in samples)
    assert {sample.connections for sample in samples} == {1}
    assert len(lender.lent) == 1
    assert lender.all_wiped
    address = MonitorAddress.parse(f"http://127.0.0.1:{logged_port(server, 'http monitor on')}")
    deadline = time.monotonic() + 20
    while (await Monitor(address).look(None, 5)).connections != 0:
        assert time.monotonic() < deadline, "the connection stayed open"
        await asyncio.sleep(0.02)


async def test_a_connection_that_breaks_is_told_and_made_again(serve: Serve, user: Seed) -> None:
    lender = Lender(user)
    async with cutting(serve(knows(user)).url, after=6) as url:
        samples = await some(url, lender, 12)
    lost = [sample for sample in samples if sample.ms is None]
    assert lost
    assert "closed" in lost[0].problem
    trail = Trail()
    for sample in samples:
        trail.add(sample)
    assert trail.reconnects >= 1
    assert len(lender.lent) == samples[-1].connections
    assert lender.all_wiped


async def test_a_key_that_is_refused_meanwhile_is_told(serve: Serve, user: Seed) -> None:
    with Seed.generate(Kind.USER) as other:
        (sample,) = await some(serve(knows(other)).url, Lender(user), 1)
    assert sample.ms is None
    assert "Authorization Violation" in sample.problem
    (nobody,) = await some(f"nats://127.0.0.1:{unused_port()}", Lender(user), 1)
    assert "Nothing listens" in nobody.problem


async def test_a_server_that_falls_silent_is_told(user: Seed) -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"nonce":"abc","auth_required":true,"version":"2.9.0"}\r\n')
        pongs = 0
        while line := await reader.readline():
            if line == b"PING\r\n" and (pongs := pongs + 1) < 4:
                writer.write(b"PONG\r\n")

    async with serving(handler) as port:
        samples = await some(f"nats://127.0.0.1:{port}", Lender(user), 4, timeout=2.5)
    assert [sample.ms is None for sample in samples] == [False, False, True, False]
    assert samples[2].problem == "no answer in time"


async def test_a_locked_vault_ends_it_at_the_next_signature(serve: Serve, user: Seed) -> None:
    lender = Lender(user)

    def locks(_: PublicKey) -> Seed:
        if lender.lent:
            raise LockedError("The vault is locked.")
        return lender()

    async def to_its_end(url: str) -> None:
        server = Server(Target.parse(url))
        watching = watch(server, user.public, Keyring(locks), CheckOptions(), interval=QUICK)
        async with asyncio.timeout(30), aclosing(watching) as samples:
            async for _ in samples:
                pass

    async with cutting(serve(knows(user)).url, after=5) as url:
        with pytest.raises(LockedError):
            await to_its_end(url)
    assert lender.all_wiped


def test_the_figures_are_of_what_came_back_and_only_so_much_is_kept() -> None:
    trail = Trail()
    assert (trail.figures, trail.reconnects) == (None, 0)
    for number in range(1, 101):
        trail.add(Sample(float(number), "", 1))
    trail.add(Sample(None, "lost", 1))
    assert trail.figures == (1.0, 50.5, 95.0)
    trail.add(Sample(0.5, "", 3))
    assert trail.reconnects == 2
    for _ in range(KEPT):
        trail.add(Sample(1.0, "", 3))
    assert len(trail.samples) == KEPT
    assert trail.figures == (1.0, 1.0, 1.0)


def test_bars_stand_as_high_as_their_times_and_what_was_lost_is_a_cross() -> None:
    assert bars([1, 8, None, 4.5]) == "▁█×▅"
    assert bars([2, 2]) == "▁▁"
    assert bars([None]) == "×"
    assert bars([]) == ""


@asynccontextmanager
async def cutting(url: str, *, after: int) -> AsyncIterator[str]:
    """An address in front of a server that cuts each connection after so many answers."""
    target = Target.parse(url)

    async def upwards(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)
        writer.close()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(target.host, target.port)
        sending = asyncio.create_task(upwards(reader, back))
        pongs = 0
        while pongs < after and (line := await there.readline()):
            writer.write(line)
            await writer.drain()
            pongs += line.startswith(b"PONG")
        sending.cancel()
        back.close()

    async with serving(handler) as port:
        yield f"nats://127.0.0.1:{port}"
