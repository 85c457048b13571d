"""Deleting one file, and no other, however somebody changes the directories around it meanwhile.

The file's directory is opened from the root, one step from the other and through no link, and the
file is looked at, compared and unlinked through what was opened: a directory that is put in its
place while the unlinking waits is not the one that was opened. Where a system has no such calls
(Windows) nothing is deleted.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from wallet.exchange.readers.file_content import NotOpenedError, opened
from wallet.exchange.readers.material import Findings, PlainFile

_NEEDED = (os.open, os.stat, os.unlink)
POSSIBLE = all(call in os.supports_dir_fd for call in _NEEDED) and hasattr(os, "O_NOFOLLOW")
_STEP = (
    getattr(os, "O_PATH", getattr(os, "O_SEARCH", os.O_RDONLY))
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
unlink = os.unlink


def delete(file: PlainFile, findings: Findings) -> None:
    """Delete the file, when it still is what was read, and see that it is gone.

    Raises `NotOpenedError` when it is another by now, or is still there afterwards, and
    `OSError`.
    """
    if not POSSIBLE:
        raise NotOpenedError("This system has no way to delete just the file that was read.")
    place, name = os.path.split(file.real)
    with _directory(place) as directory:
        with opened(name, directory=directory, follow=False) as now:
            if findings.digest(now.content) != file.digest:
                raise NotOpenedError(CHANGED)
        _compare(file, os.stat(name, dir_fd=directory, follow_symlinks=False))
        unlink(name, dir_fd=directory)
        try:
            os.stat(name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            return
        raise NotOpenedError("The system says that it was deleted, and it is still there.")


CHANGED = "It is no longer the file that was imported."
SECOND_NAME = "It has a second name, under which it would stay."


def _compare(file: PlainFile, now: os.stat_result) -> None:
    if (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns) != (
        *(file.device, file.inode),
        *(file.size, file.modified),
    ) or not stat.S_ISREG(now.st_mode):
        raise NotOpenedError(CHANGED)
    if now.st_nlink != 1:
        raise NotOpenedError(SECOND_NAME)


@contextmanager
def _directory(path: str) -> Iterator[int]:
    """A descriptor of the directory, reached from the root step by step, through no link."""
    with ExitStack() as descriptors:
        at = os.open(os.sep, _STEP)
        descriptors.callback(os.close, at)
        for part in filter(None, path.split(os.sep)):
            at = os.open(part, _STEP, dir_fd=at)
            descriptors.callback(os.close, at)
        yield at
