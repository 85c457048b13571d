"""Listeners that are no nats-server, other clients, and what else a test of a check needs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from tests.jwts import sign
from tests.server.conftest import ask
from wallet.chain import Chain
from wallet.connection.causes.report import Report
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import Seed
from wallet.system.natsserver import LocalServer

_TURNS = 6  # of the loop, from the accepting of a connection to its streams: it takes three
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler, port: int = 0) -> AsyncIterator[int]:
    """A listener that is no nats-server; each connection ends with its handler."""
    serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await handler(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving[asyncio.create_task(serve(reader, writer))] = writer

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for _ in range(_TURNS):  # one that is accepted meanwhile, asyncio would leave open
            await asyncio.sleep(0)
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        for writer in serving.values():  # a task that had not begun closed nothing
            writer.transport.abort()
        await asyncio.sleep(0)


def says(text: bytes) -> Handler:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await writer.drain()

    return handler


async def scripted(
    user: Seed, info: bytes, answer: bytes = b"", chain: Chain | None = None
) -> Report:
    """Check against a listener that says `info`, and `answer` to the first PING."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(info)
        while not (line := await reader.readline()).startswith(b"PING"):
            if not line:
                return
        writer.write(answer)
        await writer.drain()
        if answer:
            await reader.read(1)

    async with serving(handler) as port:
        return await ask(f"nats://127.0.0.1:{port}", user, timeout=5, chain=chain)


@asynccontextmanager
async def connected(url: str, seed: Seed) -> AsyncIterator[None]:
    """A client of another maker, nats-py, that stays connected as `seed`."""
    from tests import natspy

    async with natspy.connected(url, nkeys_seed_str=seed.encode().decode()):
        yield


@contextlib.contextmanager
def full_backlog(address: str) -> Iterator[int]:
    """A port whose queue of connections is full: Linux drops what else arrives there."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, 0))
        listener.listen(0)
        place = listener.getsockname()
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(place)
        yield place[1]


def unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def logged_port(server: LocalServer, words: str) -> int:
    """The port that the server's log names after `words`, chosen by the system."""
    deadline = time.monotonic() + 10
    pattern = re.compile(re.escape(words) + r" (?:\w+://)?127\.0\.0\.1:(\d+)")
    while not (found := pattern.search(server.log.read_text(encoding="utf-8"))):
        assert time.monotonic() < deadline, f"the log names no port “{words}”"
        time.sleep(0.01)
    return int(found[1])


async def first_line(url: str) -> dict[str, Any]:
    """The fields of the greeting of the server there."""
    target = Target.parse(url)
    reader, writer = await asyncio.open_connection(target.host, target.port)
    line = await reader.readline()
    writer.close()
    fields: dict[str, Any] = json.loads(line.removeprefix(b"INFO "))
    return fields


def jwt(issuer: Seed, subject: Seed, kind: str, **more: object) -> str:
    """A version 2 JWT with just what a server needs to start."""
    claims: dict[str, object] = {"type": kind, "version": 2, **more}
    if kind == "account":
        every = "subs data payload imports exports conn leaf".split()  # noqa: SIM905
        claims["limits"] = {**dict.fromkeys(every, -1), "wildcards": True}
    payload = {
        "jti": "TEST",
        "iat": int(time.time()),
        "iss": issuer.public.text,
        "name": kind,
        "sub": subject.public.text,
        "nats": claims,
    }
    return sign(issuer, payload)


@asynccontextmanager
async def balanced(*urls: str) -> AsyncIterator[str]:
    """An address behind which these servers answer in turn."""
    turn = 0

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(4096):
                sink.write(data)
        sink.close()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        target = Target.parse(urls[turn % len(urls)])
        turn += 1
        there, back = await asyncio.open_connection(target.host, target.port)
        try:
            await asyncio.gather(pipe(reader, back), pipe(there, writer))
        finally:
            back.close()
            with contextlib.suppress(OSError):
                await back.wait_closed()

    async with serving(handler) as port:
        yield f"nats://127.0.0.1:{port}"
