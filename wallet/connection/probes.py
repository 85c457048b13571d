"""What listens at an address that does not greet as a NATS server does? Sends nothing of ours."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from enum import StrEnum

from wallet.connection.wire import ClosedError, ProtocolError, Wire

_REQUEST = b"GET /varz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Listener(StrEnum):
    """What answered there."""

    UNKNOWN = "unknown"
    MONITORING = "monitoring"  # nats-server's HTTP monitoring
    HTTP = "http"  # another web server, or a WebSocket port
    TLS_NATS = "tls-nats"  # a NATS server that wants TLS before its greeting
    TLS = "tls"  # something else that speaks TLS


async def identify(address: str, port: int, timeout: float) -> Listener:
    """Ask once in TLS and once in HTTP, both within `timeout` seconds. Never raises."""
    answers = await asyncio.gather(
        _bounded(_speaks_tls(address, port), timeout),
        _bounded(_speaks_http(address, port), timeout),
    )
    return next((answer for answer in answers if answer is not None), Listener.UNKNOWN)


async def _bounded(
    probe: Coroutine[None, None, Listener | None], timeout: float
) -> Listener | None:
    try:
        async with asyncio.timeout(timeout):
            return await probe
    except (OSError, ClosedError, ProtocolError):
        return None


async def _speaks_http(address: str, port: int) -> Listener | None:
    wire = await Wire.connect(address, port)
    try:
        await wire.send(_REQUEST)
        answer = b""
        while len(answer) < 4096:
            more = await wire.read(4096)
            if not more:
                break
            answer += more
            if not answer.startswith(b"HTTP/"[: len(answer)]):
                return None
        if not answer.startswith(b"HTTP/"):
            return None
        return Listener.MONITORING if b'"server_id"' in answer else Listener.HTTP
    finally:
        await wire.close()


async def _speaks_tls(address: str, port: int) -> Listener | None:
    # Not verified: only whether TLS is spoken is asked, and nothing is said in it.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        wire = await Wire.connect(address, port, context, address)
    except ssl.SSLError as error:
        # An alert is an answer in TLS; a wrong version number is something else talking.
        return Listener.TLS if "ALERT" in (error.reason or "") else None
    try:
        line = await wire.line()
        return Listener.TLS_NATS if line[:4].upper() == b"INFO" else Listener.TLS
    except (OSError, ClosedError, ProtocolError):
        return Listener.TLS
    finally:
        await wire.close()
