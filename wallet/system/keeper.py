"""Runs programs in a temporary directory, bounded; nothing of either is left when we are gone.

The keeper is a small process in a session of its own. It makes the directory, starts the
programs, and ends those that take too much memory or time. It holds the reading end of a pipe
whose writing end only we have: when we are gone, even by a kill, the system closes it, and the
keeper ends what it started and removes the directory. This module runs by its path: the keeper
needs neither the package nor its dependencies.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any, NamedTuple

PATIENCE = 20.0  # seconds for the end of what was killed
# Seconds between two looks at what runs: what ends soon is waited for, what runs on is not.
SOON, LOOK = 0.002, 0.02
# A Go program reserves addresses that it never uses: this bounds the growth between two looks.
SPARE_ADDRESSES = 3 << 30
PREFIX = "nkey-wallet-"
# Windows: closing the console ends whatever is attached to it.
APART = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class Ended(NamedTuple):
    """The end of a program: `why` is `memory` or `time` where the keeper ended it, else empty."""

    status: int
    why: str = ""


class KeeperLostError(OSError):
    """The keeper is gone; what it started went with it."""


# --- our side --------------------------------------------------------------------------------


class Keeper:
    """A temporary directory, and the programs that run in it."""

    def __init__(self) -> None:
        """Raises OSError where no directory can be made, or no process started."""
        command = [sys.executable, "-I", __file__, tempfile.gettempdir()]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            creationflags=APART,
        )
        self._changed = threading.Condition()
        self._ended: dict[int, Ended] = {}
        self._count = 0
        first = self._read()
        if "directory" not in first:
            self.close()
            self._hear_no_more()
            raise OSError(first.get("error") or "no temporary directory could be made")
        self.directory = Path(first["directory"])
        threading.Thread(target=self._listen, name="keeper", daemon=True).start()

    def run(
        self, command: list[str], log: Path, *, memory: int, seconds: float, home: Path
    ) -> Running:
        """Start `command`, its output going to `log`, with an environment that says nothing.

        The keeper ends it when it takes more than `memory` bytes, or longer than `seconds`.
        """
        with self._changed:
            self._count += 1
            number = self._count
        self._tell(
            run=number,
            command=command,
            log=str(log),
            memory=memory,
            seconds=seconds,
            environment=_environment(home),
        )
        return Running(self, number)

    def close(self) -> None:
        """End what runs and remove the directory; does nothing the second time."""
        if self._process.stdin:
            with contextlib.suppress(OSError):  # it is gone already
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, **request: object) -> None:
        pipe = self._process.stdin
        try:
            if pipe is None or pipe.closed:
                raise KeeperLostError("the keeper of the rehearsal is gone")
            pipe.write(json.dumps(request).encode() + b"\n")
            pipe.flush()
        except (BrokenPipeError, ValueError):
            raise KeeperLostError("the keeper of the rehearsal is gone") from None

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else b""
        answer: dict[str, Any] = json.loads(line) if line else {}
        return answer

    def _listen(self) -> None:
        while answer := self._read():
            with self._changed:
                self._ended[answer["ended"]] = Ended(answer["status"], answer["why"])
                self._changed.notify_all()
        self._hear_no_more()
        with self._changed:
            self._ended[0] = Ended(-1)  # the keeper itself
            self._changed.notify_all()

    def _hear_no_more(self) -> None:
        """Close the pipe of its answers; only who reads it may, or the two would wait."""
        if self._process.stdout:
            self._process.stdout.close()


class Running:
    """A program that a keeper runs."""

    def __init__(self, keeper: Keeper, number: int) -> None:
        self._keeper, self._number = keeper, number

    def wait(self, seconds: float) -> Ended | None:
        """Wait up to `seconds` for the program's end; None while it still runs."""
        deadline = time.monotonic() + seconds
        with self._keeper._changed:
            while (ended := self._keeper._ended.get(self._number)) is None:
                left = deadline - time.monotonic()
                if left <= 0 or 0 in self._keeper._ended:
                    return self._keeper._ended.get(0)
                self._keeper._changed.wait(left)
            return ended

    def stop(self) -> None:
        """End it at once and wait for that; one that ended, or whose keeper is gone, is none."""
        with contextlib.suppress(KeeperLostError):
            self._keeper._tell(end=self._number)
            self.wait(PATIENCE)


