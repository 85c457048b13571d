"""The vault's file on disk: reading it safely, and the saving protocol.

Nothing here knows what is in a vault. A save writes a new file beside the old one, reads it
back, keeps the old one as `NAME.bak`, renames over it, and syncs the directory, so that a
crash at any instant leaves the old file or the new one. Every system call that a save makes
goes through `system`, where a test can make each of them fail.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from wallet.errors import (
    DiskFullError,
    NotARegularFileError,
    PermissionRefusedError,
    SaveFailedError,
    SaveUncertainError,
    VaultError,
    VaultMissingError,
)
from wallet.sodium import Bytes
from wallet.system.filelock import lock_file

if sys.platform != "win32":
    import fcntl

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
_CHUNK = 1 << 24
_BINARY = getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_REPLACE_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)

_NO_LINKS = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EMLINK,
    errno.EXDEV,
}


_NO_DIRECTORY_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class System:
    """The system calls of a save. Tests stand something else in its place."""

    def open(self, path: Path, flags: int, mode: int = FILE_MODE) -> int:
        return os.open(path, flags, mode)

    def write(self, descriptor: int, data: memoryview) -> int:
        return os.write(descriptor, data)

    def read(self, descriptor: int, length: int) -> bytes:
        return os.read(descriptor, length)

    def sync(self, descriptor: int) -> None:
        """Until the disk has it: on macOS fsync alone stops at the drive's own cache."""
        if sys.platform == "darwin":
            try:
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            except OSError:
                os.fsync(descriptor)
        else:
            os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def link(self, old: Path, new: Path) -> None:
        os.link(old, new)

    def replace(self, old: Path, new: Path) -> None:
        os.replace(old, new)

    def unlink(self, path: Path) -> None:
        os.unlink(path)


system = System()


class OpenFile:
    """A regular file, open for reading; it stays the same file when another replaces it."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self.size = size

    def read(self, length: int) -> bytes:
        """The next `length` bytes, fewer at the file's end."""
        try:
            return _read(self._descriptor, length)
        except OSError as error:
            raise explain(error, self._path, "read") from error


@contextlib.contextmanager
def reading(path: Path) -> Iterator[OpenFile]:
    """Open a file that must be a regular one.

    Raises `VaultMissingError`, `NotARegularFileError` or `PermissionRefusedError`. A pipe or
    a device is recognised before it is opened, and never waited for.
    """
    try:
        _check_regular(os.stat(path), path)
        descriptor = system.open(path, os.O_RDONLY | _BINARY | _NONBLOCK | _NOFOLLOW)
    except OSError as error:
        raise explain(error, path, "read") from error
    try:
        status = os.fstat(descriptor)
        _check_regular(status, path)
        yield OpenFile(path, descriptor, status.st_size)
    finally:
        with contextlib.suppress(OSError):
            system.close(descriptor)


