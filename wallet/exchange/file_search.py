"""Seeds in files and directories.

No symbolic link inside a directory is followed: what it points to inside is met by its own name.
Pipes and devices are not opened. A file of any size is read in pieces; one that gzip packed is
unpacked as it is read, up to a bound, for it may be endless.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from wallet.exchange.exposure import ExposedSeed, ScanLog, SeedReader, seeds_of_name, shown
from wallet.exchange.readers.directory import is_junction
from wallet.system.disk.descriptors import read_into
from wallet.system.disk.regular_files import NotRegularError, open_regular, reason

MOST_UNPACKED = 1 << 30
_PIECE = 1 << 18
_GZIP = b"\x1f\x8b\x08"
_PACKED = {
    b"PK\x03\x04": "zip",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
}
LINKS, SPECIAL, HISTORIES = "symbolic links", "pipes, sockets and devices", "git histories"
_DAMAGED = "damaged gzip files"


def exposed(
    root: str, log: ScanLog, reader: SeedReader, *, with_history: bool = False
) -> Iterator[ExposedSeed]:
    """The seeds in a file, or in all files beneath a directory, in the order of names.

    `with_history` is whether the history that is kept in it is looked through besides.
    """
    if not os.path.isdir(root):
        yield from _file(root, log, reader, follow=True)
        return
    waiting = [root]
    while waiting:
        path = waiting.pop()
        deeper: list[str] = []
        for entry in _listed(path, log):
            try:
                kind = _kind(entry)
            except OSError as error:
                log.refuse(entry.path, reason(error))
                continue
            if kind is not None:
                log.passed[kind] += 1
            elif not entry.is_dir(follow_symlinks=False):
                yield from _file(entry.path, log, reader, follow=False)
            elif entry.name == "objects" and os.path.basename(path) == ".git":
                if not (with_history and path == os.path.join(root, ".git")):
                    log.passed[HISTORIES] += 1
            else:
                yield from _named(entry.path)
                deeper.append(entry.path)
        waiting += reversed(deeper)


def piped(descriptor: int, name: str, log: ScanLog, reader: SeedReader) -> Iterator[ExposedSeed]:
    """The seeds in what is read from a descriptor, called by this name."""
    log.looked_at(0)
    try:
        for line, public in reader.lines_of(partial(_read, descriptor)):
            yield ExposedSeed(name, line, public)
    except OSError as error:
        log.refuse(name, reason(error))


def _listed(path: str, log: ScanLog) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        log.refuse(path, reason(error))
        return []


def _kind(entry: os.DirEntry[str]) -> str | None:
    """The kind of an entry that is neither a file nor a directory; None for those."""
    if entry.is_symlink() or is_junction(entry):
        return LINKS
    is_either = entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
    return None if is_either else SPECIAL


def _named(path: str) -> Iterator[ExposedSeed]:
    """The seeds in the last part of a path."""
    for place in seeds_of_name(os.path.basename(path)):
        yield ExposedSeed(shown(path), None, place.public)


def _file(path: str, log: ScanLog, reader: SeedReader, *, follow: bool) -> Iterator[ExposedSeed]:
    yield from _named(path)
    try:
        descriptor, status = open_regular(path, follow=follow)
    except NotRegularError as error:
        if follow:
            log.refuse(path, "it is a pipe, a socket or a device; - is what is piped in")
        else:
            log.passed[LINKS if stat.S_ISLNK(error.mode) else SPECIAL] += 1
        return
    except (OSError, ValueError) as error:
        log.refuse(path, reason(error) if isinstance(error, OSError) else "that is no path")
        return
    log.looked_at(status.st_size, of_git=".git" in path.split(os.sep)[:-1])
    try:
        for line, public in reader.lines_of(_reading(descriptor, path, log)):
            yield ExposedSeed(shown(path), line, public)
    except OSError as error:
        log.refuse(path, reason(error))
    finally:
        os.close(descriptor)


def _reading(descriptor: int, path: str, log: ScanLog) -> Callable[[memoryview], int]:
    begin = os.read(descriptor, 6)
    os.lseek(descriptor, 0, os.SEEK_SET)
    if begin.startswith(_GZIP):
        return _Unpacking(descriptor, path, log).read
    packed = next((kind for mark, kind in _PACKED.items() if begin.startswith(mark)), None)
    if packed is not None:
        log.passed[f"{packed} files"] += 1
    return partial(_read, descriptor)


def _read(descriptor: int, view: memoryview) -> int:
    return read_into(descriptor, view[:])


class _Unpacking:
    """The contents of what gzip packed, member after member, as far as it is whole."""

    def __init__(self, descriptor: int, path: str, log: ScanLog) -> None:
        self._descriptor, self._path, self._log = descriptor, path, log
        self._unpack = zlib.decompressobj(31)
        self._packed, self._left = b"", MOST_UNPACKED

    def read(self, view: memoryview) -> int:
        """Fill the buffer as far as it goes at once; 0 at the end, or at the bound."""
        while self._left > 0:
            try:
                plain = self._next(min(len(view), _PIECE))
            except (zlib.error, EOFError):
                self._log.passed[_DAMAGED] += 1
                return 0
            if plain is None:
                return 0
            view[: len(plain)] = plain
            self._left -= len(plain)
            if plain:
                return len(plain)
        size = f"{MOST_UNPACKED >> 20:,} MiB"
        self._log.refuse(self._path, f"unpacked it has more than {size}: the rest was left out")
        return 0

    def _next(self, most: int) -> bytes | None:
        """Unpack the next piece, perhaps empty; None at the end.

        Raises `EOFError` and `zlib.error`.
        """
        if self._unpack.eof:
            self._packed = self._unpack.unused_data or os.read(self._descriptor, _PIECE)
            if not self._packed.startswith(_GZIP[:1]):
                return None  # padding
            self._unpack = zlib.decompressobj(31)
        self._packed = self._packed or os.read(self._descriptor, _PIECE)
        plain = self._unpack.decompress(self._packed, most)
        if not (self._packed or plain or self._unpack.eof):
            raise EOFError
        self._packed = self._unpack.unconsumed_tail
        return plain
