"""Greetings at the addresses of servers: which servers answer there. No key is shown for that."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable

from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.connection.protocol.network import resolve
from wallet.connection.protocol.server_info import info_fields, info_of
from wallet.connection.protocol.target import Target, TlsFiles
from wallet.connection.protocol.wire import Wire

MOST = 16  # addresses that are asked, and network addresses of each
_SHARE_BEFORE_TLS = 0.3  # of the time
_TIMES = 3  # that each network address is asked: behind it servers may answer in turns


async def network_addresses(target: Target, timeout: float) -> list[str]:
    """The network addresses of a server's name, none where it has none within `timeout` seconds."""
    try:
        async with asyncio.timeout(timeout):
            return (await resolve(target.host, target.port))[:MOST]
    except (OSError, UnicodeError):
        return []


async def greeted_id(
    address: str, target: Target, timeout: float, tls: TlsFiles | None
) -> str | None:
    """The id in the greeting at a network address of a server; None where nobody listens, empty
    where none is told.

    Where the server is one of `tls://` and says nothing, it is greeted once more after TLS.
    """
    if not target.tls:
        return await _id_told(address, target, timeout)
    told = await _id_told(address, target, timeout * _SHARE_BEFORE_TLS)
    if told != "":
        return told
    return await _id_told(address, target, timeout, (tls or TlsFiles()).context())


async def _id_told(
    address: str, target: Target, timeout: float, context: ssl.SSLContext | None = None
) -> str | None:
    try:
        async with asyncio.timeout(timeout):
            wire = await Wire.connect(address, target.port, context, target.certified)
            try:
                return str(info_fields(info_of(await wire.line())).get("server_id") or "")
            finally:
                await wire.close()
    except ConnectionRefusedError:
        return None
    except (OSError, ClosedError, ProtocolError):
        return ""


async def others_at(
    target: Target, known: Iterable[str], timeout: float, tls: TlsFiles | None = None
) -> dict[str, str]:
    """The servers that greet at an address and are none of those `known`, by their ids, each with
    the network address where it did.

    A name may lead to several network addresses, and each to several servers. `timeout` is seconds
    for the name, and for each greeting; `tls` are the files for a server that greets after TLS.
    """
    ways = await network_addresses(target, timeout)
    asked = [way for way in ways for _ in range(_TIMES)]
    ids = await asyncio.gather(*(greeted_id(way, target, timeout, tls) for way in asked))
    ours = {*known}
    return {one: way for one, way in zip(ids, asked, strict=True) if one and one not in ours}
