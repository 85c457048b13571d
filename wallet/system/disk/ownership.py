"""The owner of a file: root, or who may, saves a vault without taking it from its owner."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from wallet.errors import PermissionRefusedError


class Owner(NamedTuple):
    """A user and a group, by their numbers."""

    user: int
    group: int


def owner(path: Path) -> Owner | None:
    """Give the owner of what stands at `path` itself; None when nothing does, and on Windows.

    Raises OSError when the system does not tell.
    """
    if sys.platform == "win32":
        return None
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Owner(status.st_uid, status.st_gid)


def give(descriptor: int, owner: Owner) -> None:
    """Make a file that this process has just made the owner's.

    Raises `PermissionRefusedError` where that is not allowed: it would shut the owner out.
    """
    if sys.platform == "win32" or os.fstat(descriptor).st_uid == owner.user:
        return
    try:
        os.fchown(descriptor, owner.user, owner.group)
    except OSError as error:
        raise PermissionRefusedError(
            f"The vault belongs to {_name(owner.user)}. Saved by {_name(os.geteuid())} it would no "
            "longer open for its owner, so nothing was written. Save it as its owner."
        ) from error


def make_directory(directory: Path) -> None:
    """Make a directory, and those above it, 0700; each is its owner's in which it is made.

    So what root makes in somebody's home stays theirs. Raises OSError, and what `give` raises.
    """
    for part in reversed([directory, *directory.parents]):
        if part.exists():
            continue
        part.mkdir(mode=0o700, exist_ok=True)
        above = owner(part.parent)
        if above is not None and sys.platform != "win32" and os.geteuid() == 0:
            descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                give(descriptor, above)
            finally:
                os.close(descriptor)


def _name(user: int) -> str:
    if sys.platform != "win32":
        import pwd  # it is not on every system, and hardly ever needed

        try:
            return pwd.getpwuid(user).pw_name
        except (KeyError, OverflowError):
            pass
    return f"user {user}"
