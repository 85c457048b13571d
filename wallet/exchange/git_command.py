"""Commands of git's on a repository of somebody else's making.

They run no hook, pager, filter or signature check, and contact nobody, whatever the repository's
own configuration says. Git is not asked where it would wait for a pipe, or read a device without an
end; and a command that gives nothing for a while is ended.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from wallet.errors import UsageError, WalletError
from wallet.system.disk.regular_files import open_regular
from wallet.system.processes import APART

QUIET = 60.0  # seconds without a byte, after which git is ended; at most twice as many
_SAFELY = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    *("--no-optional-locks", "--no-pager"),
)
_WITHOUT = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"),
    *("GIT_COMMON_DIR", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_SHALLOW_FILE"),
)
_NOT_READ = {"hooks", "modules"}
_MOST = 1 << 16  # bytes of a file that names a directory
_ALTERNATES = Path("info", "alternates")


class TrapError(WalletError):
    """Git cannot be asked about a repository without the danger that it never answers."""


class GitOutput:
    """The output of a running command, which is ended when it gives nothing for `QUIET` seconds."""

    def __init__(self, running: subprocess.Popen[bytes], stream: IO[bytes]) -> None:
        self._running, self._stream = running, stream
        self._count = 0
        self._waits = False
        self._over = threading.Event()
        self.was_ended = False
        threading.Thread(target=self._watch, args=(QUIET,), daemon=True).start()

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or all."""
        self._waits = True
        piece = self._stream.read(size)
        self._waits, self._count = False, self._count + 1
        return piece

    def readline(self) -> bytes:
        """Read a line with its end."""
        self._waits = True
        line = self._stream.readline()
        self._waits, self._count = False, self._count + 1
        return line

    def close(self) -> None:
        """Read no more."""
        self._over.set()
        self._stream.close()

    def _watch(self, quiet: float) -> None:
        seen = -1
        while not self._over.wait(quiet):
            if self._waits and self._count == seen:
                self.was_ended = True
                self._running.kill()
                return
            seen = self._count


class GitCommands:
    """The commands of git's for the repository that a path is in.

    Raises `UsageError` where there is no git, and `TrapError`.
    """

    def __init__(self, path: str) -> None:
        self._git = shutil.which("git") or ""
        if not Path(self._git).is_absolute():
            raise UsageError("There is no git on this machine, which --git reads a history with.")
        self._at = path if os.path.isdir(path) else os.path.dirname(path) or "."
        for trap in _traps(Path(self._at).absolute()):
            raise TrapError(f"{trap} is a pipe or a device, which git would wait for")

    @contextmanager
    def running(
        self, *arguments: str, stdin: IO[bytes] | None = None
    ) -> Iterator[tuple[subprocess.Popen[bytes], GitOutput]]:
        """Run a command, which ends with the block."""
        with subprocess.Popen(
            [self._git, *_SAFELY, *arguments],
            cwd=self._at,
            env=_environment(),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=APART,
        ) as running:
            if running.stdout is None:
                raise AssertionError("it was started with a pipe")
            output = GitOutput(running, running.stdout)
            try:
                yield running, output
            except BaseException:
                running.kill()
                raise
            finally:
                output.close()
                _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    """Wait for a command whose output nobody reads any more, and end one that goes on."""
    try:
        running.wait(QUIET)
    except subprocess.TimeoutExpired:
        running.kill()


def _traps(start: Path) -> Iterator[Path]:
    """The pipes and devices, and the links to them, that git would read for a repository."""
    waiting, passed = [*_directories(start)], set[Path]()
    while waiting:
        directory = waiting.pop()
        if directory in passed or len(passed) > _MOST:
            continue
        passed.add(directory)
        waiting += [directory / line for line in _lines_of(directory / _ALTERNATES)]
        try:
            entries = [*os.scandir(directory)]
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _NOT_READ:
                    waiting.append(Path(entry.path))
            elif _is_trap(entry):
                yield Path(entry.path)


def _directories(start: Path) -> Iterator[Path]:
    """The directory of a repository, found as git finds it, and that which it has in common with
    other work trees; its own files are looked at by `_traps`."""
    for above in (start, *start.parents):
        entry = above / ".git"
        directory = entry if entry.is_dir() else None
        if entry.is_file():
            named = [line.removeprefix("gitdir: ") for line in _lines_of(entry)]
            directory = above / named[0] if named else None
        elif directory is None and (above / "objects").is_dir() and (above / "refs").is_dir():
            directory = above
        if directory is not None:
            yield directory
            yield from (directory / line for line in _lines_of(directory / "commondir"))
            return


def _lines_of(path: Path) -> list[str]:
    """The lines of a file that names directories; none where that is no file."""
    try:
        descriptor, _ = open_regular(path)
    except (OSError, ValueError):
        return []
    with open(descriptor, "rb") as file:
        lines = os.fsdecode(file.read(_MOST)).splitlines()
    return [line for line in lines if line and not line.startswith("#") and "\0" not in line]


def _is_trap(entry: os.DirEntry[str]) -> bool:
    try:
        mode = entry.stat().st_mode
    except (OSError, ValueError):
        return False  # a link that leads nowhere
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _WITHOUT}
    return {
        **inherited,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
