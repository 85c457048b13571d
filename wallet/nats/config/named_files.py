"""Files that a configuration names: where they are, and what is in them. Reads, changes nothing."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_PART = 1 << 20  # bytes read at once


def locate(written: str, beside: Path | None) -> Path:
    """The file meant by a path in a configuration, whether it is there or not.

    A server takes a relative path from the directory that it is started in. That is not known
    here: it is looked for in this one, and then in `beside`, the configuration's own.
    """
    path = Path(written)
    # Not Path.exists, which raises for a name too long: a JWT may stand in a path's place.
    if beside is not None and not path.is_absolute() and not os.path.exists(path):
        other = beside / path
        return other if os.path.exists(other) else path
    return path


def content(path: Path, most: int) -> bytes:
    """What is in a regular file of at most `most` bytes. Raises `OSError`, with a reason."""
    # Not blocking: a named pipe is told apart, not waited for.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        # Looked at first: a device may do something when it is opened.
        _regular(os.stat(path).st_mode)
        descriptor = os.open(path, os.O_RDONLY | flags)
    except ValueError:
        raise OSError("that is no path") from None
    with open(descriptor, "rb") as file:
        _regular(os.fstat(descriptor).st_mode)
        parts: list[bytes] = []
        room = most + 1
        while room > 0 and (part := _part(file, min(room, _PART))):
            parts.append(part)
            room -= len(part)
    if room <= 0:
        raise OSError(f"it is larger than {most >> 20} MiB")
    return b"".join(parts)


def _part(file: BinaryIO, most: int) -> bytes:
    found: bytes | None = file.read(most)
    if found is None:  # one of the kernel's, which would have to be waited for
        raise OSError("it has no end")
    return found


def _regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError("it is not a regular file")


def reason(error: OSError) -> str:
    """Why a file could not be read, in a few words."""
    return (error.strerror or str(error)).lower()
