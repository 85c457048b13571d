"""Probes after a check went wrong: they ask what listens there, and with which certificate.

A probe shows no key and believes nothing: what it learns goes into an explanation only.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Coroutine
from enum import StrEnum
from typing import NamedTuple, TypeVar

from wallet.connection.protocol import certificate
from wallet.connection.protocol.certificate import Certificate
from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.connection.protocol.target import Target
from wallet.connection.protocol.wire import Wire

# One request that nats-server's monitoring answers with its state, its WebSocket port with an
# upgrade, and any other web server with a page. The key is the example of RFC 6455.
_REQUEST = (
    b"GET /varz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_ANSWER_LIMIT = 4096
_CLIENT_PORT = re.compile(rb'^\s*"port":\s*([1-9][0-9]{0,4}),', re.MULTILINE)

_Answer = TypeVar("_Answer")


class Listener(StrEnum):
    """The kinds of program that can answer at a port."""

    UNKNOWN = "unknown"
    MONITORING = "monitoring"  # nats-server's HTTP monitoring
    WEBSOCKET = "websocket"  # a WebSocket port, most likely nats-server's
    HTTP = "http"  # another web server
    TLS_NATS = "tls-nats"  # a NATS server that wants TLS before its greeting
    TLS = "tls"  # something else that speaks TLS


class PortUse(NamedTuple):
    """The program that listens at a port; `client_port` where nats-server's monitoring told it."""

    listener: Listener
    client_port: int | None = None


async def identify(address: str, port: int, timeout: float) -> PortUse:
    """Ask a port once in TLS and once in HTTP, both within `timeout` seconds. Never raises."""
    answers = await asyncio.gather(
        _bounded(_in_tls(address, port, timeout / 2), timeout),
        _bounded(_in_clear(address, port, timeout / 2), timeout),
    )
    return next((answer for answer in answers if answer is not None), PortUse(Listener.UNKNOWN))


async def certificate_of(
    target: Target, address: str, timeout: float, *, tls_first: bool
) -> Certificate | None:
    """Get the certificate that is shown there, not verified; None for none. Never raises."""
    der = await _bounded(_certificate(target, address, timeout, tls_first=tls_first), timeout)
    return certificate.read(der) if der else None


async def _certificate(
    target: Target, address: str, timeout: float, *, tls_first: bool
) -> bytes | None:
    if tls_first:
        wire = await Wire.connect(address, target.port, unverified(), target.certified)
    else:
        wire = await Wire.connect(address, target.port)
    try:
        if not tls_first:
            await wire.line()
            await wire.start_tls(unverified(), target.certified, timeout)
        return wire.ssl.getpeercert(binary_form=True) if wire.ssl else None
    finally:
        await wire.close()


async def _bounded(probe: Coroutine[None, None, _Answer | None], timeout: float) -> _Answer | None:
    try:
        async with asyncio.timeout(timeout):
            return await probe
    except (OSError, ClosedError, ProtocolError):
        return None


async def _in_clear(address: str, port: int, patience: float) -> PortUse | None:
    wire = await Wire.connect(address, port)
    try:
        return await _speaks_http(wire, patience)
    finally:
        await wire.close()


async def _in_tls(address: str, port: int, patience: float) -> PortUse | None:
    try:
        wire = await Wire.connect(address, port, unverified(), address)
    except ssl.SSLError as error:
        # An alert is an answer in TLS; a wrong version number is something else talking.
        return PortUse(Listener.TLS) if "ALERT" in (error.reason or "") else None
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience / 2):
                line = await wire.line()
                greets = line[:4].upper() == b"INFO"
                return PortUse(Listener.TLS_NATS if greets else Listener.TLS)
        return await _speaks_http(wire, patience) or PortUse(Listener.TLS)
    except (OSError, ClosedError, ProtocolError):
        return PortUse(Listener.TLS)
    finally:
        await wire.close()


async def _speaks_http(wire: Wire, patience: float) -> PortUse | None:
    await wire.send(_REQUEST)
    answer = b""
    # A web server may keep the connection open: what came in this time is its answer.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while _is_unfinished(answer) and (more := await wire.read(_ANSWER_LIMIT)):
                answer += more
    if not answer.startswith(b"HTTP/"):
        return None
    if _status(answer) == b"101":
        return PortUse(Listener.WEBSOCKET)
    if b'"server_id"' not in answer:
        return PortUse(Listener.HTTP)
    port = _CLIENT_PORT.search(answer)
    return PortUse(Listener.MONITORING, int(port[1]) if port else None)


def _is_unfinished(answer: bytes) -> bool:
    if not answer.startswith(b"HTTP/"[: len(answer)]) or len(answer) > _ANSWER_LIMIT:
        return False
    headers_ended = b"\r\n\r\n" in answer
    return not headers_ended or (_status(answer) == b"200" and b'"server_id"' not in answer)


def _status(answer: bytes) -> bytes:
    return answer.split(b" ", 2)[1] if answer.count(b" ") > 1 else b""


def unverified() -> ssl.SSLContext:
    """TLS that takes any certificate, and shows none: for a look, and never for a secret."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
