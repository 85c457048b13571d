"""The seeds that a scan finds, and the files that it could not look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from wallet.nats.nkeys import PublicKey
from wallet.nats.seed_search import LONGEST, SeedPlace, seeds_in
from wallet.secrets import sodium
from wallet.text import without_seeds

CHUNK = 4 << 20
SHOWN_PATH = 4_000


@dataclass(frozen=True, slots=True)
class ExposedSeed:
    """A place where a seed stands: a file, or one of a commit. Never the seed.

    `line` counts from 1; None where the name of the file itself holds it.
    """

    path: str
    line: int | None
    public: PublicKey
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a part of one, that was not looked at, and why in a few words."""

    path: str
    why: str


@dataclass(slots=True)
class ScanLog:
    """The progress of a scan. `passed` counts what is no file to look into, by what it is."""

    files: int = 0  # in all
    of_git: int = 0  # of these, files and objects that git keeps for itself
    size: int = 0
    unread: list[Unread] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    on_file: Callable[[int], None] = lambda _files: None

    def looked_at(self, size: int, *, of_git: bool = False) -> None:
        """Count a file of so many bytes; one `of_git`, or an object of its history, apart."""
        self.files += 1
        self.of_git += of_git
        self.size += size
        self.on_file(self.files)

    def refuse(self, path: str, why: str) -> None:
        """Note what could not be looked at."""
        self.unread.append(Unread(shown(path), why))


class SeedReader:
    """Looks through one stream of bytes after the other, of any length, in one buffer."""

    def __init__(self) -> None:
        self._content = bytearray(CHUNK)

    def lines_of(self, read: Callable[[memoryview], int]) -> Iterator[tuple[int, PublicKey]]:
        """The line of each seed in a stream, and its public key.

        `read` fills a buffer and gives how many bytes it had: 0 at the end.
        """
        content, kept, lines = self._content, 0, 1
        seen: tuple[int, str] | None = None
        while True:
            end = kept
            while end < CHUNK:
                with memoryview(content) as view, view[end:] as rest:
                    more = read(rest)
                if not more:
                    break
                end += more
            limit = end if end < CHUNK else end - LONGEST
            for place in seeds_in(content, end, limit):
                line = lines + content.count(b"\n", 0, place.offset)
                if seen != (line, place.public.text):
                    yield line, place.public
                seen = line, place.public.text
            if end < CHUNK:
                return
            lines += content.count(b"\n", 0, limit)
            content[:LONGEST] = content[limit:end]
            kept = LONGEST

    def wipe(self) -> None:
        """Overwrite what was read last."""
        sodium.wipe(self._content)


def seeds_of_name(name: str) -> list[SeedPlace]:
    """The seeds in the name of a file."""
    raw = bytearray(name.encode("utf-8", "surrogateescape"))
    return seeds_in(raw, len(raw))


def shown(path: str) -> str:
    """A path that is safe to show: no seed in it, no control character."""
    return without_seeds(path, SHOWN_PATH)
