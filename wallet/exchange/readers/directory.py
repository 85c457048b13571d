"""Walking through a directory, within bounds, without leaving it.

No symbolic link is followed, so a loop cannot trap the walk and a link cannot lead it
elsewhere: what a link inside points to inside is met by its own name, once. Directories are opened
one from the other, so that none can be exchanged for a link between the look and the step.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from wallet.exchange.readers.file_content import FileContent, not_regular, opened
from wallet.exchange.readers.material import Findings
from wallet.exchange.readers.texts.source_text import tells_of_keys

MAX_DEPTH = 24
MAX_ENTRIES = 1_000_000

_BY_DESCRIPTOR = os.scandir in os.supports_fd and os.open in os.supports_dir_fd
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)


class WalkedFile(NamedTuple):
    """A regular file that the walk met: its whole path, and its directory's descriptor."""

    path: str
    name: str
    directory: int | None

    @property
    def telling(self) -> bool:
        """Whether its name promises a key."""
        return tells_of_keys(self.name)

    def open(self) -> FileContent:
        """Its content, to be used as a context manager. Raises `NotOpenedError`."""
        if self.directory is None:
            return opened(self.path, follow=False)
        return opened(self.name, directory=self.directory, follow=False)


def walk(root: Path, into: Findings, max_entries: int = MAX_ENTRIES) -> Iterator[WalkedFile]:
    """Every regular file beneath `root`, in the order of names. What is not gone into is refused.

    An entry is to be opened before the next one is asked for.
    """
    yield from _Walk(root, into, max_entries).entries()


class _Walk:
    def __init__(self, root: Path, into: Findings, max_entries: int) -> None:
        self._root, self._into, self._left = str(root), into, max_entries

    def entries(self) -> Iterator[WalkedFile]:
        if not _BY_DESCRIPTOR:
            yield from self._within(self._root, None, 0)
            return
        try:
            # The directory that was named may be a link; those beneath it may not.
            descriptor = os.open(self._root, _DIRECTORY)
        except (OSError, ValueError) as error:
            self._refuse(self._root, error)
            return
        try:
            yield from self._within(self._root, descriptor, 0)
        finally:
            os.close(descriptor)

    def _within(self, path: str, descriptor: int | None, depth: int) -> Iterator[WalkedFile]:
        before = os.path.join(path, "")
        for entry in self._listed(path, descriptor):
            where = before + entry.name
            if self._left <= 0:
                return
            self._left -= 1
            if self._left == 0:
                self._into.refuse(
                    self._root, "There is too much in it: what comes after was not looked at."
                )
                return
            try:
                if is_junction(entry):
                    self._into.passed_over += 1
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._deeper(where, entry.name, descriptor, depth + 1)
                    continue
                if entry.is_file(follow_symlinks=False):
                    yield WalkedFile(where, entry.name, descriptor)
                    continue
                mode = entry.stat(follow_symlinks=False).st_mode
            except OSError as error:
                self._refuse(where, error)
                continue
            if tells_of_keys(entry.name) and not (
                stat.S_ISLNK(mode) and self._is_met_elsewhere(where)
            ):
                self._into.refuse(where, not_regular(mode))
            else:
                self._into.passed_over += 1

    def _is_met_elsewhere(self, link: str) -> bool:
        """Whether a link leads to a file within, which the walk meets by its own name.

        So are the secrets that Kubernetes mounts: `user.creds` → `..data/user.creds`, and
        `..data` → `..2026_11_26_08_15_00.1`.
        """
        real, root = os.path.realpath(link), os.path.realpath(self._root)
        return real.startswith(os.path.join(root, "")) and os.path.isfile(real)

    def _deeper(self, path: str, name: str, above: int | None, depth: int) -> Iterator[WalkedFile]:
        if depth > MAX_DEPTH:
            self._into.refuse(path, f"It lies more than {MAX_DEPTH} directories deep.")
            return
        if above is None:
            yield from self._within(path, None, depth)
            return
        try:
            descriptor = os.open(name, _DIRECTORY | _NOFOLLOW, dir_fd=above)
        except OSError as error:
            self._refuse(path, error)
            return
        try:
            yield from self._within(path, descriptor, depth)
        finally:
            os.close(descriptor)

    def _listed(self, path: str, descriptor: int | None) -> list[os.DirEntry[str]]:
        """List a directory by name, no more of it than may still be looked at."""
        try:
            with os.scandir(path if descriptor is None else descriptor) as scan:
                return sorted(islice(scan, self._left + 1), key=lambda entry: entry.name)
        except OSError as error:
            self._refuse(path, error)
            return []

    def _refuse(self, path: str, error: OSError | ValueError) -> None:
        why = getattr(error, "strerror", None) or "no directory can be called that"
        self._into.refuse(path, f"It cannot be gone through: {why}.")


def is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether this is one of Windows' directories that are another's: not followed, as a link.

    A reparse point with the tag IO_REPARSE_TAG_MOUNT_POINT (winnt.h); Python tells no other way
    before 3.12.
    """
    if sys.platform != "win32" and os.name != "nt":
        return False
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag == 0xA0000003)
