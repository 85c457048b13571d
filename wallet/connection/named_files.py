"""Files that a configuration names: where they are, and what is in them. Reads, changes nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path


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
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, os.O_RDONLY | flags)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is not a regular file")
        found = file.read(most + 1)
    if len(found) > most:
        raise OSError(f"it is larger than {most >> 20} MiB")
    return found


def reason(error: OSError) -> str:
    """Why a file could not be read, in a few words."""
    return (error.strerror or str(error)).lower()
