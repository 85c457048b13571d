"""Where the files are that a configuration names."""

from __future__ import annotations

import os
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