def _environment(home: Path) -> dict[str, str]:
    """Nothing of ours: no proxy, no secret, no place. Windows itself needs a few."""
    system_variables = {
        name: os.environ[name] for name in ("SYSTEMROOT", "SYSTEMDRIVE") if name in os.environ
    }
    places = ("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
    return {**system_variables, **dict.fromkeys(places, str(home)), "LC_ALL": "C", "TZ": "UTC"}


# --- the keeper's side -----------------------------------------------------------------------


class _Child:
    def __init__(self, request: dict[str, Any]) -> None:
        self.number: int = request["run"]
        self.memory: int = request["memory"]
        self.began = time.monotonic()
        self.deadline = self.began + request["seconds"]
        self.why = ""
        with open(request["log"], "ab") as output:
            self.process = subprocess.Popen(
                request["command"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=request["environment"],
                cwd=request["environment"]["HOME"],
                preexec_fn=_before_it_runs if os.name == "posix" else None,  # noqa: PLW1509, RUF100
            )
        _limit_addresses(self.process.pid, self.memory + SPARE_ADDRESSES)

    def look(self) -> Ended | None:
        """The program's end; one that is beyond its bounds is ended."""
        status = self.process.poll()
        if status is not None:
            return Ended(status, self.why)
        if not self.why and resident(self.process) > self.memory:
            self.why = "memory"
        elif not self.why and time.monotonic() > self.deadline:
            self.why = "time"
        if self.why:
            self.process.kill()
        return None

    @property
    def is_new(self) -> bool:
        return time.monotonic() < self.began + 1


def _before_it_runs() -> None:
    if sys.platform == "win32":  # where this is never called
        return
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    if _prctl is not None:
        # PR_SET_PDEATHSIG: should the keeper itself be killed, the program goes with it.
        _prctl(1, signal.SIGKILL)


def _found_prctl() -> Any:
    if sys.platform != "linux":
        return None
    import ctypes

    return ctypes.CDLL(None).prctl


_prctl = _found_prctl()


def _limit_addresses(pid: int, most: int) -> None:
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_AS, (most, most))
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


def resident(process: subprocess.Popen[bytes]) -> int:
    """The bytes of memory that a process takes; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError, subprocess.SubprocessError):
        if sys.platform == "linux":
            words = Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()
            return int(words[1]) * os.sysconf("SC_PAGE_SIZE")
        if sys.platform == "win32":
            return _resident_on_windows(process)
        told = subprocess.run(
            ["/bin/ps", "-o", "rss=", "-p", str(process.pid)], capture_output=True, check=False
        )
        return int(told.stdout) << 10
    return 0


def _resident_on_windows(process: subprocess.Popen[bytes]) -> int:
    """`WorkingSetSize` of PROCESS_MEMORY_COUNTERS."""
    import ctypes

    class Counters(ctypes.Structure):
        _fields_ = (
            ("size", ctypes.c_uint32),
            ("faults", ctypes.c_uint32),
            *((f"number_{n}", ctypes.c_size_t) for n in range(8)),
        )

    counters = Counters(size=ctypes.sizeof(Counters))
    ask = ctypes.WinDLL("kernel32").K32GetProcessMemoryInfo  # type: ignore[attr-defined, unused-ignore]
    handle = ctypes.c_void_p(int(process._handle))  # type: ignore[attr-defined, unused-ignore]
    ask(handle, ctypes.byref(counters), counters.size)
    return int(counters.number_1)


def remove(directory: str | Path) -> None:
    """Remove a directory; again, where a system keeps what a program had open for a moment."""
    for _ in range(50):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.lexists(directory):
            return
        time.sleep(0.1)


def keep(parent: str, requests: IO[bytes], answers: IO[bytes]) -> int:
    """The keeper: make a directory in `parent`, and do as asked until no more is said."""
    for name in ("SIGINT", "SIGHUP", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)

    def answer(**told: object) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more: the requests end too
            answers.write(json.dumps(told).encode() + b"\n")
            answers.flush()

    try:
        directory = os.path.realpath(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    except OSError as error:
        answer(error=error.strerror or str(error))
        return 1
    answer(directory=directory)
    request_lines: queue.Queue[bytes] = queue.Queue()

    def listen() -> None:
        for line in requests:
            request_lines.put(line)
        request_lines.put(b"")

    threading.Thread(target=listen, daemon=True).start()
    children: dict[int, _Child] = {}
    try:
        while _serve(request_lines, children, answer):
            pass
    finally:
        for child in children.values():
            child.process.kill()
            child.process.wait()
        remove(directory)
    return 0


def _serve(request_lines: queue.Queue[bytes], children: dict[int, _Child], answer: Any) -> bool:
    """Do one round of the keeper's work; False once nobody is there who could ask for more."""
    with contextlib.suppress(queue.Empty):
        patience = SOON if any(child.is_new for child in children.values()) else LOOK
        line = request_lines.get(timeout=patience if children else None)
        if not line:
            return False
        request = json.loads(line)
        if "run" in request:
            try:
                children[request["run"]] = _Child(request)
            except OSError as error:
                Path(request["log"]).write_text(f"{error.strerror or error}\n", encoding="utf-8")
                answer(ended=request["run"], status=127, why="")
        elif request.get("end") in children:
            children[request["end"]].process.kill()
            children[request["end"]].process.wait()
    for number, child in list(children.items()):
        if (ended := child.look()) is not None:
            del children[number]
            answer(ended=number, status=ended.status, why=ended.why)
    return True


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer))
