"""Reading from an open descriptor into a buffer that can be wiped."""

from __future__ import annotations

import io
import os
import sys


def read_into(descriptor: int, view: memoryview) -> int:
    """Read at most as many bytes as `view` has, and release it; 0 at the end. Raises OSError.

    Nothing but `view` ever holds the bytes.
    """
    with view:
        if sys.platform != "win32":
            return os.readv(descriptor, [view])
        with io.FileIO(descriptor, closefd=False) as file:
            return file.readinto(view) or 0


def fill(descriptor: int, content: bytearray) -> int:
    """Read until `content` is full or all is read; how many bytes that were. Raises OSError."""
    filled = 0
    with memoryview(content) as view:
        while filled < len(content) and (got := read_into(descriptor, view[filled:])):
            filled += got
    return filled
