"""Files that must not be lost, on disk: reading them safely, making, copying and locking them.

Nothing here knows what is in a vault. Every system call that a save makes goes through
`system`, where a test can make each of them fail.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from wallet.errors import NotARegularFileError, ReadsBackDifferentlyError, VaultMissingError
from wallet.secrets.sodium import Bytes
from wallet.system.disk import ownership
from wallet.system.disk.filelock import lock_file
from wallet.system.disk.ownership import Owner
from wallet.system.disk.regular_files import NotRegularError, open_regular
from wallet.system.oserrors import explain, no_links_here

if sys.platform != "win32":
    import fcntl

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
_CHUNK = 1 << 24
_BINARY = getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_REPLACE_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)

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
        """Wait until the disk has a file: on macOS fsync alone stops at the drive's own cache."""
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

    def own(self, descriptor: int, owner: Owner) -> None:
        ownership.give(descriptor, owner)

    def narrow(self, descriptor: int) -> None:
        if sys.platform != "win32":  # which has no modes, and where others may read is said apart
            os.fchmod(descriptor, FILE_MODE)


system = System()


class OpenFile:
    """A regular file, open for reading; it stays the same file when another replaces it."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self.size = size

    def read(self, length: int) -> bytes:
        """The next `length` bytes, fewer at the file's end."""
        return bytes(self.read_buffer(length))

    def read_buffer(self, length: int) -> bytearray:
        """The same, in a buffer that is the caller's."""
        try:
            return _read(self._descriptor, length)
        except OSError as error:
            raise explain(error, self._path, "read") from error


class ReadFile(Protocol):
    """Something that is read as a file, from its beginning: of `size` bytes in all.

    `read` gives the next bytes, `read_buffer` the same in a buffer that is the caller's.
    """

    @property
    def size(self) -> int: ...

    def read(self, length: int) -> bytes: ...

    def read_buffer(self, length: int) -> bytearray: ...


class FileInMemory:
    """The bytes of a file that is closed or gone, read as if it were open: a start, and the rest.

    The rest is handed over as it is, once, for it may be large.
    """

    def __init__(self, start: bytes, rest: bytearray) -> None:
        self._start, self._rest = start, rest
        self.size = len(start) + len(rest)

    def read(self, length: int) -> bytes:
        """The next `length` bytes of the start, fewer at its end."""
        read, self._start = self._start[:length], self._start[length:]
        return read

    def read_buffer(self, length: int) -> bytearray:
        """The rest, which is `length` bytes long, or shorter."""
        if self._start or length < len(self._rest):
            raise ValueError("the rest is read as a whole, behind the start")
        rest, self._rest = self._rest, bytearray()
        return rest


def is_gone(path: Path) -> bool:
    """Whether nothing stands at `path`; not so where the system only does not let us look."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def directory_identity(directory: Path) -> tuple[int, int] | None:
    """The numbers that tell a directory from another at its path, as below an unplugged disk."""
    try:
        status = os.stat(directory)
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextlib.contextmanager
def reading(path: Path) -> Iterator[OpenFile]:
    """Open a file that must be a regular one.

    Raises `VaultMissingError`, `NotARegularFileError` or `PermissionRefusedError`. A pipe or
    a device is recognised before it is opened, and never waited for.
    """
    try:
        descriptor, status = open_regular(path, follow=False, opener=system.open)
    except NotRegularError as error:
        if stat.S_ISLNK(error.mode):
            raise explain(error, path, "read") from error
        what = "a directory" if stat.S_ISDIR(error.mode) else "a pipe or a device"
        raise NotARegularFileError(f"{path} is {what}, not a vault file.") from None
    except OSError as error:
        raise explain(error, path, "read") from error
    try:
        yield OpenFile(path, descriptor, status.st_size)
    finally:
        with contextlib.suppress(OSError):
            system.close(descriptor)


def real_path(path: Path) -> Path:
    """Follow links to where the file really is, so that a symlinked vault stays one when saved."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise VaultMissingError(f"{path} leads to no file.") from error


def make_directory(directory: Path) -> None:
    """Make a directory, and those above it, for its owner alone (0700)."""
    for part in reversed((directory, *directory.parents)):
        try:
            if not part.exists():
                part.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
        except OSError as error:
            raise explain(error, part, "made") from error


