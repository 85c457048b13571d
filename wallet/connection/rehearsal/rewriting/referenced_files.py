"""The files that a configuration names, looked for on this machine."""

from __future__ import annotations

import os
from pathlib import Path

MAX_TLS_FILE = 4 << 20  # bytes of a file of certificates or a key


def locate(written: str, beside: Path | None) -> Path:
    """The file that a configuration means by a path, whether it is there or not.

    A server takes a relative path from the directory that it is started in. That is not known
    here: the file is looked for in the current directory, and then in `beside`, the
    configuration's own.
    """
    path = Path(written)
    # Not Path.exists, which raises for a name too long: a JWT may stand in a path's place.
    if beside is not None and not path.is_absolute() and not os.path.exists(path):
        other = beside / path
        return other if os.path.exists(other) else path
    return path
