"""Bytes to and from a server that is not trusted: every line and every message is bounded."""

from __future__ import annotations

import asyncio
import ssl

from wallet.connection.protocol.message import ClosedError, Message, ProtocolError

MAX_LINE = 256 * 1024
MAX_MESSAGE = 1024 * 1024


class Wire:
    """One connection. The caller bounds the time of each call with `asyncio.timeout`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(
        cls, address: str, port: int, tls: ssl.SSLContext | None = None, host: str | None = None
    ) -> Wire:
        """Connect to an IP address; with `tls`, shake hands at once with `host`. Raises OSError."""
        opened = await asyncio.open_connection(
            address, port, limit=MAX_LINE, ssl=tls, server_hostname=host if tls else None
        )
        return cls(*opened)

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout: float) -> None:
        """Change to TLS. What was received before and not read is dropped: it was not protected.

        Raises OSError, `ssl.SSLError` among it.
        """
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=MAX_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = await loop.start_tls(
            self._writer.transport,
            protocol,
            context,
            server_hostname=host,
            ssl_handshake_timeout=timeout,
        )
        if transport is None:  # the other side left in the middle
            raise ConnectionResetError("closed during the TLS handshake")
        protocol.connection_made(transport)
        self._reader = reader
        self._before_tls = self._writer  # a writer that is collected closes what it wrote to
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)

    @property
    def ssl(self) -> ssl.SSLObject | None:
        """The TLS session, when there is one."""
        session: ssl.SSLObject | None = self._writer.get_extra_info("ssl_object")
        return session

    async def send(self, data: bytes) -> None:
        """Send bytes. Raises OSError."""
        self._writer.write(data)
        await self._writer.drain()

    async def line(self) -> bytes:
        """Read the next line, without its end. Raises `ClosedError`, `ProtocolError`, OSError."""
        try:
            line = await self._reader.readline()
        except ValueError:
            raise ProtocolError(b"", f"a line of more than {MAX_LINE // 1024} KiB") from None
        if not line.endswith(b"\n"):
            raise ClosedError(line[:200])
        return line.rstrip(b"\r\n")

    async def read(self, limit: int) -> bytes:
        """Read up to `limit` bytes as they come; none when the other side closed."""
        return await self._reader.read(limit)

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
        try:
            data = await self._reader.readexactly(size + 2)
        except asyncio.IncompleteReadError as error:
            raise ClosedError(error.partial[:200]) from None
        return Message(data[:head], data[head:size])

    async def close(self) -> None:
        """Close at once; whatever the other side does about it is of no interest.

        `wait_closed` is not asked: after a TLS handshake that was cut short it waits for ever.
        """
        farewells = 3 if self.ssl else 1  # the transport's own: nothing is left to the loop
        self._writer.transport.abort()
        for _ in range(farewells):
            await asyncio.sleep(0)