@contextlib.contextmanager
def locked(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock that every writer of the vault takes, waiting up to `wait` seconds.

    Raises `BusyError` when another process keeps it, `NotARegularFileError` when something
    that is not a plain file stands in the lock's place, and `PermissionRefusedError` when the
    lock cannot be made as the vault's owner's. The file is never deleted: a second process
    could otherwise lock a file that is no longer there.
    """
    lock = lock_path(path)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock_file(lock, wait, ownership.owner(path)))
        except OSError as error:
            raise explain(error, lock, "opened") from error
        yield


def lock_path(path: Path) -> Path:
    """The path of the lock that writers of the vault at `path` take."""
    return path.with_name(path.name + ".lock")


def backup_path(path: Path) -> Path:
    """The path at which a save keeps the file that it replaces."""
    return path.with_name(path.name + ".bak")


def write_new(
    new: Path,
    parts: Sequence[Bytes],
    owner: Owner | None = None,
) -> None:
    """Make a file where none is, 0600, on the disk, and read it back.

    It is `owner`'s before a byte is in it, and removed again where something goes wrong.
    Raises OSError, `PermissionRefusedError` where it cannot be given to that owner, and
    `ReadsBackDifferentlyError`.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY
    descriptor = system.open(new, flags)
    try:
        try:
            if owner is not None:
                system.own(descriptor, owner)
            for part in parts:
                _write(descriptor, memoryview(part))
            system.sync(descriptor)
            os.lseek(descriptor, 0, os.SEEK_SET)
            if not _holds(descriptor, parts):
                raise ReadsBackDifferentlyError(f"{new} reads back differently.")
        finally:
            system.close(descriptor)
    except BaseException:
        remove(new)
        raise


def _write(descriptor: int, rest: memoryview) -> None:
    while rest:
        rest = rest[system.write(descriptor, rest[:_CHUNK]) :]


def _holds(descriptor: int, parts: Sequence[Bytes]) -> bool:
    """Whether a file holds these parts and nothing else, compared in pieces: they may be large."""
    for part in parts:
        at = 0
        while at < len(part):
            piece = system.read(descriptor, min(len(part) - at, _CHUNK))
            if not piece or piece != part[at : at + len(piece)]:
                return False
            at += len(piece)
    return not system.read(descriptor, 1)


def _read(descriptor: int, length: int) -> bytearray:
    """The next `length` bytes, fewer at the file's end."""
    content, at = bytearray(length), 0
    while at < length:
        piece = system.read(descriptor, min(length - at, _CHUNK))
        if not piece:
            break
        content[at : at + len(piece)] = piece
        at += len(piece)
    del content[at:]
    return content


def second_name(path: Path, name: Path, *, over: bool = False) -> None:
    """Give a file another name, or a copy where links fail; from then on 0600.

    What stands at `name` is replaced, or raises FileExistsError. Raises OSError.
    """
    spare = temporary_name(path) if over else name
    try:
        try:
            system.link(path, spare)
        except OSError as error:
            if not no_links_here(error):
                raise
            copy(path, spare)
        _narrow(spare)
        if over:
            replace(spare, name)
    finally:
        if over:
            # A rename between two names of one file does nothing, and leaves the first.
            remove(spare)


def _narrow(path: Path) -> None:
    """Take a file that others may read from them, best effort."""
    if sys.platform == "win32" or not stat.S_IMODE(os.lstat(path).st_mode) & ~FILE_MODE:
        return
    with contextlib.suppress(OSError):
        descriptor = system.open(path, os.O_RDONLY | _NOFOLLOW | _NONBLOCK)
        try:
            system.narrow(descriptor)
        finally:
            system.close(descriptor)


def copy(old: Path, new: Path) -> None:
    """Copy a file to where none is, its owner's and 0600, read back. Raises OSError."""
    source = system.open(old, os.O_RDONLY | _BINARY | _NOFOLLOW)
    try:
        content = _read(source, os.fstat(source).st_size)
    finally:
        system.close(source)

    try:
        write_new(new, [content], ownership.owner(old))
    except ReadsBackDifferentlyError as error:
        raise OSError(errno.EIO, "the copy reads back differently") from error


def replace(old: Path, new: Path) -> None:
    """Rename over. Windows refuses while another program has the file open: try again."""
    for pause in _REPLACE_PAUSES if sys.platform == "win32" else ():
        try:
            return system.replace(old, new)
        except PermissionError:
            time.sleep(pause)
    return system.replace(old, new)


def sync_directory(directory: Path) -> None:
    """Wait until the disk has the names in a directory. Raises OSError."""
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


def temporary_name(path: Path) -> Path:
    """A name beside `path` for what is not finished, which the next save knows again."""
    return path.with_name(f"{path.name}.new-{os.urandom(8).hex()}")


def remove(path: Path) -> None:
    """Remove a name, best effort."""
    with contextlib.suppress(OSError):
        system.unlink(path)
