"""Watchers and keepers that are forked from a process which has them imported already.

A Python takes five times the processor's time of the nats-server that it watches over, and tests
start two thousand. What runs in the fork is what would run by itself; how that is started, and
what becomes of it, is tried in the watcher's and the keeper's own tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from types import FrameType
from typing import IO, Any

from wallet.system import keeper, processes

Stream = int | IO[bytes] | None


class Forked:
    """A process that was forked, as `subprocess` tells of one."""

    def __init__(
        self, pid: int, alive: int, stdin: IO[bytes] | None, stdout: IO[bytes] | None
    ) -> None:
        """`alive` is the end of a pipe whose other end the process has open while it runs."""
        self.pid, self.stdin, self.stdout = pid, stdin, stdout
        self._alive: IO[bytes] | None = open(alive, "rb", buffering=0)  # noqa: SIM115

    def poll(self) -> int | None:
        """0 when it has ended."""
        return 0 if self._has_ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises `subprocess.TimeoutExpired`."""
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired("the fork", timeout or 0)
        return 0

    def _has_ended(self, seconds: float | None) -> bool:
        if self._alive is not None and select.select([self._alive], [], [], seconds)[0]:
            self._alive.close()
            self._alive = None
        return self._alive is None


class ForkServer:
    """The process that forks, from outside; it is started when a fork is first asked for."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._one_at_a_time = threading.Lock()

    def popen(
        self,
        command: list[str],
        *,
        stdin: Stream = None,
        stdout: Stream = None,
        stderr: Stream = None,
        **_: Any,  # a session of its own it has always
    ) -> Forked:
        """Run a watcher or a keeper, by its command, as `subprocess.Popen` would."""
        if sys.platform == "win32":
            raise NotImplementedError("forks")
        opened: list[int] = []
        ours: list[IO[bytes] | None] = []
        alive, held = os.pipe()
        given = [held]
        try:
            for number, stream in enumerate((stdin, stdout, stderr)):
                end: IO[bytes] | None = None
                if stream == subprocess.PIPE:
                    reading, writing = os.pipe()
                    stream, mine = (reading, writing) if number == 0 else (writing, reading)
                    opened.append(stream)
                    end = open(mine, "wb" if number == 0 else "rb")  # noqa: SIM115
                ours.append(end)
                given.append(
                    number if stream is None else stream if type(stream) is int else _number(stream)
                )
            pid = self._ask(command[command.index("-I") + 1 :], given)
        finally:
            for descriptor in [held, *opened]:
                os.close(descriptor)
        return Forked(pid, alive, ours[0], ours[1])

    def _ask(self, words: list[str], descriptors: list[int]) -> int:
        if sys.platform == "win32":
            raise NotImplementedError("forks")
        request = {"words": words, "env": dict(os.environ), "cwd": os.getcwd()}
        with self._one_at_a_time:
            if self._socket is None:
                self._start()
            assert self._socket is not None
            text = json.dumps(request).encode()
            socket.send_fds(self._socket, [len(text).to_bytes(4, "big")], descriptors)
            self._socket.sendall(text)
            return int.from_bytes(_received(self._socket, 4), "big")

    def _start(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")},
            )

    def stop(self) -> None:
        """End the process; what it forked goes on."""
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._process.wait()


def _number(stream: Any) -> int:
    descriptor: int = stream.fileno()
    return descriptor


def _received(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        piece = connection.recv(size - len(received))
        if not piece:
            raise EOFError("the other side is gone")
        received += piece
    return received


def _carry_out(request: Any, descriptors: list[int]) -> None:
    """In the fork: be the process that was asked for, and end as it does."""
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        for standard, descriptor in enumerate(descriptors):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        program, *words = request["words"]
        if Path(program).name == "processes.py":
            status = processes.watch(words)
        else:
            with open(0, "rb", closefd=False) as requests, open(1, "wb", closefd=False) as answers:
                status = keeper.keep(words[0], requests, answers)
    except BaseException:  # noqa: BLE001  (the fork must not go on as the process it came from)
        traceback.print_exc()
    finally:
        os._exit(status)


def _bury(_: int, __: FrameType | None) -> None:
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def serve(connection: socket.socket) -> None:
    """Fork once for each request, and answer with the number of the process."""
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    import ctypes  # what forks it would import it each time

    assert ctypes
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _bury)
    while True:
        size, descriptors, _, _ = socket.recv_fds(connection, 4, 4)
        if not size:
            return
        request = json.loads(_received(connection, int.from_bytes(size, "big")))
        pid = os.fork()
        if not pid:
            connection.close()
            _carry_out(request, descriptors[1:])  # the first is open while the fork runs
        for descriptor in descriptors:
            os.close(descriptor)
        connection.sendall(pid.to_bytes(4, "big"))


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
