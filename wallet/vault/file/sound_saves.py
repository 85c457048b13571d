"""Remembers which saves of a vault were looked through whole and found sound: best effort.

One small file per vault beside that of `newest_save`: the hashes of the headers of such saves, 64
hex digits a line, the newest last. A header's hash stands for all that the save holds, for its
body opens with that header alone. So a large vault is looked through once, and not again before
each change by a command. Anything that goes wrong here, and any value that no wallet writes,
counts as "never looked through".
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from wallet.errors import NoHomeError
from wallet.system.disk import ownership, regular_files
from wallet.system.disk.filelock import lock_file
from wallet.vault.file import newest_save

MOST = 64
_LINE = re.compile(r"[0-9a-f]{64}")


def is_remembered(vault_id: bytes, header: bytes) -> bool:
    """Whether the save whose header has this hash, 32 bytes, was found sound on this machine."""
    try:
        return header.hex() in _lines(_file(vault_id))
    except NoHomeError:  # in a container: nothing is remembered
        return False


def remember(vault_id: bytes, header: bytes) -> None:
    """Note that a save was found sound; where that cannot be kept, it is looked through again."""
    with contextlib.suppress(Exception):
        file = _file(vault_id)
        if not file.parent.is_dir():
            ownership.make_directory(file.parent)
        with lock_file(newest_save.lock_of(vault_id), 0.2, ownership.owner(file.parent)):
            lines = [line for line in _lines(file) if line != header.hex()]
            newest_save.put_in_place(file, "\n".join([*lines[1 - MOST :], header.hex()]).encode())


def _file(vault_id: bytes) -> Path:
    memory = newest_save.file_of(vault_id)
    return memory.with_name(f"{memory.name}.sound")


def _lines(file: Path) -> list[str]:
    try:
        text = regular_files.content(file, MOST * 65).decode("ascii")
    except (OSError, ValueError):
        return []
    return [line for line in text.split("\n") if _LINE.fullmatch(line)]
