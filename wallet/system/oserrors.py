"""The system's errors about a file, as the wallet's: a class to handle and a sentence to read."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from wallet.errors import (
    DiskFullError,
    NotARegularFileError,
    PermissionRefusedError,
    SaveFailedError,
    VaultError,
    VaultMissingError,
)

_SENTENCES: dict[int, tuple[type[VaultError], str]] = {
    errno.ENOENT: (VaultMissingError, "There is no vault at {path}."),
    errno.ENOTDIR: (VaultMissingError, "There is no vault at {path}."),
    errno.ELOOP: (
        NotARegularFileError,
        "{path} cannot be {done}: a symbolic link stands in the way, and was not followed.",
    ),
    errno.EISDIR: (
        NotARegularFileError,
        "{path} cannot be {done}: {obstacle} stands in the way.",
    ),
    errno.EACCES: (
        PermissionRefusedError,
        "The system does not allow {path} to be {done}. Look at who owns it and its directory.",
    ),
    errno.ENAMETOOLONG: (
        SaveFailedError,
        "{path} cannot be {done}: a name in it is longer than the file system allows.",
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


# ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED: Python has no errno for all.
_WINDOWS_FULL = {39, 112, 1295}
# ERROR_INVALID_FUNCTION, as FAT answers; ERROR_NOT_SUPPORTED, ERROR_NOT_SAME_DEVICE,
# ERROR_TOO_MANY_LINKS. Source: winerror.h.
_WINDOWS_NO_LINKS = {1, 50, 17, 1142}
_NO_LINKS = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EMLINK,
    errno.EXDEV,
}


def no_links_here(error: OSError) -> bool:
    """Whether the error of a hard link says that the file system has none: then a copy does."""
    if (code := getattr(error, "winerror", None)) is not None:
        return code in _WINDOWS_NO_LINKS or error.errno in _NO_LINKS
    return error.errno in _NO_LINKS


def _no_directory(path: Path) -> str:
    """The sentence about a place for a file whose directory is not there, or is a file."""
    above = next((part for part in path.parents if os.path.lexists(part)), None)
    if above is None or os.path.isdir(above):
        return "{path} cannot be {done}: its directory is not there."
    above_it = str(above).replace("{", "{{").replace("}", "}}")
    return f"{{path}} cannot be {{done}}: {above_it} is no directory. Name another place."


def _obstacle(error: OSError, path: Path) -> str:
    """The directory where a file was to be: it may be a backup's place, not the path itself."""
    named = error.filename2 or error.filename
    if isinstance(named, str) and named != str(path) and os.path.isdir(named):
        return f"the directory {named}"
    return "a directory"


def explain(error: OSError, path: Path, done: str) -> VaultError:
    """The wallet's error for a system's; `done` is what was to happen: read, saved, locked."""
    if getattr(error, "winerror", None) in _WINDOWS_FULL:
        error_and_sentence: tuple[type[VaultError], str] | None = _SENTENCES[errno.ENOSPC]
    elif isinstance(error, PermissionError):
        error_and_sentence = _SENTENCES[errno.EACCES]
    else:
        error_and_sentence = _SENTENCES.get(error.errno or 0)
    if error_and_sentence is not None:
        kind, sentence = error_and_sentence
        if kind is VaultMissingError and done != "read":
            sentence = _no_directory(path)
        return kind(sentence.format(path=path, done=done, obstacle=_obstacle(error, path)))
    what = error.strerror or type(error).__name__
    if done == "saved":
        return SaveFailedError(
            f"{path} could not be saved ({what}). What was saved before is as it was."
        )
    return VaultError(f"{path} could not be {done} ({what}).")
