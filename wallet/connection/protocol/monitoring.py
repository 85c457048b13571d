"""nats-server's HTTP monitoring, read without trust: what it says of itself and of an account.

One request is one connection, of HTTP/1.0 so that the answer ends with it. No redirects, at
most 1 MiB, and a time limit; what is not as a nats-server says it becomes a problem in words.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from wallet.connection.protocol import network
from wallet.connection.protocol.failure import describe
from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.connection.protocol.statistics import MISSING, Monitored, read
from wallet.connection.protocol.target import HOST, TlsFiles, host_and_port
from wallet.connection.protocol.untrusted_json import json_object
from wallet.connection.protocol.wire import Wire
from wallet.errors import UsageError
from wallet.text import plain

DEFAULT_PORT = 8222
MAX_ANSWER = 1 << 20
MAX_HEAD = 16 * 1024
WRITE_AS = "Write http://host:8222, or https://host:8222."

_PATH = re.compile(r"[A-Za-z0-9._~/-]{0,200}")


@dataclass(frozen=True, slots=True)
class MonitorAddress:
    """The address of a monitoring; `base` is the `http_base_path` of the configuration."""

    host: str
    port: int
    tls: bool
    base: str = ""

    @property
    def url(self) -> str:
        """The whole address, without a slash at its end."""
        address = host_and_port(self.host, self.port)
        return f"{'https' if self.tls else 'http'}://{address}{self.base}"

    @classmethod
    def parse(cls, text: str) -> MonitorAddress:
        """Read `http://host:port`, or `https://`; the port may be left out. Raises `UsageError`."""
        given = text.strip()
        try:
            parts = urlsplit(given)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise UsageError(f"The port is a number from 1 to 65535. {WRITE_AS}") from None
        base = parts.path.rstrip("/").removesuffix("/varz").removesuffix("/accountz")
        wrong = (
            parts.scheme.lower() not in {"http", "https"}
            or not host
            or not HOST.fullmatch(host)
            or "@" in parts.netloc
            or parts.query
            or parts.fragment
            or port == 0
            or not _PATH.fullmatch(base)
        )
        if wrong or not host:
            raise UsageError(f"That is no address of a server's monitoring. {WRITE_AS}")
        return cls(host, port or DEFAULT_PORT, parts.scheme.lower() == "https", base)


class Monitor:
    """The monitoring of one server: asked once of itself, and once of each account."""

    def __init__(self, address: MonitorAddress, tls: TlsFiles | None = None) -> None:
        self.address, self._tls = address, tls
        self._server: dict[str, object] | str | None = None
        self._accounts: dict[str, dict[str, object] | str] = {}

    async def look(self, account: str | None, timeout: float) -> Monitored:
        """Ask about the server, and about an account by its public key. Never raises.

        A server knows an account from the moment that a user of it tried to connect, so this
        comes after that. `timeout` is seconds for all of it.
        """
        try:
            async with asyncio.timeout(timeout):
                if self._server is None:
                    self._server = await self._get("/varz")
                if account and account not in self._accounts:
                    self._accounts[account] = await self._get(f"/accountz?acc={account}")
        except TimeoutError:
            if self._server is None:
                return Monitored(self.address.url, "no answer in time")
        if isinstance(self._server, str) or self._server is None:
            return Monitored(self.address.url, self._server or "no answer in time")
        return read(
            self.address.url, self._server, self._accounts.get(account) if account else None
        )

    async def _get(self, path: str) -> dict[str, object] | str:
        """Get the JSON at a path, or in words why there is none."""
        address = self.address
        request = (
            f"GET {address.base}{path} HTTP/1.0\r\nHost: {address.host}:{address.port}\r\n"
            "Accept: application/json\r\nUser-Agent: nkey-wallet\r\n\r\n"
        )
        try:
            wire = await self._connect()
            try:
                await wire.send(request.encode("ascii"))
                return _body(await _all_of(wire))
            finally:
                await wire.close()
        except UsageError as error:
            return str(error)
        except (OSError, ClosedError, ProtocolError, UnicodeError) as error:
            if isinstance(error, TimeoutError):
                raise
            return describe(error)

    async def _connect(self) -> Wire:
        address = self.address
        addresses = await network.resolve(address.host, address.port)
        wire, there = await network.dial(addresses, address.port)
        if not address.tls:
            return wire
        await wire.close()  # it showed which address answers
        return await Wire.connect(there, address.port, self._context(), address.host)

    def _context(self) -> ssl.SSLContext:
        return (self._tls or TlsFiles()).context()


async def _all_of(wire: Wire) -> bytes:
    """Read to the end of the connection. Raises `ProtocolError` beyond 1 MiB."""
    answer = bytearray()
    while more := await wire.read(64 * 1024):
        answer += more
        if len(answer) > MAX_ANSWER:
            raise ProtocolError(b"", "an answer of more than 1 MiB")
    return bytes(answer)


def _body(answer: bytes) -> dict[str, object] | str:
    head, separator, body = answer.partition(b"\r\n\r\n")
    words = head[:MAX_HEAD].split(b"\r\n", 1)[0].split(b" ", 2)
    if not separator or not words[0].startswith(b"HTTP/") or len(words) < 2:
        return "what listens there does not answer in HTTP"
    if words[1] != b"200":
        status = plain(words[1].decode(errors="replace"), 10)
        if words[1].startswith(b"4") and b"does not exist" in body[:2000]:
            return MISSING
        return f"it answers with status {status}: that is not nats-server's monitoring"
    try:
        value = json_object(body)
    except ProtocolError:
        return "it answers with something that is no JSON object"
    return value if value.get("server_id") else "it answers with JSON, but names no server"
