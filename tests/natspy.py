"""nats-py, the client of another maker, connected once and closed whole."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from nats.aio.client import Client


@asynccontextmanager
async def connected(url: str, **how: Any) -> AsyncIterator[Client]:
    """Connect as `nats.connect` does, without coming back; raise what it raises.

    It leaves a connection open that is refused, and waits for none that a server closes.
    """
    client = Client()
    try:
        await client.connect(url, allow_reconnect=False, **how)
        yield client
    finally:
        await client.close()
        transport: Any = client._transport
        if transport is not None:
            transport.close()
            with contextlib.suppress(OSError):  # the server was faster
                await transport.wait_closed()
