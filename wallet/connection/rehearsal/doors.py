"""Every door that a server opened, tried by somebody who shows nothing: no key, no password.

At each door as much of its protocol is spoken as tells whether one is let in, over a connection
whose every read is bounded in bytes and time. Whoever answers is our own server, so that its
certificate is of no interest.

Source: the NATS client protocol; RFC 6455 for WebSocket; MQTT 3.1.1, 3.1 and 3.2; for leaf nodes
nats-io/nats-server, server/leafnode.go.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from wallet.connection.protocol.message import ClosedError, ProtocolError
from wallet.connection.protocol.probes import unverified
from wallet.connection.protocol.untrusted_json import json_object
from wallet.connection.protocol.wire import Wire
from wallet.connection.rehearsal.rewriting.listeners import Door
from wallet.nats.config.parser import is_true
from wallet.text import plain

HERE = "127.0.0.1"
PATIENCE = 3.0  # seconds for each door
GREETING = 0.5  # seconds until a server that waits for TLS is known to wait
MOST_LINES = 200
MOST_BYTES = 256 * 1024
_CONNECT = (
    b'CONNECT {"verbose":false,"pedantic":false,"lang":"nkey-wallet","protocol":1}\r\nPING\r\n'
)


class Entry(StrEnum):
    """Whether a door let a stranger in."""

    LET_IN = "let-in"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who shows nothing, at one door.

    `as_user` is the user that the configuration makes of such a one, empty where it names none;
    `why` is why the stranger was not let in, in the server's words where it said any. `file` and
    `line`, from 1, are where the configuration opens the door; 0 where that is not known.
    """

    door: str
    entry: Entry
    as_user: str = ""
    why: str = ""
    file: str = ""
    line: int = 0

    def to_json(self) -> dict[str, object]:
        """The door and as whom somebody without a key gets in, for `test --config --json`."""
        return {
            "door": self.door,
            "entry": self.entry.value,
            "as": self.as_user,
            "why": self.why,
        }


class _RefusedError(Exception):
    """The server said no; the text is its words."""


async def try_all(doors: list[Door]) -> list[Stranger]:
    """Try doors one after the other: a server may take one connection only."""
    return [await _try(door) for door in doors]


async def _try(door: Door) -> Stranger:
    entry, why = Entry.UNKNOWN, ""
    try:
        async with asyncio.timeout(PATIENCE):
            await _KINDS[door.kind](door)
        entry = Entry.LET_IN
    except _RefusedError as refused:
        entry, why = Entry.REFUSED, plain(str(refused), 200)
    except ssl.SSLError as error:  # it wants a certificate, or none of ours will do
        entry, why = Entry.REFUSED, plain((error.reason or "TLS").lower(), 200)
    except ClosedError:
        entry, why = Entry.REFUSED, "it closed the connection"
    except TimeoutError:
        why = f"nothing came within {PATIENCE:g} seconds"
    except (ProtocolError, OSError) as error:
        why = plain(str(error), 200)
    return Stranger(door.kind, entry, _as_user(door), why, *door.origin)


def _as_user(door: Door) -> str:
    name = door.block.get("no_auth_user")
    return plain(name.data, 100) if name and isinstance(name.data, str) else ""


# --- one for each kind ----------------------------------------------------------------------


async def _client(door: Door) -> None:
    wire = await _greeted(door.port, proxied=is_true(door.block.get("proxy_protocol")))
    try:
        await wire.send(_CONNECT)
        await _until_pong(wire.line, wire.send)
    finally:
        await wire.close()


async def _leaf(door: Door) -> None:
    wire = await _greeted(door.port)
    try:
        await wire.send(b'CONNECT {"version":"2.99.0","name":"nobody","headers":true}\r\nPING\r\n')
        await _until_pong(wire.line, wire.send)
    finally:
        await wire.close()


