"""Names are looked up here, and the first of their addresses that answers is connected to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any

from wallet.connection.protocol.failure import SomeRefusedError
from wallet.connection.protocol.wire import Wire

MAX_ADDRESSES = 64  # of one name: what a hostile name server may have us dial
STAGGER = 0.25  # seconds before the next address is tried beside the first (RFC 8305)


async def resolve(host: str, port: int) -> list[str]:
    """Look up the addresses of `host`, in the system's order. Raises OSError or UnicodeError.

    An address needs no looking up. A name gets a thread of our own, because a look-up cannot be
    cancelled: asyncio's would keep the program from ending until the system's resolver gives up.
    """
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, UnicodeError):
            return [socket.inet_ntop(family, socket.inet_pton(family, host))]
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str], error: Exception | None) -> None:
        if answer.done():
            return
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(addresses)

    def look_up() -> None:
        addresses: list[str] = []
        failure: Exception | None = None
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(_text_of(entry[4]) for entry in entries))
        except (OSError, UnicodeError) as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is gone, and nobody waits any more
            loop.call_soon_threadsafe(settle, addresses, failure)

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    return await answer


def _text_of(place: tuple[Any, ...]) -> str:
    """The address in a place that a name leads to; one of a single network with that."""
    scoped = len(place) == 4 and place[3]
    numbers = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    return socket.getnameinfo(place, numbers)[0] if scoped else str(place[0])


async def dial(addresses: list[str], port: int) -> tuple[Wire, str]:
    """Connect to the first address that answers; give the connection and that address.

    One after the other, the next as soon as the one before failed or took a quarter of a
    second, so that a dead IPv6 way does not use up the time. Raises OSError: a refusal
    before anything else, because it says the most, as `SomeRefusedError` where not all refused.
    """
    if len(addresses) == 1:
        return await Wire.connect(addresses[0], port), addresses[0]
    waiting = addresses[:MAX_ADDRESSES]
    attempts: dict[asyncio.Task[Wire], str] = {}
    errors: list[OSError] = []
    try:
        while waiting or attempts:
            if waiting:
                address = waiting.pop(0)
                attempts[asyncio.create_task(Wire.connect(address, port))] = address
            done, _ = await asyncio.wait(
                attempts,
                timeout=STAGGER if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                address = attempts.pop(task)
                try:
                    return task.result(), address
                except OSError as error:
                    errors.append(error)
    finally:
        await _abandon(list(attempts))
    refused = sum(isinstance(error, ConnectionRefusedError) for error in errors)
    if 0 < refused < len(addresses):
        raise SomeRefusedError(refused, len(addresses))
    raise errors[0] if errors else OSError("no address")


async def _abandon(attempts: list[asyncio.Task[Wire]]) -> None:
    for task in attempts:
        task.cancel()
    for ended in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(ended, Wire):
            await ended.close()
