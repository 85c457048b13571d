"""Servers that misbehave, generated from a number so that each case can be had again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import string
from collections.abc import Awaitable, Callable

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

NASTY = (
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "[bold red]markup[/]",
    "[@click=app.quit]press[/]",
    "\r\nspoofed: line",
    "\x00\x07\x08\x7f",
    "\u202egnp.exe\u202c",
    "\u2066isolated\u2069",
    "\u2028line\u2029",
    "\ud800",
    "\ufeff\u200b",
    "a" * 5000,
    "’; DROP TABLE keys",
    "e\u0301\u0301\u0301" * 50,
    "%s%n{0}{{}}",
    "",
)
WRONG: tuple[object, ...] = (
    None, True, False, 0, -1, 1 << 70, 10**300, 1.5, float("inf"), float("nan"), [], {}, [[]],
    [1, "x", None], {"a": {"b": []}}, "yes", "true", "1",
)  # fmt: skip
FIELDS = (
    "server_id", "server_name", "version", "proto", "host", "port", "headers", "max_payload",
    "jetstream", "auth_required", "nonce", "tls_required", "tls_verify", "tls_available",
    "client_id", "client_ip", "cluster", "domain", "connect_urls", "ldm", "connect_info",
    "remote_account", "acc_is_sys", "xkey",
)  # fmt: skip


class Hostile:
    """What one server does, decided by `number` alone."""

    def __init__(self, number: int) -> None:
        self._random = random.Random(number)
        self.step = self._random.choice(("greeting", "info", "answer", "pings", "identity"))
        # Whether the client asks for tls://, which only some of them offer.
        self.tls = self.step in {"greeting", "info"} and self._random.random() < 0.4

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            await self._behave(reader, writer)
        with contextlib.suppress(OSError):
            if self._random.random() < 0.3:
                writer.transport.abort()
            else:
                writer.close()

    async def _behave(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.step == "greeting":
            await self._attack(writer)
            return
        if self.step == "info":
            writer.write(b"INFO " + self._info() + b"\r\n")
        else:
            writer.write(b"INFO " + json.dumps(self._good_info()).encode() + b"\r\n")
        await writer.drain()
        await self._until(reader, b"PING")
        if self.step in {"info", "answer"}:
            await self._attack(writer)
            return
        writer.write(b"PONG\r\n")
        for _ in range(3 if self.step == "identity" else self._random.randrange(3)):
            await self._until(reader, b"PING")
            writer.write(b"PONG\r\n")
        if self.step == "pings":
            await self._attack(writer)
            return
        await self._until(reader, b"PUB")
        await self._answer_identity(writer)

    async def _until(self, reader: asyncio.StreamReader, verb: bytes) -> None:
        while not (await reader.readline()).startswith(verb):
            if reader.at_eof():
                raise ConnectionResetError

    # --- what it says --------------------------------------------------------------------

    def _good_info(self) -> dict[str, object]:
        choose = self._random
        info: dict[str, object] = {
            "server_id": "N" * 56,
            "server_name": "hostile",
            "version": "2.15.1",
            "auth_required": choose.random() < 0.7,
        }
        if choose.random() < 0.8:
            info["nonce"] = "".join(choose.choices(string.ascii_letters, k=15))
        return info

    def _info(self) -> bytes:
        choose = self._random
        way = choose.randrange(6)
        if way == 0:
            return b"[" * choose.choice((10, 1000, 100_000)) + b"]"
        if way == 1:
            return b'{"a":' * 5000 + b"1" + b"}" * 5000
        if way == 2:
            return choose.choice((b"", b"{", b"null", b'"x"', b"[1]", b"{}{}", b"\xff\xfe{\x00}"))
        if way == 3:
            return json.dumps(
                {"server_name": "x" * choose.choice((1000, 200_000, 600_000))}
            ).encode()
        info = self._good_info()
        for name in choose.sample(FIELDS, choose.randrange(1, len(FIELDS))):
            info[name] = choose.choice(WRONG) if choose.random() < 0.5 else choose.choice(NASTY)
        return json.dumps(info).encode()

    async def _answer_identity(self, writer: asyncio.StreamWriter) -> None:
        choose = self._random
        way = choose.randrange(5)
        if way == 0:
            await self._attack(writer)
            return
        value: object = {
            "data": {
                name: choose.choice(WRONG) if choose.random() < 0.5 else choose.choice(NASTY)
                for name in ("user", "account", "permissions", "expires")
            }
        }
        if way == 1:
            value = choose.choice(WRONG)
        if way == 2:
            bad = {choose.choice(NASTY): {choose.choice(NASTY): list(NASTY)}}
            value = {"data": {"user": choose.choice(NASTY), "permissions": bad}}
        body = json.dumps(value).encode()
        if way == 3:
            body = choose.randbytes(choose.randrange(2000))
        writer.write(b"MSG _INBOX.x 1 %d\r\n%b\r\n" % (len(body), body))
        await writer.drain()

    # --- what else it does ----------------------------------------------------------------

    async def _attack(self, writer: asyncio.StreamWriter) -> None:
        attacks = (
            self._garbage, self._endless_line, self._drip, self._silence, self._leave,
            self._nasty_error, self._flood, self._odd_message, self._tls_garbage, self._http,
        )  # fmt: skip
        await self._random.choice(attacks)(writer)

    async def _garbage(self, writer: asyncio.StreamWriter) -> None:
        for _ in range(self._random.randrange(1, 5)):
            writer.write(self._random.randbytes(self._random.randrange(3000)))
            writer.write(self._random.choice((b"", b"\n", b"\r\n", b"\r")))
            await writer.drain()

    async def _endless_line(self, writer: asyncio.StreamWriter) -> None:
        start = self._random.choice((b"INFO {", b"-ERR '", b"PONG", b"", b"MSG "))
        writer.write(start)
        for _ in range(40):
            writer.write(self._random.choice((b"a", b" ", b"\x1b", b"{")) * 16_384)
            await writer.drain()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        for byte in b'INFO {"server_id":"' + b"x" * 200:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    async def _silence(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)

    async def _leave(self, writer: asyncio.StreamWriter) -> None:
        writer.write(self._random.choice((b"", b"I", b"INFO", b'INFO {"a":1}', b"PON", b"-ERR")))

    async def _nasty_error(self, writer: asyncio.StreamWriter) -> None:
        said = self._random.choice(
            ("Authorization Violation", "Unknown", "Permissions Violation", "maximum connections")
        )
        nasty = self._random.choice(NASTY).encode(errors="surrogatepass")
        writer.write(b"-ERR '" + said.encode() + b" " + nasty.replace(b"\n", b"") + b"'\r\n")

    async def _flood(self, writer: asyncio.StreamWriter) -> None:
        line = self._random.choice(
            (b"PING\r\n", b"+OK\r\n", b"INFO {}\r\n", b"\r\n", b"MSG a 1 0\r\n\r\n", b"PONG\r\n")
        )
        for _ in range(30):
            writer.write(line * 200)
            await writer.drain()

    async def _odd_message(self, writer: asyncio.StreamWriter) -> None:
        sizes = (
            b"-1",
            b"99999999999999999999",
            b"1048577",
            b"x",
            b"",
            b"5 3",
            b"3 5",
            b"1e3",
            b"10",
        )
        verb = self._random.choice((b"MSG", b"HMSG", b"msg"))
        writer.write(verb + b" a 1 " + self._random.choice(sizes) + b"\r\nabc\r\n")
        if self._random.random() < 0.5:
            writer.write(b"PONG\r\n" * 3)

    async def _tls_garbage(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"tls_required":true,"tls_available":true,"nonce":"abc"}\r\n')
        await writer.drain()
        await asyncio.sleep(0.01)
        record = b"\x16\x03\x03" + self._random.randbytes(2) + self._random.randbytes(300)
        alert = b"\x15\x03\x03\x00\x02\x02" + self._random.randbytes(1)
        writer.write(self._random.choice((record, alert, b"HTTP/1.1 400\r\n\r\n", b"")))
        await writer.drain()
        if self._random.random() < 0.3:
            await asyncio.sleep(2)

    async def _http(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + self._random.choice(NASTY[:4]).encode())
        await writer.drain()
        await asyncio.sleep(0.05)
