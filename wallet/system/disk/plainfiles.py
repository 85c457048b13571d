"""Writing files for other programs: for their owner only, and never over another unasked."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from pathlib import Path

from wallet.errors import UsageError
from wallet.secrets.sodium import Bytes
from wallet.system.disk.files import DIRECTORY_MODE, FILE_MODE, system
from wallet.system.oserrors import explain

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_FLAGS |= getattr(os, "O_BINARY", 0)


def who_reads(platform: str = sys.platform) -> str:
    """Say who can read a file that was just written, as the middle of a sentence."""
    if platform == "win32":
        return "whoever may read its folder can read it"
    return "only you can read it now (mode 0600)"


class FileExistsAlreadyError(UsageError):
    """Something stands at the path, and it was not said that it may be written over."""

    on_command_line = "To write over it: --force."


def write(path: Path, data: Bytes, *, overwrite: bool = False) -> None:
    """Write a new file, mode 0600 from its first byte, and sync it; 0700 for new directories.

    With `overwrite` the file takes another's place in one step, so that no reader finds half of
    it; a symbolic link is replaced, not followed. Raises `FileExistsAlreadyError`, and what
    `files.explain` makes of a disk that is full or says no.
    """
    try:
        _make(path.parent)
        if not overwrite:
            _create(path, data)
            return
        beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}")
        try:
            _create(beside, data)
            os.replace(beside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
    except FileExistsError:
        raise FileExistsAlreadyError(
            f"There is something at {path} already, and it was left as it is. Name another place, "
            "or say that it may be written over."
        ) from None
    except OSError as error:
        raise explain(error, path, "write") from error


def _make(directory: Path) -> None:
    """The directory with all above it that is missing, each 0700."""
    if not directory.is_dir():
        _make(directory.parent)
        directory.mkdir(mode=DIRECTORY_MODE, exist_ok=True)


def _create(path: Path, data: Bytes) -> None:
    descriptor = os.open(path, _FLAGS, FILE_MODE)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            system.sync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
