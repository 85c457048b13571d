"""Processes of the wallet that are forked from one that has it imported already.

Python and the wallet take half a second to start, and tests that kill at every save start hundreds.
The process they fork from has opened no vault and has no threads: a fork knows only the file, as a
process that was started would.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import IO, Any, NamedTuple

from wallet.cli import main
from wallet.cli.commands import COMMANDS
from wallet.system.disk import files


class Ended(NamedTuple):
    """How a process ended, as `subprocess` tells it, and what it wrote: results, and the rest."""

    returncode: int
    output: str
    notes: str


class Forks:
    """The process that forks, from outside."""

    def __init__(self) -> None:
        program = [sys.executable, "-P", __file__]
        self._server = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def run(self, *words: str, killed: str = "") -> Ended:
        """Run a command in a new process, with the environment as it is now here.

        It is killed `"before"` or `"after"` it saves a vault, where that is asked for.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        request = {"words": words, "killed": killed, "env": dict(os.environ), "cwd": os.getcwd()}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return Ended(*json.loads(self._server.stdout.readline()))

    def stop(self) -> None:
        """End the process; it ends when nobody can ask it any more."""
        self._server.communicate()


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


def _carry_out(request: Any, output: int, notes: int) -> None:
    """In the fork: run the command, and end."""
    status = 1
    try:
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(output, 1)
        os.dup2(notes, 2)
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        if request["killed"]:
            files.system = Killed(request["killed"])
        status = main(request["words"])
    except BaseException:  # noqa: BLE001  (the fork must not go on as the process it came from)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def serve() -> None:
    """Fork once for each line of standard input, and answer how the fork ended."""
    if sys.platform == "win32":
        raise NotImplementedError("forks")
    for command in COMMANDS:
        if command.name == "rotate":
            command.module()
    # Not by `sys.stdin`: what was read from cannot be given another encoding, and a fork does that.
    requests = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    while line := requests.readline():
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as notes:
            fork = os.fork()
            if not fork:
                _carry_out(json.loads(line), output.fileno(), notes.fileno())
            _, status = os.waitpid(fork, 0)
            written = [_text(output), _text(notes)]
        print(json.dumps([os.waitstatus_to_exitcode(status), *written]), flush=True)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


if __name__ == "__main__":
    serve()
