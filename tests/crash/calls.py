"""Every call to the system that a change makes, counted, and one of them killed or failed.

The functions of `os` and `fcntl` themselves are replaced, in a process that is there for it
alone: no way round a seam of the wallet's own is overlooked.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

_LOCKS: tuple[tuple[ModuleType, tuple[str, ...]], ...] = ()
with contextlib.suppress(ImportError):  # not on Windows
    import fcntl

    _LOCKS = ((fcntl, ("flock", "fcntl")),)

WATCHED: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (
        os,
        (
            *("open", "close", "read", "write", "lseek", "fsync", "link", "replace", "rename"),
            *("unlink", "mkdir", "rmdir", "stat", "lstat", "fstat", "listdir", "scandir"),
            *("fchmod", "chmod", "fchown", "chown", "utime", "truncate", "ftruncate"),
        ),
    ),
    *_LOCKS,
)


@dataclass(frozen=True)
class Fault:
    """What becomes of call `number`, from 1: `how` is `before`, `half` or `after` a kill, or the
    number of the error that the call fails with.
    """

    number: int
    how: str | int

    @property
    def kills(self) -> bool:
        return isinstance(self.how, str)


class Calls:
    """Counts the calls of this process from now on, and lets the fault happen."""

    def __init__(self, fault: Fault, tell: Callable[[str], object]) -> None:
        """`tell` gets the name of the call that the fault is for, before it happens."""
        self.fault = fault
        self.made = 0
        self._tell = tell
        self._really = {
            (module, name): getattr(module, name) for module, names in WATCHED for name in names
        }

    def watch(self) -> None:
        for (module, name), really in self._really.items():
            setattr(module, name, self._instead(name, really))

    def leave(self) -> None:
        for (module, name), really in self._really.items():
            setattr(module, name, really)

    def _instead(self, name: str, really: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.made += 1
            if self.made != self.fault.number:
                return really(*arguments, **named)
            self._tell(name)
            return self._fault(name, really, *arguments, **named)

        return call

    def _fault(self, name: str, really: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        if sys.platform == "win32":
            raise NotImplementedError("POSIX only")
        how = self.fault.how
        if isinstance(how, int):
            if name == "close":
                really(*arguments)  # a descriptor is gone whatever its closing says
            raise OSError(how, os.strerror(how))
        try:
            if how == "after":
                really(*arguments, **named)
            elif how == "half" and name == "write":
                descriptor, data = arguments
                really(descriptor, memoryview(data)[: len(data) // 2])
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
