"""Older saves of a vault, kept as files: which there are, which stay, and which go.

`NAME.bak` beside the vault is the save before. What it was before that becomes, with the time
when it was saved, UTC,

    NAME.2026-11-25T202100Z.bak             an ordinary one, which goes when it is too old
    NAME.2026-11-25T202100Z.passphrase.bak  one that is kept: the word says before what
    NAME.2026-11-25T202100Z.aside.bak       not this vault's, or unreadable: moved out of the way

with `-2`, `-3` and so on after the time where a name is taken. Nothing without exactly such a
name is ever looked at, and nothing is ever written over: an ordinary one goes only when it is a
regular file whose header is this vault's. Which are the oldest is told by the number of
the save, not by a clock.

Whoever changes a vault need not know of this: `Vault.change` keeps backups, and
`Vault.change(minor=True)`, for what only notes a test or a setting, pushes none out. Before
something that a person may want to go back behind, `keep` is called with the lock held.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from wallet.errors import (
    BackupThereError,
    NotARegularFileError,
    ReadsBackDifferentlyError,
    SaveFailedError,
    UsageError,
    VaultError,
    VaultExistsError,
)
from wallet.system.disk import files, ownership
from wallet.system.disk.ownership import Owner
from wallet.system.oserrors import explain
from wallet.vault.file import durable_save
from wallet.vault.file.container import HEADER, Header
from wallet.when import to_the_minute


class Why(Enum):
    """The reason for a backup. Those from `MIGRATION` to `ASIDE` go by no rule, only by hand."""

    NEWEST = "newest"
    ORDINARY = "ordinary"
    MIGRATION = "migration"
    RESTORE = "restore"
    FORK = "fork"
    PASSPHRASE = "passphrase"  # noqa: S105 (a reason)
    DAMAGED = "damaged"
    VERIFIED = "verified"
    ASIDE = "aside"

    @property
    def kept(self) -> bool:
        """Whether it stays until a person deletes it."""
        return self not in {Why.NEWEST, Why.ORDINARY}

    @property
    def words(self) -> str:
        """The reason in words for a person; empty for an ordinary backup."""
        return _WORDS[self]


_WORDS = {
    Why.NEWEST: "the save before",
    Why.ORDINARY: "",
    Why.MIGRATION: "kept: before a newer version arranged it anew",
    Why.RESTORE: "kept: before a restore",
    Why.FORK: "kept: before another past was accepted",
    Why.PASSPHRASE: "kept: before the passphrase or another way in was changed",
    Why.DAMAGED: "kept: before something was saved over a damaged vault",
    Why.VERIFIED: "kept: read back before plain files were deleted",
    Why.ASIDE: "put aside: another vault's, or unreadable",
}


_KEPT = "|".join(why.value for why in Why if why.kept)
_FORM = r"\.(\d{4}-\d\d-\d\dT\d{6}Z)(?:-\d{1,4})?(?:\.(" + _KEPT + r"))?\.bak"
_TIME = "%Y-%m-%dT%H%M%SZ"
LOCK_WAIT = 15.0
"""Seconds to wait for another window or program that is saving."""

_COMPARED = 1 << 20  # bytes at a time
_NAMES = 10_000  # tried for one second, before something is wrong


class Backup(NamedTuple):
    """A backup: where it is, when its save was made (UTC), why it is there, its size in bytes.

    `vault_id` (16 bytes) and `generation` are what its header says, unproved; None where it
    is no sound vault file. `path` is a real path but for its last part.
    """

    path: Path
    saved: datetime
    why: Why
    size: int
    vault_id: bytes | None
    generation: int | None


def every_backup(real: Path, place: Path | None = None) -> list[Backup]:
    """Every backup beside the vault at `real` and in `place`, the newest save first.

    Those of other vaults and unreadable ones are among them, the unreadable last.
    """
    backups = list(_ordered(_all_of(real, place)))
    return sorted(backups, key=lambda each: (each.generation or 0, each.saved), reverse=True)


def of_vault(real: Path, vault_id: bytes, place: Path | None = None) -> list[Backup]:
    """The backups of this vault alone, the newest save first."""
    return [each for each in every_backup(real, place) if each.vault_id == vault_id]


def delete(backup: Backup, vault_id: bytes) -> bool:
    """Delete a backup of the vault `vault_id`; whether it is gone now.

    Only what still is a regular file with a header of that vault goes. Raises nothing.
    """
    try:
        if look(backup.path).vault_id != vault_id:
            return False
        files.system.unlink(backup.path)
    except (OSError, VaultError):
        return False
    return not os.path.lexists(backup.path)


def keep(real: Path, why: Why) -> Path:
    """Keep the file that is the vault now, whatever is saved after it; its new name.

    The lock must be held. A file that is kept for that reason already is not kept twice.
    Raises what a save raises, with nothing changed.
    """
    if not why.kept:
        raise ValueError("an ordinary backup is kept by the next save")
    try:
        present = os.lstat(real)
        for backup in _ordered(_all_of(real, None)):
            if backup.why is why and _is_copy(backup.path, real, present):
                return backup.path
        name = put_away(real, real, why)
        files.sync_directory(real.parent)
    except OSError as error:
        raise explain(error, real, "kept as a backup") from error
    return name


def _is_copy(backup: Path, real: Path, present: os.stat_result) -> bool:
    """Whether a backup is the file that is the vault now, or, where links fail, its bytes."""
    status = os.lstat(backup)
    if os.path.samestat(status, present):
        return True
    if not stat.S_ISREG(status.st_mode) or status.st_size != present.st_size:
        return False
    with open(backup, "rb") as one, open(real, "rb") as other:
        while part := one.read(_COMPARED):
            if other.read(_COMPARED) != part:
                return False
    return True


def copy_verified(
    real: Path, to: Path, verify: Callable[[Path], object], owner: Owner | None = None
) -> None:
    """Copy the vault at `real` to a new file, 0600, and let `verify` read all of it.

    It is `owner`'s; None: of who makes it. `verify` gets the copy's path and raises when it is
    not what it should be; then the copy is removed. Raises `VaultExistsError` when anything
    stands at `to`, and what a save raises.
    """
    try:
        with files.reading(real) as file:
            content = file.read_buffer(file.size)
        files.write_new(to, [content], owner)
    except FileExistsError:
        raise VaultExistsError(
            f"There is something at {to} already, and it was left as it is. Name another place."
        ) from None
    except ReadsBackDifferentlyError:
        raise SaveFailedError(f"The copy {to} reads back differently, and was removed.") from None
    except OSError as error:
        raise explain(error, to, "saved") from error
    try:
        verify(to)
        files.sync_directory(to.parent)
    except BaseException as error:
        files.remove(to)
        if isinstance(error, OSError):
            raise explain(error, to, "saved") from error
        raise


def keep_verified(real: Path, verify: Callable[[Path], object]) -> Path:
    """Copy the vault as it is now beside itself, once `verify` has read the copy; its path.

    A copy with blocks of its own on the disk, which goes by no rule. Raises what `verify` and
    a save raise.
    """
    with files.locked(real, LOCK_WAIT):
        for name in _names(real, os.lstat(real), Why.VERIFIED):
            with contextlib.suppress(VaultExistsError):
                copy_verified(real, name, verify, ownership.owner(real))
                return name
    raise VaultExistsError("Every name for a backup is taken.")


def bring_back(backup: Path, real: Path) -> None:
    """Put a copy of a backup where no vault is: it opens as the vault did then.

    Raises `VaultExistsError` when something is there, and what a save raises.
    """
    new = files.temporary_name(real)
    with files.locked(real, LOCK_WAIT):
        try:
            if os.path.lexists(real):
                raise VaultExistsError(f"There is a file at {real} again. It was left as it is.")
            files.copy(backup, new)
            files.replace(new, real)
            durable_save.confirm(real)
        except OSError as error:
            raise explain(error, real, "saved") from error
        finally:
            files.remove(new)


def left_behind(real: Path) -> list[Backup]:
    """The backups of a vault that is gone, the newest save first; not what was put aside."""
    return [each for each in every_backup(real) if each.why is not Why.ASIDE]


def require_free(real: Path, path: Path, *, keep_aside: bool) -> None:
    """See that a new vault at `path`, really `real`, takes nothing away; the lock must be held.

    Raises `VaultExistsError` when anything stands at the path, and `BackupThereError` when a
    backup of another vault stands beside it and is not to be kept aside.
    """
    if os.path.lexists(real):
        raise VaultExistsError(
            f"There is a file at {path} already, and it is never written over. Open it, or name "
            "another place."
        )
    if not keep_aside and (there := left_behind(real)):
        raise BackupThereError(
            f"There is no vault at {path}, but {in_words(there)}. It may be the last copy of its "
            "keys, so no other vault was made here. Restore it, or have it kept aside."
        )


def put_aside(real: Path) -> None:
    """Give another vault's newest backup another name, now that a new vault is at `real`.

    Not before: where none came to be, it is offered again. Raises nothing: whatever is not
    this vault's own is moved out of the way of its first save too.
    """
    newest = files.backup_path(real)
    with contextlib.suppress(OSError):
        if os.path.lexists(newest):
            move_aside(newest, real)


def in_words(there: Sequence[Backup]) -> str:
    """`a backup from 2026-11-25 20:21 UTC is there, PATH, and 2 older ones`."""
    newest, *others = there
    sentence = f"a backup from {to_the_minute(newest.saved)} is there, {newest.path}"
    if others:
        sentence += f", and {len(others)} older one{'' if len(others) == 1 else 's'}"
    return sentence


def _all_of(real: Path, place: Path | None) -> Iterator[tuple[Path, re.Match[str] | None]]:
    """The paths with exactly a backup's name, and what the name says."""
    form = re.compile(re.escape(real.name) + _FORM, re.ASCII)
    newest = files.backup_path(real)
    if os.path.lexists(newest):
        yield newest, None
    for directory in dict.fromkeys((real.parent, place or real.parent)):
        with contextlib.suppress(OSError):
            for name in os.listdir(directory):
                if name_parts := form.fullmatch(name):
                    yield directory / name, name_parts


