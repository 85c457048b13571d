"""A real nats-server with a full resolver, asked over a socket as any client asks."""

from __future__ import annotations

import json
import socket
import tempfile
from base64 import urlsafe_b64encode
from pathlib import Path
from types import TracebackType
from typing import Any

from wallet.nats import jwt
from wallet.nats.jwt_layout import unlimited_account, unlimited_user
from wallet.nats.nkeys import Kind, Seed
from wallet.system.natsserver import LocalServer

PATIENCE = 10.0  # seconds
ISSUED = 1_700_000_000


class Connection:
    """One client."""

    def __init__(self, port: int, user: Seed, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._file = self._socket.makefile("rb")
        info = json.loads(self._file.readline().partition(b" ")[2])
        signature = urlsafe_b64encode(user.sign(info["nonce"].encode())).rstrip(b"=").decode()
        said = {"jwt": token, "sig": signature, "verbose": False, "protocol": 1, "headers": True}
        self._send(b"CONNECT " + json.dumps(said).encode() + b"\r\nPING\r\n")
        self.refusal = self._until_pong()

    def ask(self, subject: str, body: bytes) -> Any:
        """The answer to a request, read as JSON."""
        lines = f"SUB answer 1\r\nUNSUB 1 1\r\nPUB {subject} answer {len(body)}\r\n".encode()
        self._send(lines + body + b"\r\n")
        while True:
            line = self._file.readline()
            if line.startswith(b"MSG "):
                return json.loads(self._file.read(int(line.split()[-1]) + 2))
            if not line or line.startswith(b"-ERR"):
                raise ConnectionError(line.decode())

    def _send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def _until_pong(self) -> str:
        while True:
            line = self._file.readline()
            if line.startswith(b"PONG"):
                return ""
            if not line or line.startswith(b"-ERR"):
                return line.decode() or "closed"

    def close(self) -> None:
        self._file.close()
        self._socket.close()


class Resolver:
    """A server of this operator, whose accounts are pushed to it."""

    def __init__(self, operator: Seed) -> None:
        self._operator, self._system = operator, Seed.generate(Kind.ACCOUNT)
        self._user = Seed.generate(Kind.USER)

    def __enter__(self) -> Resolver:
        self._directory = tempfile.TemporaryDirectory()
        where = Path(self._directory.name)
        system = self._system.public
        operator = jwt.issue(
            self._operator, self._operator.public, {"system_account": system.text}, issued=ISSUED
        )
        account = jwt.issue(self._operator, system, unlimited_account(), issued=ISSUED)
        user = jwt.issue(self._system, self._user.public, unlimited_user(), issued=ISSUED)
        self._server = LocalServer(
            where,
            f"operator: {operator}\nresolver: {{ type: full, dir: '{where / 'accounts'}' }}\n"
            f"resolver_preload: {{ {system}: {account} }}\n",
        )
        self._port = int(self._server.url.rpartition(":")[2])
        self._connection = Connection(self._port, self._user, user)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._server.stop()
        self._directory.cleanup()

    def update(self, account: str) -> str:
        """Push an account's JWT; what the server has against it, empty when it takes it."""
        answer = self._connection.ask("$SYS.REQ.CLAIMS.UPDATE", account.encode())
        return str(answer["error"]) if "error" in answer else ""

    def refusal(self, user: Seed, token: str) -> str:
        """What the server says when it does not let a user in by its JWT, else nothing."""
        connection = Connection(self._port, user, token)
        connection.close()
        return connection.refusal
