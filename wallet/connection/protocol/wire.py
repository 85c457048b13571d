"""Bytes to and from a server that is not trusted: every line and every message is bounded."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from typing import cast

from wallet.connection.protocol.message import ClosedError, Message, ProtocolError

MAX_LINE = 256 * 1024
MAX_MESSAGE = 1024 * 1024


class _Incoming(asyncio.Protocol):
    """Keeps what came until it is read. Where much lies unread, no more is taken from the socket.

    asyncio's streams do the same and more, and take twice the time for it where a thousand keys
    are tested.
    """

    def __init__(self) -> None:
        self.unread = bytearray()
        self.ended = False  # the other side sends no more
        self.lost = False  # nor can anything be sent
        self.room = asyncio.Event()  # for more to be sent: little waits for the other side to read
        self.room.set()
        self.error: Exception | None = None
        self.transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if len(self.unread) > 2 * MAX_LINE and not self._paused and self.transport:
            self.transport.pause_reading()
            self._paused = True
        self._wake()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake()
        # What is in clear text may still be answered; TLS ends both ways at once.
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is None

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = self.lost = True
        self.error = exc
        self.room.set()
        self._wake()

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.room.set()

    async def more(self) -> bool:
        """Wait until more came; False once no more will. Raises what broke the connection."""
        if self.ended:
            if self.error:
                raise self.error
            return False
        if self._paused and self.transport:
            self._paused = False
            self.transport.resume_reading()
        self._waiter = asyncio.get_running_loop().create_future()
        before = len(self.unread)
        await self._waiter
        return len(self.unread) > before or await self.more()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


class Wire:
    """One connection. The caller bounds the time of each call with `asyncio.timeout`."""

    def __init__(self, transport: asyncio.Transport, incoming: _Incoming) -> None:
        self._transport, self._incoming = transport, incoming

    @classmethod
    async def connect(
        cls, address: str, port: int, tls: ssl.SSLContext | None = None, host: str | None = None
    ) -> Wire:
        """Connect to an IP address; with `tls`, shake hands at once with `host`. Raises OSError."""
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        endpoint = socket.socket(family, socket.SOCK_STREAM)
        try:
            endpoint.setblocking(False)
            if sys.platform == "linux":
                # Here it is connected at once, and asked again Linux says so: nothing to wait for.
                endpoint.connect_ex((address, port))
            await loop.sock_connect(endpoint, (address, port))
        except BaseException:
            endpoint.close()
            raise
        # From here on it is the transport's, which closes it whatever goes wrong.
        return cls(
            *await loop.create_connection(
                _Incoming, sock=endpoint, ssl=tls, server_hostname=host if tls else None
            )
        )

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout: float) -> None:
        """Change to TLS. What was received before and not read is dropped: it was not protected.

        Raises OSError, `ssl.SSLError` among it.
        """
        incoming = _Incoming()
        transport = await asyncio.get_running_loop().start_tls(
            self._transport,
            incoming,
            context,
            server_hostname=host,
            ssl_handshake_timeout=timeout,
        )
        if transport is None:  # the other side left in the middle
            raise ConnectionResetError("closed during the TLS handshake")
        incoming.connection_made(transport)
        self._transport, self._incoming = transport, incoming

    @property
    def ssl(self) -> ssl.SSLObject | None:
        """The TLS session, when there is one."""
        session: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")
        return session

    async def send(self, data: bytes) -> None:
        """Send bytes, and wait while the other side takes too few. Raises OSError."""
        self._transport.write(data)
        if self._transport.is_closing():
            await asyncio.sleep(0)  # until the transport has told why
        await self._incoming.room.wait()
        if self._incoming.lost:
            raise self._incoming.error or ConnectionResetError("closed")

    async def line(self) -> bytes:
        """Read the next line, without its end. Raises `ClosedError`, `ProtocolError`, OSError."""
        unread, searched = self._incoming.unread, 0
        while (end := unread.find(b"\n", searched)) < 0 and len(unread) <= MAX_LINE:
            searched = len(unread)
            if not await self._incoming.more():
                raise ClosedError(bytes(unread[:200]))
        if not 0 <= end <= MAX_LINE:
            raise ProtocolError(b"", f"a line of more than {MAX_LINE // 1024} KiB")
        return self._take(end + 1).rstrip(b"\r\n")

    async def read(self, limit: int) -> bytes:
        """Read up to `limit` bytes as they come; none when the other side closed."""
        if not self._incoming.unread:
            await self._incoming.more()
        return self._take(limit)

    async def message(self, line: bytes, largest: int = MAX_MESSAGE) -> Message:
        """Read the rest of a message whose MSG or HMSG line was just read.

        Raises `ProtocolError` for sizes that are none or beyond `largest`, and `ClosedError`.
        """
        words = line.split()
        try:
            size = int(words[-1])
            head = int(words[-2]) if words[0].upper() == b"HMSG" else 0
        except (ValueError, IndexError):
            raise ProtocolError(line, "a message without its size") from None
        if not 0 <= head <= size <= largest:
            raise ProtocolError(line, "a message of an impossible size")
        while len(self._incoming.unread) < size + 2:
            if not await self._incoming.more():
                raise ClosedError(bytes(self._incoming.unread[:200]))
        data = self._take(size + 2)
        return Message(data[:head], data[head:size])

    def _take(self, count: int) -> bytes:
        unread = self._incoming.unread
        taken = bytes(unread[:count])
        del unread[:count]
        return taken

    async def close(self) -> None:
        """Close at once; whatever the other side does about it is of no interest.

        `wait_closed` is not asked: after a TLS handshake that was cut short it waits for ever.
        """
        farewells = 3 if self.ssl else 1  # the transport's own: nothing is left to the loop
        self._transport.abort()
        for _ in range(farewells):
            await asyncio.sleep(0)