def _is_of_saves(real: Path, name: str) -> bool:
    """Whether a name is one that a save may remove or replace, in whatever directory."""
    if name in (f"{real.name}.lock", files.backup_path(real).name):
        return True
    backup_name = re.fullmatch(re.escape(real.name) + _FORM, name, re.ASCII)
    return backup_name is not None or durable_save.is_temporary(real, name)


def require_other_name(real: Path, name: str) -> None:
    """Raise `UsageError` when a copy of the vault called so would not stay."""
    if _is_of_saves(real, name):
        raise UsageError(
            f"Files called {name} come and go with the saves of {real.name}, so a copy there "
            "would not stay. Nothing was copied. Give it another name."
        )


def _ordered(paths: Iterator[tuple[Path, re.Match[str] | None]]) -> Iterator[Backup]:
    for path, name_parts in paths:
        try:
            status = os.lstat(path)
        except OSError:
            continue
        saved, why = datetime.fromtimestamp(_seconds(status), UTC), Why.NEWEST
        if name_parts is not None:
            with contextlib.suppress(ValueError):  # no day of a calendar
                saved = datetime.fromisoformat(name_parts[1])
            why = Why(name_parts[2]) if name_parts[2] else Why.ORDINARY
        try:
            header = look(path)
            yield Backup(path, saved, why, status.st_size, header.vault_id, header.generation)
        except (OSError, VaultError):
            yield Backup(path, saved, why, status.st_size, None, None)


