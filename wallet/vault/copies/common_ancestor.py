"""The save that two versions of a vault both came from: looked for among the backups.

With it a deletion is told from a key that was never there, and a change from what was so before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from wallet.errors import VaultError
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.copies.vault_copy import VaultCopy
from wallet.vault.file.ancestry import Save
from wallet.vault.records import Records
from wallet.vault.vault import Vault

Saves = set[tuple[int, bytes]]


def saves_in(save: Save, records: Records) -> Saves:
    """A save and all that went into it: their numbers, and the hashes of their headers."""
    own = {(save.generation, save.header)} if save.header is not None else set()
    return own | records.ancestors.saves()


def is_joined(vault: Vault, save: Save) -> bool:
    """Whether a save went into the vault as it is: it holds nothing that the vault lacks."""
    return (save.generation, save.header) in saves_in(vault.save, vault.records)


def is_common(vault: Vault, copy: VaultCopy, save: Save) -> bool:
    """Whether both came from a save, or are it."""
    both = saves_in(vault.save, vault.records) & saves_in(copy.save, copy.records)
    return (save.generation, save.header) in both


def common_ancestor(vault: Vault, copy: VaultCopy) -> VaultCopy | None:
    """The newest save that both came from, for the caller to close; None where none is there.

    It opens with the keys of one of the two: one from before another passphrase opens with none.
    """
    ours = saves_in(vault.save, vault.records)
    common = ours & saves_in(copy.save, copy.records)
    if (vault.save.generation, vault.save.header) in common:
        return VaultCopy.of(vault, vault.path)
    headers = {header for _, header in common}
    for backup in sorted(_backups(vault, copy), key=lambda each: -(each[1] or 0)):
        with contextlib.suppress(OSError, VaultError):
            if older_saves.look(backup[0]).digest() not in headers:
                continue
            with contextlib.suppress(VaultError):
                return VaultCopy.of(vault, backup[0])
            return copy.beside(backup[0])
    return None


def _backups(vault: Vault, copy: VaultCopy) -> Iterator[tuple[Path, int | None]]:
    """The backups of the vault, and those beside the other file."""
    each = {backup.path: backup.generation for backup in vault.backups()}
    for backup in older_saves.of_vault(files.real_path(copy.path), vault.vault_id):
        each.setdefault(backup.path, backup.generation)
    yield from each.items()
