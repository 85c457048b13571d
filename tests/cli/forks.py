"""Processes of the wallet that are forked from one that has it imported already.

Python and the wallet take half a second to start, and tests that kill at every save start hundreds.
The process they fork from has opened no vault and has no threads: a fork knows only the file, and
has streams, a directory and an environment of its own, as a process that was started would.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

from wallet.cli import main
from wallet.cli.commands import COMMANDS
from wallet.system.disk import files

CLIENT = Path(__file__).with_name("forked.py")


class Ended(NamedTuple):
    """How a process ended, as `subprocess` tells it, and what it wrote: results, and the rest."""

    returncode: int
    output: str
    notes: str


class Forks:
    """The process that forks, from outside."""

    def __init__(self) -> None:
        self._place = tempfile.mkdtemp(prefix="forks-")
        self.address = str(Path(self._place, "socket"))
        self._server = subprocess.Popen(
            [sys.executable, "-P", __file__, self.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_unmeasured(os.environ),
        )
        assert self._server.stdout is not None
        with self._server.stdout as told:
            assert told.readline(), "the process that forks has not begun"

    def command(self, *words: str) -> list[str]:
        """What to start instead of `nkey-wallet` with these words: it has the streams, the
        directory and the environment that this is started with, but no terminal obeys it.
        """
        return [sys.executable, "-I", "-S", str(CLIENT), self.address, *words]

    def run(self, *words: str, killed: str = "") -> Ended:
        """Run a command in a new process, with the environment as it is now here.

        It is killed `"before"` or `"after"` it saves a vault, where that is asked for.
        """
        from tests.cli.forked import asked  # the program that this is, too, cannot import tests

        with (
            open(os.devnull, "rb") as nothing,
            tempfile.TemporaryFile() as output,
            tempfile.TemporaryFile() as notes,
        ):
            streams = {number: s.fileno() for number, s in enumerate((nothing, output, notes))}
            status = asked(self.address, words, streams, killed=killed)
            return Ended(status, _text(output), _text(notes))

    def stop(self) -> None:
        """End the process; what it forked goes on."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait()
        shutil.rmtree(self._place)


class Killed(files.System):
    """The file system of a process that does not outlive its first save of a vault."""

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def replace(self, old: Path, new: Path) -> None:
        saves = new.name == "vault.nkw"
        if saves and self._moment == "before":
            _kill()
        super().replace(old, new)
        if saves:
            _kill()


def _kill() -> None:
    if sys.platform != "win32":
        os.kill(os.getpid(), signal.SIGKILL)


def _unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would measure the coverage of a process that saves none."""
    return {name: value for name, value in environment.items() if not name.startswith("COV")}


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _carry_out(request: Any, descriptors: Sequence[int]) -> NoReturn:
    """In the fork: run the command as a program of its own would, and end."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _take_streams(dict(zip(request["streams"], descriptors, strict=True)))
        os.environ.clear()
        os.environ.update(_unmeasured(request["env"]))
        os.chdir(request["cwd"])
        if request["killed"]:
            files.system = Killed(request["killed"])
        status = main(request["words"])
    except BaseException:  # noqa: BLE001  (the fork must not go on as the process it came from)
        traceback.print_exc()
    finally:
        os._exit(status if _flushed() else 120)  # as Python ends when it cannot flush


def _take_streams(given: Mapping[int, int]) -> None:
    """Have these as standard streams, those that are not among them closed."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream: IO[str] | None = None
        if number in given:
            os.dup2(given[number], number)
            buffering = 1 if number == 2 else -1
            stream = open(  # noqa: SIM115
                *(number, "w" if number else "r", buffering), encoding="utf-8", closefd=False
            )
        else:
            os.close(number)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    for descriptor in given.values():
        os.close(descriptor)


def _flushed() -> bool:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return False
    return True


def _answer(connection: socket.socket) -> NoReturn:
    """In a fork of its own: fork the command, and tell how it ended."""
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    first, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    with connection.makefile("rb") as sent:
        request = json.loads(sent.read(int.from_bytes(first, "big")))
    fork = os.fork()
    if not fork:
        connection.close()
        _carry_out(request, descriptors)
    _, status = os.waitpid(fork, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def serve(address: str) -> None:
    """Fork for each that connects, until standard input is closed."""
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    for command in COMMANDS:
        command.module()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that answer
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(64)
        print("it listens", flush=True)
        while 0 not in select.select([0, listening.fileno()], [], [])[0]:
            connection, _ = listening.accept()
            with connection:
                if not os.fork():
                    listening.close()
                    try:
                        _answer(connection)
                    finally:
                        os._exit(1)


if __name__ == "__main__":
    serve(sys.argv[1])
