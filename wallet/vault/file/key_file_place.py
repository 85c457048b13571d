"""Remembers where a vault's key file lay, so that it need not be named each time: best effort.

Only the path, beside what was seen of the vault, in the user's own state directory. Whoever can
read that learns where to look, as from a shell's history; the key file itself is never copied.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from wallet.errors import NoHomeError
from wallet.system.disk import ownership, paths, regular_files
from wallet.system.disk.filelock import lock_file
from wallet.vault.file import newest_save

_LONGEST = 4096


def remembered(vault_id: bytes) -> Path | None:
    """The path of the key file that last opened the vault here; None where none is known."""
    with contextlib.suppress(OSError, ValueError, NoHomeError):
        path = Path(os.fsdecode(regular_files.content(_file_of(vault_id), _LONGEST)))
        if path.is_absolute() and "\0" not in str(path):
            return path
    return None


def remember(vault_id: bytes, path: Path | None) -> None:
    """Note the path of the key file that opened the vault; None: it needs none."""
    with contextlib.suppress(Exception):
        file = _file_of(vault_id)
        if path is None:
            file.unlink(missing_ok=True)
            return
        if not file.parent.is_dir():
            ownership.make_directory(file.parent)
            paths.keep_out_of_backups(file.parent)
        name = os.fsencode(path.absolute())
        if len(name) <= _LONGEST and remembered(vault_id) != path.absolute():
            with lock_file(newest_save.lock_of(vault_id), 0.2, ownership.owner(file.parent)):
                newest_save.put_in_place(file, name)


def _file_of(vault_id: bytes) -> Path:
    file = newest_save.file_of(vault_id)
    return file.with_name(f"{file.name}.key-file")
