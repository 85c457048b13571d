"""A save: the one way in which a vault's file comes to be, or is replaced by a newer one.

It writes a new file beside the old one, reads it back, keeps the old one as `NAME.bak`,
renames over it, and syncs the directory, so that a crash at any instant leaves the old file or
the new one. What becomes of the `NAME.bak` of before is for `OlderSaves` to say.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from wallet.errors import SaveUncertainError, VaultError
from wallet.secrets.sodium import Bytes
from wallet.system.disk import files, ownership
from wallet.system.disk.ownership import Owner
from wallet.system.interruption import saved
from wallet.system.oserrors import explain

OURS = 32
"""Bytes that every save of one vault begins with: magic, format, lengths and the vault's id."""

NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class OlderSaves(Protocol):
    """Looks after older saves while one is written. Each method is called with the lock held."""

    def make_way(self) -> None:
        """Put away what stands at `backup_path`, which the next step replaces. OSErrors count."""

    def make_room(self) -> bool:
        """The disk is full: give up the oldest that may go; False when nothing may."""

    def tidy(self) -> None:
        """The save is on the disk: let go of what is too old. Raises nothing."""


def save(
    path: Path,
    parts: Sequence[Bytes],
    verify: Callable[[], None],
    older: OlderSaves | None = None,
) -> None:
    """Replace the file at `path` (a real path), or make it, durably; the lock must be held.

    The new file is read back and compared with the parts. `verify` is called when that is done and
    nothing will be written again, so it may use up the parts; it raises `SaveFailedError` when
    they are not what was meant. The new file is the owner's of the old one, mode 0600. Raises
    `DiskFullError`, `PermissionRefusedError` or `SaveFailedError` with the old file as it was,
    or `SaveUncertainError` with the new one in its place.
    """
    new = files.temporary_name(path)
    try:
        try:
            owner = ownership.owner(path)
            remove_leftovers(path, bytes(parts[0][:OURS]))
            _write_where_room_is(new, parts, owner, older)
            verify()
            if path.exists():
                if older is not None:
                    older.make_way()
                files.second_name(path, files.backup_path(path), over=True)
            saved.set()
            files.replace(new, path)
        except OSError as error:
            raise explain(error, path, "saved") from error
    except BaseException:
        files.remove(new)
        raise
    confirm(path)
    if older is not None:
        older.tidy()


def confirm(path: Path) -> None:
    """Wait until the disk has the name of a new file. Raises `SaveUncertainError`."""
    try:
        files.sync_directory(path.parent)
    except OSError as error:
        raise SaveUncertainError(
            "The change is saved, but the system did not confirm that it reached the disk "
            f"({error.strerror}). A power cut now could bring the save before it back. Save "
            "something again, and look at the disk."
        ) from error


def _write_where_room_is(
    new: Path,
    parts: Sequence[Bytes],
    owner: Owner | None,
    older: OlderSaves | None,
) -> None:
    while True:
        try:
            return files.write_new(new, parts, owner)
        except OSError as error:
            if error.errno not in NO_ROOM or older is None or not older.make_room():
                raise


def remove_leftovers(path: Path, start: bytes) -> None:
    """Remove what a killed save left beside the vault; the lock must be held. Best effort.

    That is a regular file with exactly a temporary name, empty or beginning as this vault
    does (`start`), with no second link but the vault itself. Whatever else has such a name
    is somebody's.
    """
    with contextlib.suppress(OSError):
        for name in os.listdir(path.parent):
            if is_temporary(path, name) and _is_leftover(path.with_name(name), path, start):
                files.remove(path.with_name(name))


def is_temporary(path: Path, name: str) -> bool:
    """Whether a name is exactly one that a save of the file at `path` begins with."""
    return bool(re.fullmatch(re.escape(path.name) + r"\.new-[0-9a-f]{16}", name, re.ASCII))


def _is_leftover(file: Path, vault: Path, start: bytes) -> bool:
    try:
        status = os.lstat(file)
        if not stat.S_ISREG(status.st_mode):
            return False
        if status.st_nlink != 1:
            return os.path.samestat(status, os.lstat(vault))
        with files.reading(file) as leftover:
            written = leftover.read(len(start))
            return written == start[: len(written)]
    except (OSError, VaultError):
        return False
