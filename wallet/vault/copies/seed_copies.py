"""The seeds of deleted keys in backups: which hold them, and how to make those without."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Set
from contextlib import closing
from dataclasses import dataclass

from wallet.errors import AlteredError, LockedError, SaveFailedError, VaultError
from wallet.secrets import sodium
from wallet.system.disk import files, ownership
from wallet.system.oserrors import explain
from wallet.vault.backups.older_saves import LOCK_WAIT, Backup
from wallet.vault.db import migrations
from wallet.vault.file.container import open_body, seal_body
from wallet.vault.records import Records
from wallet.vault.session.unlocked_state import UnlockedState
from wallet.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class SeedCopies:
    """The backups that hold a seed of `publics`, of those `looked_into`, and how many are `closed`.

    These have other keys, as from before a change of the ways in, or are damaged.
    """

    publics: frozenset[str]
    holding: tuple[Backup, ...]
    closed: int
    looked_into: int

    @property
    def sentence(self) -> str:
        """Say how many backups hold the seeds of keys that are deleted, and what that means."""
        one = len(self.publics) == 1
        seed, has = ("Its seed stands", "it") if one else ("Their seeds stand", "them")
        count, of = len(self.holding), self.looked_into
        if not count:
            sentence = f"{seed} in no backup"
        else:
            number = f"{count:,}" if count == of else f"{count:,} of {of:,}"
            sentence = (
                f"{seed} in {number} backup{'' if of == 1 else 's'}: whoever opens one has {has}, "
                "and can bring that back"
            )
        if self.closed:
            others = "1 other" if self.closed == 1 else f"{self.closed} others"
            sentence += (
                f"; {others} could not be looked into, as from before the vault got new keys, by "
                "another passphrase, key file or recovery code"
            )
        return f"{sentence}."


def find(vault: Vault, publics: Set[str]) -> SeedCopies:
    """Look for seeds in every backup of the vault. Raises `LockedError`."""
    holding: list[Backup] = []
    closed = looked_into = 0
    for backup in vault.backups():
        try:
            records = vault.open_copy(backup.path).records
        except LockedError:
            raise
        except VaultError:
            closed += 1
            continue
        looked_into += 1
        try:
            if any(records.sealed(public) is not None for public in publics):
                holding.append(backup)
        finally:
            records.close()
    return SeedCopies(frozenset(publics), tuple(holding), closed, looked_into)


def remade(vault: Vault, publics: Set[str]) -> str:
    """Make every backup that holds one of these seeds anew without it; a sentence on how it went.

    Raises nothing for a single backup that cannot be: what is left is said.
    """
    remade_count = 0
    for backup in find(vault, publics).holding:
        with contextlib.suppress(VaultError):
            remake_without(vault, backup, publics)
            remade_count += 1
    left = find(vault, publics)
    anew = f"{remade_count} backup{'' if remade_count == 1 else 's'} made anew without it."
    return f"{anew} {left.sentence}" if left.holding or left.closed else anew


def remake_without(vault: Vault, backup: Backup, publics: Set[str]) -> None:
    """Write a backup anew without these seeds; the keys' public halves stay in it.

    Raises `SaveFailedError` for a backup of an older arrangement, which is to stay as it was,
    and what a save raises; then the backup is as before.
    """
    real = files.real_path(vault.path)
    with files.locked(real, LOCK_WAIT):
        opened = vault.open_copy(backup.path)
        try:
            if opened.tables_version != migrations.VERSION:
                raise SaveFailedError(
                    f"{backup.path} is kept as an older wallet arranged it, and was not changed. "
                    "Delete it when you no longer need it."
                )
            opened.records.forget_seeds(publics)
            _write(backup, real.name, opened, publics)
        finally:
            opened.records.close()


def _write(backup: Backup, name: str, opened: UnlockedState, publics: Set[str]) -> None:
    before = opened.header
    header, body = seal_body(
        opened.records.database.serialize(),
        opened.keys.body,
        before.vault_id,
        before.generation,
        before.slots,
    )

    new = files.temporary_name(backup.path.with_name(name))  # which the next save knows again
    try:
        status = os.lstat(backup.path)
        files.write_new(new, [header.pack(), body], ownership.owner(backup.path))
        with open_body(header, body, opened.keys.body) as image:
            written = Records.load(image, opened.seed_box)
        with closing(written):
            if any(written.sealed(public) is not None for public in publics):
                raise AlteredError("a seed that was taken out is there")
        os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))  # that tells its age
        files.replace(new, backup.path)
        files.sync_directory(backup.path.parent)
    except OSError as error:
        raise explain(error, backup.path, "saved") from error
    except VaultError as error:
        raise SaveFailedError(
            f"What was written for {backup.path} reads back differently. It is as it was."
        ) from error
    finally:
        sodium.wipe(body)
        files.remove(new)
