"""The bytes of one connection: no more is held for a server than it takes."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.listeners import serving
from wallet.connection.protocol.wire import Wire

PIECE = b"x" * 100_000


async def send_much(wire: Wire, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        for _ in range(300):
            await wire.send(PIECE)


async def test_a_server_that_reads_nothing_is_sent_no_more_until_it_does() -> None:
    reads, taken = asyncio.Event(), 0

    async def waits(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        nonlocal taken
        await reads.wait()
        while piece := await reader.read(1 << 20):
            taken += len(piece)

    async with serving(waits) as port:
        wire = await Wire.connect("127.0.0.1", port)
        with pytest.raises(TimeoutError):
            await send_much(wire, 0.5)
        reads.set()
        await send_much(wire, 20)
        assert taken > 200 * len(PIECE)
        await wire.close()


async def test_who_waits_for_a_server_to_read_hears_that_it_left() -> None:
    leaves = asyncio.Event()

    async def waits(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await leaves.wait()
        writer.transport.abort()

    async with serving(waits) as port:
        wire = await Wire.connect("127.0.0.1", port)
        asyncio.get_running_loop().call_later(0.3, leaves.set)
        with pytest.raises(ConnectionError):
            await send_much(wire, 20)
        assert leaves.is_set()
        await wire.close()
