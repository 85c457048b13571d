"""A lock between processes, on a file of its own that is never deleted."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom

from wallet.errors import BusyError, NotARegularFileError, PermissionRefusedError
from wallet.system.disk import ownership
from wallet.system.disk.ownership import Owner

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        # flock belongs to the open file, so two vaults in one process exclude each other too.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


_MODE = 0o600
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_PAUSE = 0.002
_LONGEST_PAUSE = 0.02
_random = SystemRandom()


@contextlib.contextmanager
def lock_file(path: Path, wait: float, owner: Owner | None = None) -> Iterator[None]:
    """Hold the lock on `path`, waiting up to `wait` seconds.

    A missing file is made, 0600 and `owner`'s. One that root left there before is given to
    the owner, whom it would shut out. Raises `BusyError` when the lock was not to be had,
    `NotARegularFileError` when a link, pipe or directory stands there,
    `PermissionRefusedError` when it cannot be made the owner's, and OSError for what else the
    system says on opening it.
    """
    descriptor = _acquire(path, time.monotonic() + wait, owner)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            _unlock(descriptor)
        with contextlib.suppress(OSError):  # what was done under it is done
            os.close(descriptor)


def _acquire(path: Path, deadline: float, owner: Owner | None) -> int:
    pause = _PAUSE
    while True:
        descriptor = _open(path, owner)
        try:
            _try_lock(descriptor)
            if _is_still_there(descriptor, path):
                return descriptor
        except OSError as error:
            os.close(descriptor)
            if not isinstance(error, (BlockingIOError, PermissionError)):
                raise
        except BaseException:
            os.close(descriptor)
            raise
        else:
            os.close(descriptor)
        if time.monotonic() >= deadline:
            raise BusyError(
                "Another window or program is changing the vault and did not finish. Nothing "
                "was changed; try again in a moment."
            )
        time.sleep(pause * _random.uniform(0.5, 1.0))
        pause = min(pause * 2, _LONGEST_PAUSE)


def _open(path: Path, owner: Owner | None) -> int:
    if path.is_symlink():
        raise NotARegularFileError(
            f"{path} is a symbolic link. The wallet never writes through one; remove it."
        )
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        return _make(path, owner)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotARegularFileError(f"{path} must be a plain file, and is none; remove it.")
    if owner is not None and status.st_uid == 0 and status.st_nlink == 1 and not status.st_size:
        # Nothing but a lock of root's that shuts the owner out: a file of worth has bytes.
        with contextlib.suppress(PermissionRefusedError):
            ownership.give(descriptor, owner)
    return descriptor


def _make(path: Path, owner: Owner | None) -> int:
    try:
        descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:  # another process made it at the same time
        return _open(path, owner)
    try:
        if owner is not None:
            ownership.give(descriptor, owner)
    except BaseException:
        os.close(descriptor)
        os.unlink(path)  # whoever opened it meanwhile sees that it is gone
        raise
    return descriptor


def _is_still_there(descriptor: int, path: Path) -> bool:
    """Whether the path still names the locked file: someone may have deleted it by hand."""
    if sys.platform == "win32":
        return True  # an open file cannot be deleted there
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False
