"""`forked.py SOCKET WORDS…`: let the process that listens there run the wallet with these words.

It gets the streams of this one, those that are open, its directory and its environment, and how it
ended is how this ends. For tests that need a process in a shell's line: this starts in a tenth of
the time that the wallet takes, and imports next to nothing.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence


def asked(
    address: str, words: Sequence[str], streams: Mapping[int, int], *, killed: str = ""
) -> int:
    """How a command ended that had these descriptors as its streams, as `subprocess` tells it."""
    connection, _ = begun(address, words, streams, killed=killed)
    return ended(connection)


def begun(
    address: str,
    words: Sequence[str],
    streams: Mapping[int, int],
    *,
    killed: str = "",
    terminal: bool = False,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
) -> tuple[socket.socket, int]:
    """Begin a command: a connection that its end is told by, and its process.

    `terminal` says that the streams are one, which obeys the command.
    """
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    request = {
        "words": words,
        "streams": list(streams),
        "killed": killed,
        "terminal": terminal,
        "env": dict(os.environ if env is None else env),
        "cwd": cwd or os.getcwd(),
    }
    text = json.dumps(request).encode()
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    socket.send_fds(connection, [len(text).to_bytes(4, "big")], list(streams.values()))
    connection.sendall(text)
    return connection, int.from_bytes(connection.recv(4, socket.MSG_WAITALL), "big")


def ended(connection: socket.socket) -> int:
    """Wait for its end; the connection is closed."""
    with connection:
        answer = b""
        while piece := connection.recv(16):
            answer += piece
    return int(answer)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    opened = [number for number in range(3) if _is_open(number)]
    os._exit(asked(sys.argv[1], sys.argv[2:], dict(zip(opened, opened, strict=True))))
