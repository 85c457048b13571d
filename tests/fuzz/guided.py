"""A search for bytes that a reader does not stand, guided by the lines that they reach."""

from __future__ import annotations

import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

SECONDS = 2.0  # of the processor, for one input; tracing takes a multiple of what reading takes
TRACED = 10
MEMORY = 300 << 20  # bytes beyond what the process has when it begins
LONGEST = 1 << 16  # bytes of an input


class Reader(Protocol):
    """What a module here has: see the package."""

    SEEDS: list[bytes]
    WORDS: tuple[bytes, ...]
    SOURCES: tuple[Any, ...]

    @staticmethod
    def read(data: bytes, place: Path) -> None: ...


class TooLongError(Exception):
    """An input took more time than it may."""


class Fuzz:
    """One reader's search."""

    def __init__(self, reader: Any, chance: random.Random) -> None:
        self._reader: Reader = reader
        self._chance = chance
        self._sources = {source.__file__ for source in reader.SOURCES}
        self._kept = list(self._reader.SEEDS)
        self._reached: set[tuple[str, int, int]] = set()
        self.count = 0

    @property
    def lines(self) -> int:
        return len({(file, line) for file, _, line in self._reached})

    def run(self, seconds: float, inputs: int | None = None) -> str:
        """Search for so long, or so many inputs; a fault is told, else the text is empty."""
        _bound_memory()
        until = time.monotonic() + seconds
        for seed in self._reader.SEEDS:
            if fault := self.tried(seed):
                return fault
        while time.monotonic() < until if inputs is None else self.count < inputs:
            if fault := self.tried(self._altered()):
                return fault
        return ""

    def tried(self, data: bytes) -> str:
        """Read one input; what went wrong, with the input, or the empty text."""
        if sys.platform == "win32":
            raise NotImplementedError("POSIX only")
        self.count += 1
        reached: set[tuple[str, int, int]] = set()
        place = Path(tempfile.mkdtemp())
        before = signal.signal(signal.SIGVTALRM, _too_long)
        tracer = sys.gettrace()  # coverage's, where a test runs this
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS * TRACED)
        sys.settrace(self._tracer(reached))
        try:
            self._reader.read(data, place)
        except Exception:  # noqa: BLE001 - whatever it is, it is what was searched for
            # The fault's own words may hold what no terminal should see: they are escaped.
            told = ascii(traceback.format_exc()).replace("\\n", "\n")
            return f"{told}\n--again {b64encode(data).decode()}"
        finally:
            sys.settrace(tracer)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)
            shutil.rmtree(place, ignore_errors=True)
        if not reached <= self._reached:
            self._reached |= reached
            self._kept.append(data)
        return ""

    def _tracer(self, reached: set[tuple[str, int, int]]) -> Callable[..., Any]:
        """Notes each step from one line to another of the reader's own sources."""
        sources = self._sources

        def called(frame: FrameType, _event: str, _argument: Any) -> Any:
            file = frame.f_code.co_filename
            if file not in sources:
                return None
            last = frame.f_lineno

            def stepped(inner: FrameType, event: str, _argument: Any) -> Any:
                nonlocal last
                if event == "line":
                    reached.add((file, last, inner.f_lineno))
                    last = inner.f_lineno
                return stepped

            return stepped

        return called

    def _altered(self) -> bytes:
        data = bytearray(self._chance.choice(self._kept))
        for _ in range(self._chance.choice((1, 1, 2, 3, 6))):
            at, other = (self._chance.randrange(len(data) + 1) for _ in range(2))
            start, end = sorted((at, other))
            part = bytes(data[start : min(end, start + 64)])
            kind = self._chance.randrange(7)
            if kind == 0:
                data[at:at] = self._chance.choice(self._reader.WORDS)
            elif kind == 1:
                data[start : start + self._chance.choice((1, 2, 8, 64))] = b""
            elif kind == 2:
                data[at:at] = part
            elif kind == 3 and part:
                data[at:at] = part * self._chance.choice((2, 16, 300))
            elif kind == 4:
                given = self._chance.choice(self._kept)
                data[at:] = given[self._chance.randrange(len(given) + 1) :]
            elif kind == 5:
                data[at : at + 1] = bytes([self._chance.randrange(256)])
            else:
                data[at : at + 1] = self._chance.choice(self._reader.WORDS)
        return bytes(data[:LONGEST])


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TooLongError


def _bound_memory() -> None:
    """Let what takes too much memory be an error of its own, where the system can."""
    if sys.platform != "linux":
        return
    import resource

    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    bound = used * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (bound, resource.getrlimit(resource.RLIMIT_AS)[1]))
