"""Seeds in a git repository: in all that it stores, what was deleted long ago or amended too.

`git` itself reads it, by commands that run no hook, pager, filter or signature check, and that
contact nobody, whatever the repository's own configuration says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from wallet.errors import UsageError
from wallet.exchange.exposure import ExposedSeed, ScanLog, SeedReader, shown
from wallet.nats.nkeys import PublicKey
from wallet.system.processes import APART

_SAFELY = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"),
    *("--no-optional-locks", "--no-pager"),
)
_WITHOUT = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
_IN_FULL = ("--no-abbrev", "--no-renames")
_SEARCHED = {b"blob", b"commit", b"tag"}
_PIECE = 1 << 16


def exposed(path: str, log: ScanLog, reader: SeedReader) -> Iterator[ExposedSeed]:
    """The seeds in the history of the repository that `path` is in, by the commit each came with.

    What is stored and in no commit is named by its object. Raises `UsageError` where no repository
    is, or no git.
    """
    repository = _Repository(path)
    places: dict[str, list[tuple[int, PublicKey]]] = {}
    for name, line, public in repository.seeds(log, reader):
        places.setdefault(name, []).append((line, public))
    origins = repository.origins(set(places)) if places else {}
    told: set[tuple[str, PublicKey]] = set()
    for name, (where, commit) in origins.items():
        for line, public in places.pop(name):
            if (where, public) not in told:  # in later versions of the file it stands too
                yield ExposedSeed(shown(where), line, public, commit)
            told.add((where, public))
    for name, seeds in places.items():
        for line, public in seeds:
            yield ExposedSeed(shown(f"{repository.directory}:{name}"), line, public)


class _Repository:
    def __init__(self, path: str) -> None:
        self._git = shutil.which("git") or ""
        if not Path(self._git).is_absolute():
            raise UsageError("There is no git on this machine, which --git reads a history with.")
        self._at = path if os.path.isdir(path) else os.path.dirname(path) or "."
        with self._running("rev-parse", "--absolute-git-dir") as command:
            directory = _output(command).read()
        if command.returncode:
            raise UsageError(f"{shown(path)} is in no git repository that can be read here.")
        self.directory = os.fsdecode(directory.removesuffix(b"\n"))

    @contextmanager
    def _running(
        self, *arguments: str, stdin: int | IO[bytes] = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A command of git's, which ends with the block."""
        with subprocess.Popen(
            [self._git, *_SAFELY, *arguments],
            cwd=self._at,
            env=_environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=APART,
        ) as running:
            try:
                yield running
            except BaseException:
                running.kill()
                raise

    def seeds(self, log: ScanLog, reader: SeedReader) -> Iterator[tuple[str, int, PublicKey]]:
        """Each seed of everything that is stored: the object's name, the line, the public key."""
        every = ("cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer")
        try:
            with self._running(*every) as running:
                stream = _output(running)
                while header := stream.readline():
                    name, kind, size = header.split()
                    content = _Content(stream, int(size))
                    if kind in _SEARCHED:
                        log.looked_at(int(size))
                        for line, public in reader.lines_of(content.read):
                            yield name.decode(), line, public
                    content.skip()
                    stream.read(1)  # the line's end behind it
            complete = running.returncode == 0
        except (ValueError, EOFError):
            complete = False
        if not complete:
            log.refuse(self.directory, "git stopped: not all of the history was looked at")

    def origins(self, names: set[str]) -> Mapping[str, tuple[str, str]]:
        """By the names of objects, the path and the commit with which each came in, in order."""
        origins: dict[str, tuple[str, str]] = {}
        compare = ("diff-tree", "--stdin", "--always", "--root", "-r", "-m", "--raw", "-z")
        with (
            self._running("rev-list", "--all", "--reverse") as commits,
            self._running(*compare, *_IN_FULL, stdin=_output(commits)) as running,
        ):
            commit, fields = "", _divided(_output(running))
            for field in fields:
                if not field.startswith(b":"):
                    commit = field.decode().strip()
                    if commit in names:
                        origins.setdefault(commit, ("the message of a commit", commit))
                    continue
                path, name = next(fields, b""), field.split()[3].decode()
                if name in names:
                    origins.setdefault(name, (os.fsdecode(path), commit))
        return origins


def _output(running: subprocess.Popen[bytes]) -> IO[bytes]:
    if running.stdout is None:
        raise AssertionError("it was started with a pipe")
    return running.stdout


class _Content:
    """The content of one object in a stream of them."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream, self._left = stream, size

    def read(self, view: memoryview) -> int:
        """Fill the buffer as far as the object goes; 0 at its end. Raises `EOFError`."""
        if not self._left:
            return 0
        piece = self._stream.read(min(len(view), self._left, _PIECE))
        if not piece:
            raise EOFError
        view[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)

    def skip(self) -> None:
        """Go to its end."""
        with memoryview(bytearray(_PIECE)) as view:
            while self.read(view):
                pass


def _divided(stream: IO[bytes]) -> Iterator[bytes]:
    """The texts of a stream that are divided by zeros."""
    rest = b""
    while piece := stream.read(_PIECE):
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole


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
