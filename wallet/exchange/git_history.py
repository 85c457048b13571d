"""Seeds in a git repository: in all that it stores, what was deleted long ago or amended too.

`git` itself reads it, as `git_command` lets it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from wallet.errors import UsageError
from wallet.exchange.exposure import ExposedSeed, ScanLog, SeedReader, shown
from wallet.exchange.git_command import GitCommands, GitOutput, TrapError
from wallet.nats.nkeys import PublicKey

NO_ANSWER = "git did not answer"
_IN_FULL = ("--no-abbrev", "--no-renames")
_SEARCHED = {b"blob", b"commit", b"tag"}
_PIECE = 1 << 16


def exposed(path: str, log: ScanLog, reader: SeedReader) -> Iterator[ExposedSeed]:
    """The seeds in the history of the repository that `path` is in, by the commit each came with.

    What is stored and in no commit is named by its object. Raises `UsageError` where no repository
    is, or no git.
    """
    try:
        repository = _Repository(path)
    except TrapError as error:
        log.refuse(path, str(error))
        return
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
        self._git = GitCommands(path)
        with self._git.running("rev-parse", "--absolute-git-dir") as (command, output):
            directory = output.read()
        if output.was_ended:
            raise TrapError(NO_ANSWER)
        if command.returncode:
            raise UsageError(f"{shown(path)} is in no git repository that can be read here.")
        self.directory = os.fsdecode(directory.removesuffix(b"\n"))

    def seeds(self, log: ScanLog, reader: SeedReader) -> Iterator[tuple[str, int, PublicKey]]:
        """Each seed of everything that is stored: the object's name, the line, the public key."""
        every = ("cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer")
        try:
            with self._git.running(*every) as (running, stream):
                while header := stream.readline():
                    name, kind, size = header.split()
                    content = _Content(stream, int(size))
                    if kind in _SEARCHED:
                        log.looked_at(int(size), of_git=True)
                        for line, public in reader.lines_of(content.read):
                            yield name.decode(), line, public
                    content.skip()
                    stream.read(1)  # the line's end behind it
            complete = running.returncode == 0
        except (ValueError, EOFError):
            complete = False
        if not complete:
            why = NO_ANSWER if stream.was_ended else "git stopped"
            log.refuse(self.directory, f"{why}: not all of the history was looked at")

    def origins(self, names: set[str]) -> Mapping[str, tuple[str, str]]:
        """Find the path and the commit with which each object came in, by its name, in order."""
        origins: dict[str, tuple[str, str]] = {}
        compare = ("diff-tree", "--stdin", "--always", "--root", "-r", "-m", "--raw", "-z")
        with (
            self._git.running("rev-list", "--all", "--reverse") as (commits, _),
            self._git.running(*compare, *_IN_FULL, stdin=commits.stdout) as (_, compared),
        ):
            commit, fields = "", _divided(compared)
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


class _Content:
    """The content of one object in a stream of them."""

    def __init__(self, stream: GitOutput, size: int) -> None:
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


def _divided(stream: GitOutput) -> Iterator[bytes]:
    """The texts of a stream that are divided by zeros."""
    rest = b""
    while piece := stream.read(_PIECE):
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole
