"""The conversation from CONNECT on: answers waited for, pings measured, questions asked."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress

import wallet
from wallet.connection.protocol.message import Message, ProtocolError
from wallet.connection.protocol.server_info import Identity, identity_of, teller_of
from wallet.connection.protocol.untrusted_json import json_object
from wallet.connection.protocol.wire import Wire
from wallet.text import plain, without_quotes

WHO_ARE_WE = "$SYS.REQ.USER.INFO"
MAX_LINES = 1000  # between two answers; a server that talks on and on is none

# The connection stays after these.
_HARMLESS = ("permissions violation", "maximum subscriptions exceeded")


def connect_line(options: dict[str, object]) -> bytes:
    """Write the line that a client sends first: `options`, and those that all of ours have."""
    fields = {
        "verbose": False,
        "pedantic": False,
        "lang": "python",
        "name": "nkey-wallet",
        "version": wallet.__version__,
        "protocol": 1,
        "echo": True,
        "headers": True,
        "no_responders": True,
        **options,
    }
    return b"CONNECT " + json.dumps(fields).encode() + b"\r\n"


class ServerError(Exception):
    """The server said -ERR and ends the connection; the text is its words, safe to show."""


class Talk:
    """One connection's conversation. The caller bounds the time of each call."""

    def __init__(self, wire: Wire, learn: Callable[[dict[str, object]], None]) -> None:
        """`learn` hears the fields of each INFO that comes meanwhile."""
        self.wire = wire
        self._learn = learn
        self._question_sent = False

    async def until_pong(self) -> list[str]:
        """Read to the next PONG; give what the server forbade on the way, in its words.

        Raises `ServerError`, `ProtocolError`, `ClosedError`, OSError.
        """
        forbidden: list[str] = []
        for _ in range(MAX_LINES):
            line = await self.wire.line()
            verb = verb_of(line)
            if verb == b"PONG":
                return forbidden
            if verb in {b"MSG", b"HMSG"}:
                await self.wire.message(line)
            elif (error := await self.deal_with(verb, line)) is not None:
                forbidden.append(error)
        raise ProtocolError(b"", "a thousand lines and no answer")

    async def round_trip(self) -> float:
        """Measure the milliseconds from a PING to its PONG. Raises what `until_pong` raises."""
        before = time.perf_counter()
        await self.wire.send(b"PING\r\n")
        await self.until_pong()
        return (time.perf_counter() - before) * 1000

    async def deal_with(self, verb: bytes, line: bytes) -> str | None:
        """Act on a line that is no message; give its error where that ends nothing.

        Raises `ServerError` for one that does, `ProtocolError` for what no server says.
        """
        if verb == b"PING":
            await self.wire.send(b"PONG\r\n")
        elif verb == b"INFO":
            self._learn(json_object(line[5:]))
        elif verb == b"-ERR":
            words = line[4:].decode(errors="replace").strip().strip("'")
            error = without_quotes(plain(words, 300))
            if not any(words in error.lower() for words in _HARMLESS):
                raise ServerError(error)
            return error
        elif verb != b"+OK":
            raise ProtocolError(line, "an unknown answer")
        return None

    def question(self, subject: str = WHO_ARE_WE, number: int = 1) -> bytes:
        """Write the lines that ask `subject`, to be sent before `request` waits for the answer.

        After the PONG to their PING nothing more is forbidden; the reply may come later.
        """
        self._question_sent = True
        inbox = f"_INBOX.{secrets.token_hex(11)}"
        return f"SUB {inbox} {number}\r\nPUB {subject} {inbox} 0\r\n\r\nPING\r\n".encode()

    async def who_are_we(
        self, server_id: object, patience: float
    ) -> tuple[Identity | None, list[str]]:
        """Ask `$SYS.REQ.USER.INFO`, which servers answer from 2.10 on, within `patience` seconds.

        Older ones say at once that nobody answers. From a leaf node the question goes on to its hub
        too, and that answers as whom it takes the leaf node: what counts is the answer of the
        server that has `server_id`. The second that is given is what a server says that forbids the
        question. Raises what `until_pong` raises.
        """

        def is_its_own(message: Message) -> bool:
            return teller_of(message.payload) in {None, server_id}

        message, forbidden = await self.request(WHO_ARE_WE, 1, patience, is_its_own)
        return identity_of(message.payload) if message else None, forbidden

    async def request(
        self,
        subject: str,
        number: int,
        patience: float,
        counts: Callable[[Message], bool] = lambda _: True,
    ) -> tuple[Message | None, list[str]]:
        """Ask `subject`; give the reply, None without one, and what was forbidden on the way.

        An answer that `counts` is waited for `patience` seconds. Where the lines of `question` were
        sent already, nothing is sent. `number` is the subscription's own. Raises what `until_pong`
        raises.
        """
        forbidden: list[str] = []
        if not self._question_sent:
            await self.wire.send(self.question(subject, number))
        self._question_sent = False
        reply, ponged = None, False
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                for _ in range(MAX_LINES):
                    line = await self.wire.line()
                    verb = verb_of(line)
                    if verb in {b"MSG", b"HMSG"}:
                        message = await self.wire.message(line)
                        # The answer to an earlier question may come late.
                        if line.split()[2:3] == [b"%d" % number] and counts(message):
                            reply = message
                    elif verb == b"PONG":
                        ponged = True
                    elif (error := await self.deal_with(verb, line)) is not None:
                        forbidden.append(error)
                    if ponged and (reply is not None or forbidden):
                        break
        return reply, forbidden


def verb_of(line: bytes) -> bytes:
    """The first word of a line, in capitals."""
    return line[:5].split(b" ", 1)[0].upper()