def look(path: Path) -> Header:
    """The header of a regular file, as a vault's. Raises OSError and what reading it raises."""
    if stat.S_ISLNK(os.lstat(path).st_mode):
        raise NotARegularFileError(f"{path} is a symbolic link, not a vault file.")
    with files.reading(path) as file:
        return Header.parse(file.read(HEADER), file.size)


def outdated_in_words(count: int) -> str:
    """Say how many backups open by ways in that were replaced since."""
    backups, verb = ("1 backup", "opens") if count == 1 else (f"{count:,} backups", "open")
    return f"{backups} {verb} by a passphrase, key file or code of before"


def put_away(path: Path, real: Path, why: Why) -> Path:
    """Give a file the first free name of its kind beside `real`. Raises OSError."""
    for name in _names(real, os.lstat(path), why):
        with contextlib.suppress(FileExistsError):
            files.second_name(path, name)
            return name
    raise FileExistsError("every name for a backup is taken")


def move_aside(path: Path, real: Path) -> Path:
    """Move what may be a link, or of another owner, to a free name. Raises OSError."""
    for name in _names(real, os.lstat(path), Why.ASIDE):
        if not os.path.lexists(name):
            files.replace(path, name)
            return name
    raise FileExistsError("every name for a backup is taken")


def _names(real: Path, status: os.stat_result, why: Why) -> Iterator[Path]:
    at = time.strftime(_TIME, time.gmtime(_seconds(status)))
    word = f".{why.value}" if why.kept else ""
    for number in range(1, _NAMES):
        again = f"-{number}" if number > 1 else ""
        yield real.with_name(f"{real.name}.{at}{again}{word}.bak")


def _seconds(status: os.stat_result) -> int:
    """Give the time at which a file was written; now where that is no time of a calendar."""
    sane = 0 <= status.st_mtime < 253_402_300_800
    return int(status.st_mtime if sane else time.time())
