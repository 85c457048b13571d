"""`pexpect` for a command that is forked instead of started; see `forks.py`."""

from __future__ import annotations

import os
import pty
import select
import socket
import sys
import termios
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pexpect
from ptyprocess import PtyProcess  # type: ignore[import-untyped, unused-ignore]

from tests.cli import forked

if TYPE_CHECKING:
    Spawn = pexpect.spawn[str]
else:
    Spawn = pexpect.spawn


class AtTerminal(Spawn):
    """The wallet on a terminal of its own, as `pexpect.spawn` would start it."""

    def __init__(self, address: str, *words: str, **how: Any) -> None:
        """`address` is where it is forked; `how` is for `pexpect.spawn`."""
        self._address = address
        given: dict[str, Any] = {"encoding": "utf-8", "timeout": 60, **how}
        super().__init__(sys.executable, list(words), **given)  # the program is not looked at

    def _spawnpty(self, args: list[bytes], **how: Any) -> _Process:
        words = [os.fsdecode(word) for word in args[1:]]
        dimensions = how.get("dimensions", (24, 80))
        return _Process(self._address, words, how.get("env"), how.get("cwd"), dimensions)


class _Process(PtyProcess):  # type: ignore[misc, unused-ignore]
    """A process that is no child of this one: how it ends is told over a socket."""

    def __init__(
        self,
        address: str,
        words: list[str],
        env: Mapping[str, str] | None,
        cwd: str | None,
        dimensions: tuple[int, int],
    ) -> None:
        if sys.platform == "win32":
            raise NotImplementedError("terminals")
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(ours, dimensions)
        try:
            self._told: socket.socket | None
            self._told, pid = forked.begun(
                *(address, words, dict.fromkeys(range(3), theirs)),
                terminal=True,
                env=env,
                cwd=cwd,
            )
        finally:
            os.close(theirs)
        super().__init__(pid, ours)

    def isalive(self) -> bool:
        if self._told is not None and select.select([self._told], [], [], 0)[0]:
            self.wait()
        return self._told is not None

    def wait(self) -> int | None:
        if self._told is not None:
            status = forked.ended(self._told)
            self._told, self.terminated = None, True
            if status >= 0:
                self.exitstatus = status
            else:
                self.signalstatus = -status
        code: int | None = self.exitstatus
        return code
