"""Other files of a vault: backups, copies, files from other machines. To be read, and restored.

Opening one here neither changes what was seen of the vault nor is refused by it: such a file
is old on purpose.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from wallet.errors import (
    ContentsDamagedError,
    PermissionRefusedError,
    UsageError,
    VaultError,
    VaultExistsError,
    WrongPassphraseError,
)
from wallet.system import author
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import LOCK_WAIT, Why
from wallet.vault.copies.restoration import compare, keep_revocations, note_changes
from wallet.vault.db import migrations
from wallet.vault.db.journal.kinds import What
from wallet.vault.file import machine, newest_save
from wallet.vault.file.ancestry import Save
from wallet.vault.file.container import HEADER, Header, SeedBox, VaultKeys, seal_body
from wallet.vault.file.ways_in import Opener
from wallet.vault.records import Records
from wallet.vault.session import storage
from wallet.vault.session.accepted_files import Taken
from wallet.vault.session.unlocked_state import open_file
from wallet.vault.vault import Vault


@dataclass(frozen=True, slots=True, repr=False)
class VaultCopy:
    """A file of a vault, opened with its own passphrase. A context manager; forgets at its end."""

    path: Path
    header: Header
    keys: VaultKeys
    seed_box: SeedBox
    records: Records
    has_own_keys: bool = True

    @classmethod
    def of(cls, vault: Vault, path: Path) -> VaultCopy:
        """Open a file that has the keys of an open vault, as every backup since its passphrase was
        last changed has. Raises `AlteredError` for one of other keys, and what `open` raises.
        """
        opened = vault.open_copy(path)
        return cls(
            path, opened.header, opened.keys, opened.seed_box, opened.records, has_own_keys=False
        )

    def beside(self, path: Path) -> VaultCopy:
        """Another file that has this one's keys, which stay this one's to wipe. Raises as `of`."""
        with files.reading(files.real_path(path)) as file:
            header = Header.parse(file.read(HEADER), file.size)
            records = storage.read(file, header, self.keys, self.seed_box)
        return VaultCopy(path, header, self.keys, self.seed_box, records, has_own_keys=False)

    @classmethod
    def open(cls, path: Path, opener: Opener) -> VaultCopy:
        """Open a file; the opener stays the caller's to wipe. Raises what `Vault.unlock`
        raises for a file, but never because another is newer.
        """
        try:
            opened, _ = open_file(files.real_path(path), opener)
        except WrongPassphraseError as error:
            if type(error) is not WrongPassphraseError:  # a key file's or a code's own words
                raise
            raise WrongPassphraseError(
                f"This passphrase does not open {path}. A file from before a change of the "
                "passphrase opens with the one of its time."
            ) from None
        return cls(path, opened.header, opened.keys, opened.seed_box, opened.records)

    @property
    def save(self) -> Save:
        """The save that this file is."""
        return Save(self.header.generation, self.header.digest(), migrations.VERSION)

    def require_sound(self, use: str = "put in the vault's place") -> None:
        """Raise `ContentsDamagedError` for what a vault that holds it would be damaged by."""
        if problems := self.records.check_contents():
            raise ContentsDamagedError(
                f"What is in {self.path} is damaged, so it was not {use}. "
                f"{problems[0].why[:160]} Nothing was changed. Take another file: nkey-wallet "
                "backups lists them.",
                problems=problems,
            )

    def __enter__(self) -> VaultCopy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the contents, and of keys that are not the vault's."""
        self.records.close()
        if self.has_own_keys:
            self.seed_box.wipe()
            self.keys.wipe()


def restore(vault: Vault, copy: VaultCopy) -> dict[str, str]:
    """Make the contents of `copy` the next save of `vault`, under its passphrase of now.

    All revocations stay. Gives the accounts, by path, of which that could not be signed, each
    with a sentence. Raises `UsageError` for a file of another vault, `ContentsDamagedError` for
    a damaged one, unless the vault saves over damage, and what a change raises.
    """
    if not vault.saves_over_damage:
        copy.require_sound()
    left: dict[str, str] = {}

    def resealed(present: Records, seed_box: SeedBox) -> Records:
        records = storage.resealed(copy.records, copy.seed_box, seed_box)
        note_changes(compare(present, records), records.history, f"save {copy.header.generation}")
        left.update(keep_revocations(present, records))
        return records

    if copy.header.vault_id != vault.vault_id:
        raise _another(copy.path, vault.path)
    vault.replace(resealed, What.RESTORED, f"save {copy.header.generation}", Why.RESTORE)
    return left


@dataclass(frozen=True, slots=True)
class Standing:
    """The file at a vault's `path` when it was judged: `file` tells it from a later one there."""

    path: Path
    file: tuple[int, ...] | None

    @classmethod
    def at(cls, path: Path) -> Standing:
        """The file that is at this path now."""
        return cls(path, _identity(files.real_path(path)))


def restore_alone(there: Standing, copy: VaultCopy) -> None:
    """Put the contents of `copy` where no vault can be opened: it is gone, or damaged.

    The passphrase of the copy counts from now on. What stood there is kept for good. Raises
    `UsageError` for a sound file of another vault, `VaultExistsError` when it is another file
    than was judged, and what a save raises.
    """
    path = there.path
    real = files.real_path(path)
    files.make_directory(real.parent)
    with files.locked(real, LOCK_WAIT):
        if (now := _identity(real)) != there.file:
            raise VaultExistsError(
                f"What stands at {path} was changed meanwhile, so it was left as it is. Look at "
                "it again."
            )
        present = _sound_header(real)
        if present is not None and present.vault_id != copy.header.vault_id:
            raise _another(copy.path, path)
        if now is not None:
            older_saves.keep(real, Why.RESTORE)
        newest_header = copy.header if present is None else present
        vault_id, generation = (
            copy.header.vault_id,
            max(copy.header.generation, newest_header.generation),
        )
        taken = Taken(newest_save.newest(vault_id, real))
        copy.records.history.watch(machine.identity(author.person()))
        copy.records.history.note(What.RESTORED, detail=f"save {copy.header.generation}")
        copy.records.history.write_down()
        copy.records.ancestors.add(copy.header.generation, copy.header.digest())
        header, body = seal_body(
            copy.records.database.serialize(),
            copy.keys.body,
            vault_id,
            taken.next_generation(generation),
            copy.header.slots,
        )
        storage.save(real, header, body, copy.keys)
        newest_save.remember(
            vault_id, real, Save(header.generation, header.digest(), migrations.VERSION)
        )


def _identity(real: Path) -> tuple[int, ...] | None:
    try:
        status = os.lstat(real)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _sound_header(real: Path) -> Header | None:
    """The header of what stands there, when it is a vault's and sound."""
    try:
        with files.reading(real) as file:
            return Header.parse(file.read(HEADER), file.size)
    except PermissionRefusedError:
        raise
    except VaultError:
        return None


def _another(copy: Path, path: Path) -> UsageError:
    return UsageError(
        f"{copy} is a file of another vault than {path}. Nothing was changed. To use that one, "
        "open it with --vault."
    )
