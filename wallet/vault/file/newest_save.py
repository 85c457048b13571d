"""Remembers, beside the vault, the newest save that was seen here: best effort.

One small file per vault under the platform's state directory, named by the vault's id. Its first
20 digits are the highest number seen, which is all that earlier versions wrote, and all that
they read. After them stands, for each place where the vault was seen, one line: 32 hex digits
that stand for its real path, the number, the hash of the header, and the version of the tables.
So a copy elsewhere that is changed makes nobody doubt the vault itself.

It tells a person that another copy was put in the vault's place; it is no proof, for whoever
can write the vault may often write this too. Anything that goes wrong here, and any value
that no wallet writes, counts as "never seen".
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from wallet.errors import NoHomeError
from wallet.secrets import sodium
from wallet.system.disk import ownership, paths, regular_files
from wallet.system.disk.filelock import lock_file
from wallet.vault.file.ancestry import Save

MOST_PLACES = 64
LAST_NUMBER = 1 << 40
"""No vault was saved so often: with more, the number would soon run beyond what opens again."""

_DIGITS = 20
_PATH = 16
_LINE = re.compile(rb"([0-9a-f]{32}) ([0-9]{20}) ([0-9a-f]{64}) ([0-9]{3})")
_LONGEST = _DIGITS + 1 + MOST_PLACES * (32 + 1 + _DIGITS + 1 + 64 + 1 + 3 + 1)

_place: Path | None = None


@contextlib.contextmanager
def kept_in(directory: Path) -> Iterator[None]:
    """Within the block this process remembers in `directory`: for vaults that leave no trace."""
    global _place  # noqa: PLW0603, RUF100
    before, _place = _place, directory
    try:
        yield
    finally:
        _place = before


def newest(vault_id: bytes, real: Path) -> Save | None:
    """The newest save that was seen at a real path; None when none was, or the memory is gone.

    Where only an earlier version remembers the vault, its number counts for every path.
    """
    try:
        number, places = _read(file_of(vault_id))
    except NoHomeError:  # in a container: nothing is remembered
        return None
    if not places:
        return Save(number, None) if number else None
    return places.get(_name(real))


def remember(vault_id: bytes, real: Path, save: Save) -> None:
    """Note a save that was seen at a real path, unless a later one is noted there."""
    if save.header is None or not 1 <= save.generation <= LAST_NUMBER:
        return
    with contextlib.suppress(Exception):
        file = file_of(vault_id)
        if not file.parent.is_dir():
            ownership.make_directory(file.parent)
            paths.keep_out_of_backups(file.parent)
        if _place is None:  # earlier versions let others look into it
            for directory in (file.parent, file.parent.parent):
                paths.close_to_others(directory)
        with lock_file(lock_of(vault_id), 0.2, ownership.owner(file.parent)):
            number, places = _read(file)
            name = _name(real)
            noted = places.pop(name, None)
            if noted is not None and noted.generation >= save.generation:
                return
            places[name] = save  # last, for the places longest unseen are forgotten first
            _write(file, max(number, save.generation), places)


def file_of(vault_id: bytes) -> Path:
    """The file in which a vault is remembered. Raises `NoHomeError`."""
    return directory() / "seen" / vault_id.hex()


def directory() -> Path:
    """The directory of what is remembered beside vaults. Raises `NoHomeError`."""
    return _place or paths.state_directory()


def lock_of(vault_id: bytes) -> Path:
    """The file that is locked while what is remembered of a vault is written."""
    file = file_of(vault_id)
    return file.with_name(f"{file.name}.lock")


def _name(real: Path) -> bytes:
    return bytes(sodium.blake2b(os.fsencode(real), length=_PATH)).hex().encode()


def _read(file: Path) -> tuple[int, dict[bytes, Save]]:
    """The number at its start, and the newest save by place; 0 and nothing for what is not ours."""
    with contextlib.suppress(OSError, ValueError):
        content = regular_files.content(file, _LONGEST, follow=False)
        number = int(content[:_DIGITS])
        lines = content[_DIGITS + 1 :].splitlines()
        places = dict(map(_place_in, lines))
        if 1 <= number <= LAST_NUMBER:
            return number, places
    return 0, {}


def _place_in(line: bytes) -> tuple[bytes, Save]:
    fields = _LINE.fullmatch(line)
    if fields is None or not 1 <= int(fields[2]) <= LAST_NUMBER:
        raise ValueError("not a line of ours")
    return fields[1], Save(int(fields[2]), bytes.fromhex(fields[3].decode()), int(fields[4]))


def _write(file: Path, number: int, places: dict[bytes, Save]) -> None:
    lines = [
        b"%s %020d %s %03d"
        % (name, save.generation, (save.header or b"").hex().encode(), min(save.version, 999))
        for name, save in list(places.items())[-MOST_PLACES:]
    ]
    put_in_place(file, b"\n".join([b"%020d" % number, *lines]))


def put_in_place(file: Path, content: bytes) -> None:
    """Let a few bytes take the place of what is remembered in a file, whole or not at all.

    The caller holds the lock that goes with it. Raises `OSError`.
    """
    spare = file.with_name(f"{file.name}.new")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(spare)  # of a process that was killed; never written through
    descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if (owner := ownership.owner(file.parent)) is not None:
            ownership.give(descriptor, owner)
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    os.replace(spare, file)
