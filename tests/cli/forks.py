"""Processes of the wallet that are forked from one that has it imported already.

Python and the wallet take half a second to start, and tests that kill at every save start hundreds.
The process they fork from has opened no vault and has no threads: a fork knows only the file, and
has streams, a directory and an environment of its own, as a process that was started would.
"""

from __future__ import annotations

import contextlib
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
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn

from tests.cli.forked import asked
from tests.derivations import Derivations
from wallet.cli import main
from wallet.cli.commands import COMMANDS
from wallet.system.disk import files
from wallet.vault.file import kdf

CLIENT = Path(__file__).with_name("forked.py")


class Ended(NamedTuple):
    """How a process ended, as `subprocess` tells it, and what it wrote: results, and the rest."""

    returncode: int
    output: str
    notes: str


class Forks:
    """The process that forks, from outside."""

    def __init__(self, derivations: Derivations) -> None:
        """What they derive, at whichever cost, is remembered there."""
        self._place = tempfile.mkdtemp(prefix="forks-")
        self.address = str(Path(self._place, "socket"))
        given = [] if derivations.descriptor is None else [derivations.descriptor]
        self._server = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.cli.forks", self.address, *map(str, given)],
            pass_fds=given,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_unmeasured(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])},
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
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _take_streams(dict(zip(request["streams"], descriptors, strict=True)))
        if request["terminal"]:
            import fcntl
            import termios

            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
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


def _begin(connection: socket.socket, others: Iterable[socket.socket]) -> int:
    """Fork the command that is asked for there; its process. Raises OSError, where none is."""
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    first, descriptors, _, _ = socket.recv_fds(connection, 4, 3)
    size = int.from_bytes(first, "big")
    text = connection.recv(size, socket.MSG_WAITALL)
    if not size or len(text) < size:
        raise ConnectionError("whoever asks is gone")
    fork = os.fork()
    if not fork:
        for each in (connection, *others):  # who asked there waits for its end
            each.close()
        _carry_out(json.loads(text), descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    return fork


def _tell_of_ended(running: dict[int, socket.socket]) -> None:
    """Tell how each ended to whoever asked for it, if that one still waits."""
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    while running:
        fork, status = os.waitpid(-1, os.WNOHANG)
        if not fork:
            return
        with running.pop(fork) as connection, contextlib.suppress(OSError):
            connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def serve(address: str, *derivations: int) -> None:
    """Fork for each that connects, until standard input is closed."""
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    for command in COMMANDS:
        command.module()
    kdf.COSTS["light"] = kdf.KdfCost.MINIMUM  # a guess at the passphrase is not what is tested
    for descriptor in derivations:
        kdf._argon2id = Derivations(descriptor).argon2id
    ended, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(64)
        print("it listens", flush=True)
        while True:
            ready = select.select([0, ended, listening.fileno()], [], [])[0]
            if 0 in ready:
                return
            if ended in ready:
                os.read(ended, 64)
                _tell_of_ended(running)
            if listening.fileno() in ready:
                connection, _ = listening.accept()
                try:
                    fork = _begin(connection, [listening, *running.values()])
                except OSError:
                    connection.close()
                else:
                    running[fork] = connection
                    with contextlib.suppress(OSError):
                        connection.sendall(fork.to_bytes(4, "big"))


if __name__ == "__main__":
    serve(sys.argv[1], *map(int, sys.argv[2:]))
