"""Opening what others name: regular files only, never waited for, never read beyond a limit.

A file may be anything: a pipe that nobody writes to, a device, a link, a sparse file of many
gigabytes, and it may be put in another's place while it is looked at. So it is looked at before it
is opened, for a device may do something when it is; opened without blocking; judged again by what
was opened and not by its name; and read up to a limit into one buffer that can be wiped.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from wallet.secrets import sodium
from wallet.system.disk.descriptors import fill

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOCTTY", 0)
)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


# No `errno` have those errors that are ours alone: the system would read what they are about.
class NotRegularError(OSError):
    """Something that is no regular file stands there, of this `mode`."""

    def __init__(self, mode: int) -> None:
        if stat.S_ISLNK(mode):
            super().__init__(errno.ELOOP, os.strerror(errno.ELOOP))
        elif stat.S_ISDIR(mode):
            super().__init__(errno.EISDIR, os.strerror(errno.EISDIR))
        else:
            super().__init__("it is not a regular file")
        self.mode = mode


class TooLargeError(OSError):
    """The file has more bytes than were to be read."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"it is larger than {limit >> 20} MiB")


def open_regular(
    path: Path | str,
    *,
    directory: int | None = None,
    follow: bool = True,
    opener: Callable[[Path, int], int] | None = None,
) -> tuple[int, os.stat_result]:
    """Open a regular file: a descriptor, for the caller to close, and what it is.

    `directory` is a descriptor that `path` is taken from. Unless `follow`, a symbolic link is
    refused. `opener` makes the system call in the place of `os.open`. Raises `NotRegularError`,
    another `OSError`, and `ValueError` for what can be no path.
    """
    _check(os.stat(path, dir_fd=directory, follow_symlinks=follow))
    flags = _FLAGS if follow else _FLAGS | _NOFOLLOW
    if opener is None:
        descriptor = os.open(path, flags, dir_fd=directory)
    else:
        descriptor = opener(Path(path), flags)
    try:
        status = os.fstat(descriptor)
        _check(status)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError(status.st_mode)


def read_whole(descriptor: int, expected: int, limit: int) -> bytearray:
    """Read an open file of at most `limit` bytes into one buffer, for the caller to wipe.

    `expected` is how many it seems to have; one that grows meanwhile is read again, larger.
    Raises `TooLargeError` and another `OSError`.
    """
    size = min(expected, limit) + 1
    while True:
        content = bytearray(size)
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            filled = fill(descriptor, content)
        except BlockingIOError:  # one of the kernel's, which would have to be waited for
            raise OSError("it has no end") from None
        if filled < size:
            return _cut(content, filled)
        sodium.wipe(content)
        if size > limit:
            raise TooLargeError(limit)
        size = min(size * 2, limit) + 1


def _cut(content: bytearray, length: int) -> bytearray:
    """The first `length` bytes; the rest of the buffer holds nothing."""
    if length == len(content) - 1:
        content.pop()  # in its place: only what halves a buffer moves it
        return content
    first = bytearray(memoryview(content)[:length])
    sodium.wipe(content)
    return first


def content(path: Path, limit: int, *, follow: bool = True) -> bytes:
    """Read a regular file of at most `limit` bytes, where nothing in it is to be wiped.

    Unless `follow`, a symbolic link is refused. Raises `OSError`, with a reason.
    """
    try:
        descriptor, status = open_regular(path, follow=follow)
    except ValueError:
        raise OSError("that is no path") from None
    try:
        return bytes(read_whole(descriptor, status.st_size, limit))
    finally:
        os.close(descriptor)


def reason(error: OSError) -> str:
    """Say why a file could not be read, in a few words."""
    return (error.strerror or str(error)).lower()
