"""Ports for servers that the tests start, where a server cannot choose its own."""

import contextlib
import random
import socket


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, none of those that systems hand out to whoever asks for any:
    such a one may be another test's before the server has it."""
    ports: set[int] = set()
    while len(ports) < count:
        port = random.randrange(10_240, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.add(port)
    return list(ports)
