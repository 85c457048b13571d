"""A file that a flag names, read within bounds."""

from __future__ import annotations

import sys
from pathlib import Path

from wallet.errors import UsageError
from wallet.text import without_seeds


def read_named(name: str, most: int) -> bytes:
    """Read the file `name`, or standard input for `-`; one byte more than `most` tells that it is
    longer. Raises `UsageError` where it cannot be read.
    """
    try:
        if name == "-":
            return sys.stdin.buffer.read(most + 1)
        with Path(name).open("rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file can be called that"
        raise UsageError(f"{without_seeds(name)} could not be read: {why}.") from None
