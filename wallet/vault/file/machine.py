"""The machine that writes: a random number, by which its strand of the history is told apart.

It lies beside the newest saves that were seen, and goes nowhere but into vaults, sealed. Where
nothing can be remembered it is made of who writes and where, so that it stays the same.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from wallet.secrets import sodium
from wallet.system.disk import ownership, paths, regular_files
from wallet.system.disk.filelock import lock_file
from wallet.system.disk.regular_files import NotRegularError, TooLargeError
from wallet.vault.file import newest_save

LENGTH = 16


def identity(writer: str) -> bytes:
    """The number of this machine and user, 16 bytes, made where there is none yet.

    `writer` is a name for them, to go by where none can be kept.
    """
    with contextlib.suppress(Exception):
        file = newest_save.directory() / "machine"
        return _kept(file) or _new(file)
    return bytes(sodium.blake2b(os.fsencode(writer), length=LENGTH))


def _kept(file: Path) -> bytes | None:
    try:
        content = regular_files.content(file, 2 * LENGTH + 1, follow=False)
    except (FileNotFoundError, NotRegularError, TooLargeError):
        return None
    with contextlib.suppress(ValueError):
        number = bytes.fromhex(content.decode("ascii").strip())
        return number if len(number) == LENGTH and any(number) else None
    return None


def _new(file: Path) -> bytes:
    """Make a number and keep it, unless another process has done so meanwhile."""
    if not file.parent.is_dir():
        ownership.make_directory(file.parent)
        paths.keep_out_of_backups(file.parent)
    with lock_file(file.with_name(f"{file.name}.lock"), 0.2, ownership.owner(file.parent)):
        number = _kept(file) or bytes(sodium.random(LENGTH))
        newest_save.put_in_place(file, number.hex().encode("ascii"))
    return number
