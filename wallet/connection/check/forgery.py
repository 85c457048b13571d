"""The second connection of a check: the same key to the same server, the signature another's."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from wallet.connection.causes import identity_proof
from wallet.connection.protocol.conversation import ServerError, Talk, connect_line
from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.connection.protocol.server_info import info_fields, info_of
from wallet.connection.protocol.wire import Wire
from wallet.nats import base64url
from wallet.nats.nkeys import Kind, Seed

TIMES = 20  # that an address is connected to until the same server answers


class ServerRoute(NamedTuple):
    """The way to a server that was connected to: an IP address and a port, the name that its
    certificate is for, and the context of TLS before or after its greeting, if any."""

    address: str
    port: int
    certified: str
    tls_first: ssl.SSLContext | None = None
    tls_later: ssl.SSLContext | None = None


class Forgery(NamedTuple):
    """Whether a server takes a wrong signature; None: it gave no answer to that.

    It had `no_room` for a second connection, or others answered `elsewhere`, each time: then
    nothing was shown to them.
    """

    taken: bool | None = None
    no_room: bool = False
    elsewhere: bool = False


@cache
def _signature_of_another() -> str:
    """A signature in good form that no key of the wallet made: a wrong one wherever it is shown."""
    with Seed.generate(Kind.USER) as another:
        return base64url.encode(another.sign(b"not this key's"))


async def try_forgery(
    way: ServerRoute, shows: Mapping[str, object], server_id: object, timeout: float
) -> Forgery:
    """Try whether the server of this id takes what was shown to it with another's signature too.

    Several servers may answer at an address, one after the other: what another makes of it proves
    nothing. `timeout` is seconds for all.
    """
    line = connect_line({**shows, "sig": _signature_of_another()}) + b"PING\r\n"
    end = time.monotonic() + timeout
    for _ in range(TIMES):
        forgery = await _once(way, line, server_id, max(0.001, end - time.monotonic()))
        if forgery is not None:
            return forgery
    return Forgery(elsewhere=True)


async def _once(way: ServerRoute, line: bytes, server_id: object, timeout: float) -> Forgery | None:
    """Connect once; None where another server answers."""
    try:
        async with asyncio.timeout(timeout):
            wire = await Wire.connect(way.address, way.port, way.tls_first, way.certified)
            try:
                info = info_of(await wire.line())
                # Of a thousand keys all that is read of each greeting counts.
                if info.get("server_id") != server_id != info_fields(info).get("server_id"):
                    return None
                if way.tls_later is not None:
                    await wire.start_tls(way.tls_later, way.certified, timeout)
                await wire.send(line)
                await Talk(wire, lambda _: None).until_pong()
            finally:
                await wire.close()
    except ServerError as error:
        words = str(error)
        no_room = identity_proof.is_for_want_of_room(words)
        return Forgery(identity_proof.is_forgery_taken(words), no_room)
    except (OSError, ClosedError, ProtocolError):
        return Forgery()
    return Forgery(taken=True)
