"""A client of a nats-server over a plain socket, that tries and sees what is refused."""

from __future__ import annotations

import json
import re
import socket
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlsplit

from tests.compare.rights import Asked
from wallet.nats.nkeys import Seed

PATIENCE = 20.0  # seconds
_REFUSED = re.compile(
    rb"-ERR 'Permissions Violation for (Publish|Subscription) to \"([^\"]*)\""
    rb'(?: using queue "([^"]*)")?'
)


class Client:
    """One connection; `refusal` is empty where it was let in."""

    def __init__(self, url: str, user: Seed, token: str = "") -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), PATIENCE)
        self._file = self._socket.makefile("rb")
        info = json.loads(self._file.readline().partition(b" ")[2])
        signature = urlsafe_b64encode(user.sign(info["nonce"].encode())).rstrip(b"=").decode()
        who = {"jwt": token} if token else {"nkey": user.public.text}
        said = {**who, "sig": signature, "verbose": False, "protocol": 1, "headers": True}
        self._heard: list[bytes] = []
        self.refusal = ""
        try:
            self._send(f"CONNECT {json.dumps(said)}\r\n".encode())
            self._until_pong()
        except OSError as error:
            self.refusal = str(error) or type(error).__name__

    def refused(self, asked: list[Asked]) -> set[Asked]:
        """What the server forbids of these."""
        lines = []
        for number, one in enumerate(asked, 10):
            if one.publish:
                lines.append(f"PUB {one.subject} 0\r\n\r\n")
            else:
                queue = f"{one.queue} " if one.queue else ""
                lines.append(f"SUB {one.subject} {queue}{number}\r\nUNSUB {number}\r\n")
        self._send("".join(lines).encode())
        return {_asked(line) for line in self._until_pong()}

    def told_permissions(self) -> dict[str, Any] | None:
        """What the server tells of them; None where it may not be asked."""
        self._send(b"SUB _INBOX.x 1\r\nUNSUB 1 1\r\n")
        if self._until_pong():
            return None
        self._send(b"PUB $SYS.REQ.USER.INFO _INBOX.x 0\r\n\r\n")
        if self._until_pong():
            return None
        answer = json.loads(self._message())
        permissions = answer["data"].get("permissions") or {}
        return permissions if isinstance(permissions, dict) else {}

    def answers(self, asker: Client, subject: str, reply: str, tries: int) -> int:
        """How many answers may be given to one request."""
        self._send(f"SUB {subject} 2\r\n".encode())
        self._until_pong()
        asker._send(f"PUB {subject} {reply} 0\r\n\r\n".encode())
        asker._until_pong()
        self._message()
        self._send(f"PUB {reply} 0\r\n\r\n".encode() * tries)
        return tries - len(self._until_pong())

    def heard(self, publisher: Client, subscription: str, subjects: list[str]) -> list[str]:
        """Which of these subjects arrive by a subscription when another publishes to them."""
        self._send(f"SUB {subscription} 3\r\n".encode())
        self._until_pong()
        lines = (f"PUB {subject} {len(subject)}\r\n{subject}\r\n" for subject in subjects)
        publisher._send("".join(lines).encode())
        publisher._until_pong()
        self._until_pong()
        heard, self._heard = self._heard, []
        return [body.decode().strip() for body in heard]

    def _message(self) -> bytes:
        """The body of the next message, or of the first that was met before."""
        while not self._heard:
            self._met(self._line())
        return self._heard.pop(0)

    def _met(self, line: bytes) -> None:
        if line.startswith((b"MSG ", b"HMSG ")):
            numbers = line.split()
            body = self._file.read(int(numbers[-1]) + 2)
            self._heard.append(body[int(numbers[-2]) if line.startswith(b"H") else 0 :])

    def _send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def _line(self) -> bytes:
        line = self._file.readline()
        if not line:
            raise ConnectionError("closed")
        return line

    def _until_pong(self) -> list[bytes]:
        """The violations that are told before the next PONG."""
        self._send(b"PING\r\n")
        found = []
        while not (line := self._line()).startswith(b"PONG"):
            self._met(line)
            if b"Permissions Violation" in line:
                found.append(line)
            elif line.startswith(b"-ERR"):
                raise ConnectionError(line.decode(errors="replace").strip())
        return found

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def _asked(line: bytes) -> Asked:
    match = _REFUSED.match(line)
    if match is None:
        raise ConnectionError(line.decode(errors="replace"))
    subject, queue = match[2].decode(), (match[3] or b"").decode()
    return Asked(publish=match[1] == b"Publish", subject=subject, queue=queue)
