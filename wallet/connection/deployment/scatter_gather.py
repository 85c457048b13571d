"""Many questions to all servers at once, over one connection: each may get many answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from wallet.connection.protocol.conversation import Talk, verb_of
from wallet.connection.protocol.message import Message, ProtocolError

AT_ONCE = 50  # questions in one write
LARGEST = 16 * 1024 * 1024  # bytes: a list of 250,000 accounts, or what is told of a JWT of 1 MiB
LONGEST = 300.0  # seconds for all answers, however diligently they come

Question = tuple[str, bytes]  # subject and payload


class ForbiddenError(Exception):
    """The server does not let this user ask that; the text is its words, safe to show."""


class Requests:
    """The questions of one connection. Each answer is handed on as it comes, and not kept."""

    def __init__(self, talk: Talk, inbox: str) -> None:
        """`inbox` is a subject that nobody else uses; the answers come beneath it."""
        self._talk, self._inbox = talk, inbox
        self._round = 0

    async def ask(
        self,
        questions: Sequence[Question],
        hear: Callable[[int, Message], bool],
        done: Callable[[], bool],
        patience: float,
    ) -> bool:
        """Ask all, and listen until `done`; False where that did not come.

        `hear` gets the number of a question and an answer, and says whether it was one that
        counts: after `patience` seconds without one it is over. Raises `ForbiddenError`,
        `ServerError`, `ProtocolError`, `ClosedError`, OSError.
        """
        self._round += 1
        clock = asyncio.get_running_loop().time
        end = clock() + LONGEST
        sending = asyncio.create_task(self._send(questions))
        try:
            async with asyncio.timeout(patience) as limit:
                while not done():
                    number, message = await self._answer()
                    if number in range(len(questions)) and hear(number, message):
                        limit.reschedule(min(clock() + patience, end))
                    elif clock() > (limit.when() or end):  # what is at hand is read without a wait
                        return False
        except TimeoutError:
            return False
        finally:
            if sending.done():
                sending.result()
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending
        return True

    async def _send(self, questions: Sequence[Question]) -> None:
        wire = self._talk.wire
        if self._round == 1:
            await wire.send(f"SUB {self._inbox}.> 1\r\n".encode())
        for start in range(0, len(questions), AT_ONCE):
            lines = bytearray()
            for number, (subject, payload) in enumerate(questions[start : start + AT_ONCE], start):
                reply = f"{self._inbox}.{self._round}.{number}"
                lines += f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n"
            await wire.send(bytes(lines))

    async def _answer(self) -> tuple[int, Message]:
        """The next line: an answer with the number of its question, or −1 for any other."""
        line = await self._talk.wire.line()
        verb = verb_of(line)
        if verb in {b"MSG", b"HMSG"}:
            message = await self._talk.wire.message(line, LARGEST)
            return self._number(line), message
        if verb not in {b"PONG", b""}:
            error = await self._talk.deal_with(verb, line)
            if error is not None:
                raise ForbiddenError(error)
        return -1, Message(b"", b"")

    def _number(self, line: bytes) -> int:
        words = line.split()
        if len(words) < 4:
            raise ProtocolError(line, "a message without its subject")
        beneath, _, number = words[1].decode("ascii", "replace").rpartition(".")
        mine = beneath == f"{self._inbox}.{self._round}" and number.isdecimal() and len(number) < 9
        return int(number) if mine else -1
