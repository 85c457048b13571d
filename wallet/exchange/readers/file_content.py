"""The content of a file that is imported, wiped once it was read; and why one was not read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from wallet.nats.creds import MAX_SIZE
from wallet.secrets import sodium
from wallet.system.disk.regular_files import (
    NotRegularError,
    TooLargeError,
    open_regular,
    read_whole,
)

TOO_LARGE = "It is larger than 1 MiB: no key, JWT or creds file is. It was not read."


class NotOpenedError(Exception):
    """The file was not read; the message is a sentence why."""


class FileContent:
    """A file's bytes, and which file they are from. As a context manager it wipes them at the end.

    `linked` says that a symbolic link led to it, `modified` when it last changed, in nanoseconds
    since 1970.
    """

    __slots__ = ("content", "device", "inode", "linked", "links", "modified")

    def __init__(self, content: bytearray, status: os.stat_result, *, linked: bool) -> None:
        self.content, self.linked = content, linked
        self.device, self.inode = status.st_dev, status.st_ino
        self.links, self.modified = status.st_nlink, status.st_mtime_ns

    def __enter__(self) -> FileContent:
        return self

    def __exit__(self, *_: object) -> None:
        sodium.wipe(self.content)


def opened(
    path: str | Path,
    *,
    directory: int | None = None,
    follow: bool = True,
    limit: int = MAX_SIZE,
) -> FileContent:
    """The content of a regular file of at most `limit` bytes, to be used as a context manager.

    `directory` is a descriptor that `path` is taken from. Unless `follow`, a symbolic link is
    refused. Raises `NotOpenedError`.
    """
    try:
        descriptor, status = open_regular(path, directory=directory, follow=follow)
        try:
            content = read_whole(descriptor, status.st_size, limit)
        finally:
            os.close(descriptor)
        return FileContent(content, status, linked=follow and os.path.islink(path))
    except (OSError, ValueError) as error:
        raise NotOpenedError(_why(error)) from None


def not_regular(mode: int) -> str:
    """Say why something of this mode is not read."""
    if stat.S_ISLNK(mode):
        return "It is a symbolic link, and those are not followed here. Name the file itself."
    if stat.S_ISDIR(mode):
        return "It is a directory."
    return "It is a pipe, a socket or a device, not a file."


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):  # a NUL in the name
        return "No file can be called that."
    if isinstance(error, NotRegularError):
        return not_regular(error.mode)
    if isinstance(error, TooLargeError):
        return TOO_LARGE
    if error.errno == errno.ELOOP:
        return not_regular(stat.S_IFLNK)
    if error.errno == errno.ENOENT:
        return "There is no such file."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "The system does not allow it to be read. Look at who owns it."
    if error.errno in {errno.ENXIO, errno.ENODEV}:
        return not_regular(stat.S_IFIFO)
    return f"It cannot be read: {error.strerror or error}."
