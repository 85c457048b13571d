"""Writing files for other programs: for their owner only, and never over another unasked."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from wallet.errors import UsageError, VaultError
from wallet.secrets.sodium import Bytes
from wallet.system.disk.files import DIRECTORY_MODE, FILE_MODE, sync_directory, system
from wallet.system.oserrors import explain

_FEW = 16  # files of an export that are flushed one by one
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_FLAGS |= getattr(os, "O_BINARY", 0)
_NAMELESS = getattr(os, "O_TMPFILE", 0)  # a file without a name, which goes with the process
_NO_NAMING = {errno.ENOENT, errno.EXDEV, errno.EPERM, errno.EACCES, errno.EOPNOTSUPP}


def who_reads(platform: str = sys.platform) -> str:
    """Say who can read a file that was just written, as the middle of a sentence."""
    if platform == "win32":
        return "whoever may read its folder can read it"
    return "only you can read it now (mode 0600)"


class FileExistsAlreadyError(UsageError):
    """Something stands at the path, and it was not said that it may be written over."""


class WriteFile(Protocol):
    """A function that writes a file as `write` does."""

    def __call__(self, path: Path | str, data: Bytes, *, overwrite: bool = False) -> None: ...


@contextlib.contextmanager
def together(count: int) -> Iterator[WriteFile]:
    """Write `count` files with the function that is given: many reach the disk at once, at the end.

    A flush for each of 30,000 files takes longer than all the rest. Before the end a crash of the
    machine can leave new files missing, cut off or empty; what they take the place of is flushed
    one by one, so that none of that is lost. Raises what `write` raises.
    """
    if count <= _FEW or sys.platform != "linux":  # elsewhere there is no flush that is waited for
        yield write
        return
    devices: dict[int, Path] = {}
    directories: set[str] = set()

    def write_file(path: Path | str, data: Bytes, *, overwrite: bool = False) -> None:
        if overwrite and os.path.lexists(path):
            write(path, data, overwrite=True)
            return
        with _Explained(path):
            directory = os.path.dirname(path)
            if directory not in directories:
                _make(Path(directory))
                directories.add(directory)
                devices.setdefault(os.stat(directory or os.curdir).st_dev, Path(directory))
            _create(path, data, sync=False)

    try:
        yield write_file
    finally:
        for directory in devices.values():
            with _Explained(directory):
                sync_file_system(directory)


def sync_file_system(place: Path) -> None:
    """On Linux, wait until the disk has all of the file system of `place`. Raises OSError."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)


def write(path: Path | str, data: Bytes, *, overwrite: bool = False) -> None:
    """Write a new file, mode 0600 from its first byte, and sync it; 0700 for new directories.

    With `overwrite` the file takes another's place in one step, so that no reader finds half of
    it; a symbolic link is replaced, not followed. On Linux a process that is killed meanwhile
    leaves nothing but the whole file, where the file system can do that. Raises
    `FileExistsAlreadyError`, and what `files.explain` makes of a disk that is full or says no.
    """
    path = Path(path)
    with _Explained(path):
        _make(path.parent)
        if not overwrite:
            _create_whole(path, data)
        else:
            beside = path.with_name(f".{path.name[:100]}.{os.urandom(6).hex()}")
            try:
                _create_whole(beside, data, over=path)
            except BaseException:
                with contextlib.suppress(OSError):
                    beside.unlink()
                raise
        with contextlib.suppress(OSError):  # the file is there all the same
            sync_directory(path.parent)


class _Explained:
    """While something is written at a place: what the system says of it becomes a sentence."""

    __slots__ = ("_place",)

    def __init__(self, place: Path | str) -> None:
        self._place = place

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileExistsError):
            raise FileExistsAlreadyError(
                f"There is something at {self._place} already, and it was left as it is. Name "
                "another place."
            ) from None
        if isinstance(error, FileNotFoundError):
            raise VaultError(
                f"{self._place} could not be written: its directory is not there any more."
            ) from error
        if isinstance(error, OSError):
            raise explain(error, Path(self._place), "written") from error


def _make(directory: Path) -> None:
    """The directory with all above it that is missing, each 0700."""
    if not directory.is_dir():
        _make(directory.parent)
        try:
            directory.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
        except FileExistsError:  # and it is none
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


def _create_whole(path: Path, data: Bytes, over: Path | None = None) -> None:
    """Make a file as `_create` does, and name it when it is whole, where the system can.

    Then it takes the place of what is `over` there.
    """
    try:
        descriptor = os.open(path.parent, os.O_WRONLY | _NAMELESS, FILE_MODE) if _NAMELESS else -1
    except OSError:
        descriptor = -1
    try:
        if descriptor < 0 or not _named_when_whole(descriptor, path, data):
            _create(path, data)
        if over is not None:
            os.replace(path, over)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _named_when_whole(descriptor: int, path: Path, data: Bytes) -> bool:
    """Write a file that has no name, and give it one; False where the system gives it none."""
    _fill(descriptor, data, sync=True)
    try:
        # With a descriptor, or Python does not follow the link that stands in /proc.
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor)
    except OSError as error:
        if error.errno in _NO_NAMING:
            return False
        raise
    return True


def _create(path: Path | str, data: Bytes, *, sync: bool = True) -> None:
    descriptor = os.open(path, _FLAGS, FILE_MODE)
    try:
        try:
            _fill(descriptor, data, sync=sync)
        finally:
            os.close(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def _fill(descriptor: int, data: Bytes, *, sync: bool) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    if sync:
        system.sync(descriptor)
