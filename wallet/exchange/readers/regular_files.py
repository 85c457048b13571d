"""Opening what others name: regular files only, never waited for, never read beyond a limit.

A file may be anything: a pipe that nobody writes to, a device, a link, a sparse file of many
gigabytes, and it may be put in another's place while it is looked at. So it is opened without
blocking, judged by what was opened and not by its name, and read up to a limit into one buffer
that can be wiped.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wallet.nats.creds import MAX_SIZE
from wallet.secrets import sodium
from wallet.system.descriptors import read_into

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOCTTY", 0)
)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


TOO_LARGE = "It is larger than 1 MiB: no key, JWT or creds file is. It was not read."


class NotOpenedError(Exception):
    """The file was not read; the message is a sentence why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's bytes, for whoever opened it to wipe, and which file they are from."""

    content: bytearray
    device: int
    inode: int
    links: int
    modified: int  # nanoseconds since 1970


@contextmanager
def opened(
    path: str | Path,
    *,
    directory: int | None = None,
    follow: bool = True,
    limit: int = MAX_SIZE,
) -> Iterator[Opened]:
    """The content of a regular file of at most `limit` bytes; it is wiped at the end.

    `directory` is a descriptor that `path` is taken from. Unless `follow`, a symbolic link is
    refused. Raises `NotOpenedError`.
    """
    try:
        flags = _FLAGS if follow else _FLAGS | _NOFOLLOW
        descriptor = os.open(path, flags, dir_fd=directory)
        try:
            content, status = _content(descriptor, limit)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise NotOpenedError(_why(error)) from None
    try:
        yield Opened(content, status.st_dev, status.st_ino, status.st_nlink, status.st_mtime_ns)
    finally:
        sodium.wipe(content)


def _content(descriptor: int, limit: int) -> tuple[bytearray, os.stat_result]:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise NotOpenedError(not_regular(status.st_mode))
    if status.st_size > limit:
        raise NotOpenedError(TOO_LARGE)
    return _read(descriptor, status.st_size, limit), status


def _read(descriptor: int, expected: int, limit: int) -> bytearray:
    """All of the file, in the one buffer; a file that grows meanwhile is read again, larger."""
    size = expected + 1
    while True:
        content = bytearray(size)
        filled = 0
        os.lseek(descriptor, 0, os.SEEK_SET)
        with memoryview(content) as view:
            while filled < size and (got := read_into(descriptor, view[filled:])):
                filled += got
        if filled < size:
            whole = bytearray(memoryview(content)[:filled])
            sodium.wipe(content)
            return whole
        sodium.wipe(content)
        if size > limit:
            raise NotOpenedError(TOO_LARGE)
        size = min(size * 2, limit) + 1


def not_regular(mode: int) -> str:
    """Why something of this mode is not read."""
    if stat.S_ISLNK(mode):
        return "It is a symbolic link, and those are not followed here. Name the file itself."
    if stat.S_ISDIR(mode):
        return "It is a directory."
    return "It is a pipe, a socket or a device, not a file."


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):  # a NUL in the name
        return "No file can be called that."
    if error.errno == errno.ELOOP:
        return not_regular(stat.S_IFLNK)
    if error.errno == errno.ENOENT:
        return "There is no such file."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "The system does not allow it to be read. Look at who owns it."
    if error.errno in {errno.ENXIO, errno.ENODEV}:
        return not_regular(stat.S_IFIFO)
    return f"It cannot be read: {error.strerror or type(error).__name__}."