async def _websocket(door: Door) -> None:
    secure = "tls" in door.block and not is_true(door.block.get("no_tls"))
    wire = await Wire.connect(HERE, door.port, unverified() if secure else None, HERE)
    try:
        key = b64encode(os.urandom(16)).decode("ascii")
        await wire.send(
            f"GET / HTTP/1.1\r\nHost: {HERE}:{door.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        status = await wire.line()
        for _ in range(MOST_LINES):
            if not await wire.line():
                break
        if b" 101" not in status:
            raise ProtocolError(status, plain(status.decode(errors="replace"), 100))
        frames = _Frames(wire)
        await frames.line()  # its INFO
        await frames.send(_CONNECT)
        await _until_pong(frames.line, frames.send)
    finally:
        await wire.close()


async def _mqtt(door: Door) -> None:
    secure = "tls" in door.block
    wire = await Wire.connect(HERE, door.port, unverified() if secure else None, HERE)
    try:
        body = b"\x00\x04MQTT\x04\x02\x00\x0a" + _mqtt_text(b"nobody")
        await wire.send(bytes([0x10, len(body)]) + body)
        answer = await _exactly(wire, 4)
        if answer[:2] != b"\x20\x02":
            raise ProtocolError(answer, "an answer that is no CONNACK")
        if answer[3]:
            raise _RefusedError(f"MQTT return code {answer[3]}")
    finally:
        await wire.close()


_KINDS: dict[str, Callable[[Door], Awaitable[None]]] = {
    "client": _client,
    "leafnodes": _leaf,
    "websocket": _websocket,
    "mqtt": _mqtt,
}


# --- shared by the kinds ---------------------------------------------------------------------


async def _greeted(port: int, *, proxied: bool = False) -> Wire:
    """Connect and read the server's greeting, with TLS where it asks for that."""
    wire = await Wire.connect(HERE, port)
    try:
        if proxied:
            await wire.send(b"PROXY UNKNOWN\r\n")
        try:
            async with asyncio.timeout(GREETING):
                line = await wire.line()
        except TimeoutError:
            await wire.start_tls(unverified(), HERE, PATIENCE)
            line = await wire.line()
        if not line.startswith(b"INFO "):
            raise ProtocolError(line, "a greeting that is no INFO")
        if json_object(line[5:]).get("tls_required") is True and wire.ssl is None:
            await wire.start_tls(unverified(), HERE, PATIENCE)
    except BaseException:
        await wire.close()
        raise
    return wire


async def _until_pong(
    read_line: Callable[[], Awaitable[bytes]], send: Callable[[bytes], Awaitable[None]]
) -> None:
    """Read to the answer to our PING. Raises `_RefusedError` where the server says no."""
    for _ in range(MOST_LINES):
        line = await read_line()
        if line.startswith(b"PONG"):
            return
        if line.startswith(b"-ERR"):
            raise _RefusedError(line[4:].decode(errors="replace").strip().strip("'"))
        if line.startswith(b"PING"):
            await send(b"PONG\r\n")
    raise ProtocolError(b"", "many lines and no answer")


class _Frames:
    """Lines within WebSocket frames: what we send is masked, what comes is not."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._text = wire, bytearray()

    async def send(self, data: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[position % 4] for position, byte in enumerate(data))
        await self._wire.send(b"\x82" + _frame_size(len(data), 0x80) + mask + masked)

    async def line(self) -> bytes:
        while (end := self._text.find(b"\n")) < 0:
            if len(self._text) > MOST_BYTES:
                raise ProtocolError(bytes(self._text), "a line without end")
            await self._frame()
        line = bytes(self._text[:end]).rstrip(b"\r")
        del self._text[: end + 1]
        return line

    async def _frame(self) -> None:
        first, size = await _exactly(self._wire, 2)
        if size >= 126:
            size = int.from_bytes(await _exactly(self._wire, 2 if size == 126 else 8), "big")
        if size > MOST_BYTES:
            raise ProtocolError(b"", "a frame that is too large")
        data = await _exactly(self._wire, size)
        if first & 0x0F == 8:  # the end
            raise ClosedError(data[:200])
        if first & 0x0F in {0, 1, 2}:
            self._text += data


def _frame_size(size: int, flag: int) -> bytes:
    if size < 126:
        return bytes([flag | size])
    return bytes([flag | 126]) + size.to_bytes(2, "big")


def _mqtt_text(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


async def _exactly(wire: Wire, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = await wire.read(size - len(data))
        if not more:
            raise ClosedError(data[:200])
        data += more
    return data