def _check_regular(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        what = "a directory" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise NotARegularFileError(f"{path} is {what}, not a vault file.")


def real_path(path: Path) -> Path:
    """Where the file really is, so that a symlinked vault stays a symlink when saved."""
    try:
        return Path(os.path.realpath(path.expanduser()))
    except (OSError, RuntimeError, ValueError) as error:
        raise VaultMissingError(f"{path} leads to no file.") from error


def make_directory(directory: Path) -> None:
    """Make a directory, and those above it, for its owner alone (0700)."""
    missing = [part for part in (directory, *directory.parents) if not part.exists()]
    for part in reversed(missing):
        try:
            part.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
        except OSError as error:
            raise explain(error, part, "made") from error


@contextlib.contextmanager
def locked(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock that every writer of the vault takes, waiting up to `wait` seconds.

    Raises `BusyError` when another process keeps it, and `NotARegularFileError` when
    something that is not a plain file stands in the lock's place. The file is never deleted:
    a second process could otherwise lock a file that is no longer there.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(lock_file(path.with_name(path.name + ".lock"), wait))
        except OSError as error:
            raise explain(error, path, "locked") from error
        yield


def backup_path(path: Path) -> Path:
    """Where a save keeps the file that it replaces."""
    return path.with_name(path.name + ".bak")


def save(path: Path, parts: Sequence[Bytes], verify: Callable[[bytes], None]) -> None:
    """Replace the file at `path` (a real path), or make it, durably; the lock must be held.

    `verify` gets the bytes as read back from the new file and raises `SaveFailedError` when
    they are not what was meant. Raises `DiskFullError`, `PermissionRefusedError` or
    `SaveFailedError` with the old file as it was, or `SaveUncertainError` with the new one in
    its place.
    """
    new = path.with_name(f"{path.name}.new-{os.urandom(8).hex()}")
    _remove_leftovers(path)
    try:
        try:
            _write_new(new, parts, verify)
            if path.exists():
                _keep_backup(path)
            _replace(new, path)
        except OSError as error:
            raise explain(error, path, "saved") from error
    except BaseException:
        _remove(new)
        raise
    try:
        _sync_directory(path.parent)
    except OSError as error:
        raise SaveUncertainError(
            "The change is saved, but the system did not confirm that it reached the disk "
            f"({error.strerror}). A power cut now could bring the save before it back. Save "
            "something again, and look at the disk."
        ) from error


def _write_new(new: Path, parts: Sequence[Bytes], verify: Callable[[bytes], None]) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY
    descriptor = system.open(new, flags)
    try:
        for part in parts:
            _write(descriptor, memoryview(part))
        system.sync(descriptor)
        os.lseek(descriptor, 0, os.SEEK_SET)
        verify(_read(descriptor, sum(map(len, parts)) + 1))
    finally:
        system.close(descriptor)


def _write(descriptor: int, rest: memoryview) -> None:
    while rest:
        rest = rest[system.write(descriptor, rest[:_CHUNK]) :]


def _read(descriptor: int, length: int) -> bytes:
    chunks: list[bytes] = []
    while length > 0:
        chunk = system.read(descriptor, length)
        if not chunk:
            break
        chunks.append(chunk)
        length -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _keep_backup(path: Path) -> None:
    """Give the file a second name, so that replacing it leaves it under that name."""
    backup = backup_path(path)
    spare = path.with_name(f"{path.name}.new-{os.urandom(8).hex()}")
    try:
        try:
            system.link(path, spare)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _copy(path, spare)
        _replace(spare, backup)
    finally:
        # A rename between two names of one file does nothing, and leaves the first.
        _remove(spare)


def _copy(old: Path, new: Path) -> None:
    source = system.open(old, os.O_RDONLY | _BINARY | _NOFOLLOW)
    try:
        content = _read(source, os.fstat(source).st_size)
    finally:
        system.close(source)
    _write_new(new, [content], lambda _: None)


def _replace(old: Path, new: Path) -> None:
    """Rename over. Windows refuses while another program has the file open: try again."""
    for pause in _REPLACE_PAUSES if sys.platform == "win32" else ():
        try:
            return system.replace(old, new)
        except PermissionError:
            time.sleep(pause)
    return system.replace(old, new)


def _sync_directory(directory: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = system.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        system.sync(descriptor)
    except OSError as error:
        # Some file systems know no such thing, and never will: that is no news at each save.
        if error.errno not in _NO_DIRECTORY_SYNC:
            raise
    finally:
        system.close(descriptor)


def _remove_leftovers(path: Path) -> None:
    """Remove what a killed save left beside the vault. Best effort."""
    with contextlib.suppress(OSError):
        for leftover in path.parent.glob(_literal(path.name) + ".new-*"):
            _remove(leftover)


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        system.unlink(path)


_SENTENCES: dict[int, tuple[type[VaultError], str]] = {
    errno.ENOENT: (VaultMissingError, "There is no vault at {path}."),
    errno.ENOTDIR: (VaultMissingError, "There is no vault at {path}."),
    errno.ELOOP: (
        NotARegularFileError,
        "{path} cannot be {done}: a symbolic link stands in the way, and was not followed.",
    ),
    errno.EISDIR: (
        NotARegularFileError,
        "{path} cannot be {done}: a directory stands in the way.",
    ),
    errno.EACCES: (
        PermissionRefusedError,
        "The system does not allow {path} to be {done}. Look at who owns it and its directory.",
    ),
    errno.EROFS: (
        PermissionRefusedError,
        "{path} cannot be {done}: its file system is read-only.",
    ),
    errno.ENOSPC: (
        DiskFullError,
        "{path} cannot be {done}: the disk is full. What was saved before is as it was. Make "
        "room and try again.",
    ),
    errno.EFBIG: (
        SaveFailedError,
        "{path} cannot be {done}: the system limits how large a file may be. What was saved "
        "before is as it was.",
    ),
}
_SENTENCES[errno.EPERM] = _SENTENCES[errno.EACCES]
_SENTENCES[getattr(errno, "EDQUOT", errno.ENOSPC)] = _SENTENCES[errno.ENOSPC]


def explain(error: OSError, path: Path, done: str) -> VaultError:
    """The wallet's error for a system's; `done` is what was to happen: read, saved, locked."""
    if isinstance(error, PermissionError):
        known: tuple[type[VaultError], str] | None = _SENTENCES[errno.EACCES]
    else:
        known = _SENTENCES.get(error.errno or 0)
    if known is not None:
        kind, sentence = known
        return kind(sentence.format(path=path, done=done))
    what = error.strerror or type(error).__name__
    if done == "saved":
        return SaveFailedError(
            f"{path} could not be saved ({what}). What was saved before is as it was."
        )
    return VaultError(f"{path} could not be {done} ({what}).")
