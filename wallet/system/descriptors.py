"""Reading from an open descriptor into a buffer that can be wiped."""

from __future__ import annotations

import os
import sys


def read_into(descriptor: int, view: memoryview) -> int:
    """Read at most as many bytes as `view` has, and release it; 0 at the end. Raises OSError.

    Windows has no readv: there the bytes pass through an object beyond our reach.
    """
    with view:
        if sys.platform != "win32":
            return os.readv(descriptor, [view])
        data = os.read(descriptor, len(view))
        view[: len(data)] = data
        return len(data)
