"""Child processes that end when we do, however we end.

A child is started under a small watcher in a session of its own. The watcher holds the
reading end of a pipe whose writing end only we have: when we are gone, even by a kill, the
system closes it, and the watcher ends the child.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

GRACE = 2.0  # seconds a child has to end by itself
# Windows: closing the console ends whatever is attached to it.
APART = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class BoundProcess:
    """A running command that cannot outlive this process."""

    def __init__(self, command: list[str], *, log: Path) -> None:
        """Start `command`, its output going to `log`."""
        # The module runs by its path: a watcher needs neither the package nor its dependencies.
        watcher = [sys.executable, "-I", __file__, *command]
        with log.open("ab") as output:
            self._watcher = subprocess.Popen(
                watcher,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                creationflags=APART,
            )

    @property
    def running(self) -> bool:
        """Whether the command still runs."""
        return self._watcher.poll() is None

    def stop(self) -> None:
        """End the command, and wait for it."""
        if self._watcher.stdin:
            self._watcher.stdin.close()
        self._watcher.wait(timeout=10 * GRACE)


def watch(command: list[str]) -> int:
    """The watcher: run `command` until it ends or standard input closes."""
    for ignored in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM), signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=_default_signals if os.name == "posix" else None,  # noqa: PLW1509, RUF100
    )
    ended = threading.Event()

    def wait_for_parent() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1):
                pass
        if not ended.is_set():
            child.terminate()
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.kill()

    threading.Thread(target=wait_for_parent, daemon=True).start()
    status = child.wait()
    ended.set()
    return status


def _default_signals() -> None:
    if sys.platform == "win32":  # where this is never called
        return
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    if sys.platform == "linux":
        import ctypes

        # PR_SET_PDEATHSIG: should the watcher itself be killed, the child goes with it.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(watch(sys.argv[1:]))
