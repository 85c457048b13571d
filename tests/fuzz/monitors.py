"""What answers where a server's monitoring should, to both questions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tests.chain.makers import ACCOUNT, chain
from tests.fuzz.material import is_safe
from wallet.connection.protocol import monitoring, statistics, wire

SOURCES = (statistics, monitoring, wire)
BETWEEN = b"\xff\xff"
ACCOUNT_JWT = chain().account.token  # type: ignore[union-attr]


def read(data: bytes, place: Path) -> None:
    """It never raises, and what it understood is safe to show."""
    first, _, second = data.partition(BETWEEN)
    server, account = monitoring._body(first), monitoring._body(second)
    if isinstance(server, str):
        is_safe(server)
        return
    found = statistics.read("http://127.0.0.1:8222", server, account)
    for name, value in asdict(found).items():
        if isinstance(value, str) and name != "url":
            is_safe(value)


def answer(value: object) -> bytes:
    """As nats-server answers."""
    head = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
    return head + json.dumps(value).encode()


VARZ = {"server_id": "N", "server_name": "one", "version": "2.15.1", "port": 4222, "connections": 1}
ACCOUNTZ = {
    "server_id": "N",
    "account_detail": {"account_name": ACCOUNT.public.text, "jwt": ACCOUNT_JWT, "complete": True},
}
SEEDS = [answer(VARZ) + BETWEEN + answer(ACCOUNTZ), b"HTTP/1.1 400 Bad Request\r\n\r\n"]
WORDS = (
    *(BETWEEN, b"HTTP/1.0 200 OK\r\n", b"\r\n\r\n", b"null", b"[]", b"{}", b"1e400", b"-1"),
    *(b'"\\u001b[2J"', b'"\\u0000"', b'"jwt":', b'"account_detail":', b'"server_id":', b'"port":'),
    *(b'"trusted_operators_claim":', b'"tls_required":', b'"config_load_time":', b"does not exist"),
)
