"""All that a server sends, to a whole check of a key over a real connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.chain.makers import USER, chain
from tests.fuzz.material import is_safe
from wallet.connection.causes import diagnosis, evidence, obstacles
from wallet.connection.check import attempt
from wallet.connection.check.request import CheckOptions, Keyring, Server
from wallet.connection.protocol import conversation, untrusted_json, wire
from wallet.connection.protocol.target import Target
from wallet.nats.nkeys import PublicKey, Seed

SOURCES = (attempt, diagnosis, evidence, obstacles, conversation, untrusted_json, wire)
CHAIN = chain()
_LOOP = asyncio.new_event_loop()


def read(data: bytes, place: Path) -> None:
    """The check ends, and its report is safe to show."""
    for text in _texts(_LOOP.run_until_complete(_checked(data))):
        is_safe(text.replace("\n", " "))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


async def _checked(data: bytes) -> dict[str, object]:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(data)
            await writer.drain()
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    target = Target("127.0.0.1", listening.sockets[0].getsockname()[1], tls=False)

    def lend(_: PublicKey) -> Seed:
        return Seed.from_raw(USER.kind, USER.raw)

    keyring, options = Keyring(lend, lambda _: CHAIN), CheckOptions(1.0, round_trips=1)
    try:
        done = await attempt.check(Server(target), USER.public, keyring, options)
        return dict(done.to_json())
    finally:
        for _ in range(6):  # one that is accepted meanwhile, asyncio would leave open
            await asyncio.sleep(0)
        listening.close()


INFO = json.dumps(
    {
        "server_id": "N",
        "server_name": "one",
        "version": "2.15.1",
        "nonce": "abcdefghijklmno",
        "auth_required": True,
        "max_payload": 1048576,
        "connect_urls": ["127.0.0.1:4222"],
        "headers": True,
    }
).encode()
SEEDS = [
    b"INFO " + INFO + b"\r\nPING\r\n-ERR 'Authorization Violation'\r\n",
    b"INFO " + INFO + b"\r\nPONG\r\nINFO " + INFO + b"\r\nMSG a 1 5\r\nhello\r\nPONG\r\n",
]
WORDS = (
    *(
        b"INFO ",
        b"PING\r\n",
        b"PONG\r\n",
        b"-ERR '",
        b"+OK\r\n",
        b"MSG a 1 5\r\n",
        b"HMSG a 1 4 9\r\n",
    ),
    *(
        b"\r\n",
        b"null",
        b"1e400",
        b"-1",
        b'"\\u001b[2J"',
        b'"\\u0000"',
        b'"nonce":',
        b'"tls_required":',
    ),
    *(b"Authorization Violation", b"maximum connections exceeded", b'"connect_info":', b"true"),
)
