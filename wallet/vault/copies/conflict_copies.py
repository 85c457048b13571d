"""Copies of a vault that a sync service left beside it when two machines had changed it.

They are known by their names, as the services give them, and by the vault that their header names.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wallet.errors import LockedError, VaultError
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Backup, Why
from wallet.vault.copies.common_ancestor import is_joined
from wallet.vault.db import migrations
from wallet.vault.file.ancestry import Save
from wallet.vault.vault import Vault

MOST_LOOKED_AT = 200

# Between the name and its ending, or behind both.
_BETWEEN = re.compile(
    "|".join(
        (
            r" ?[(\[][^()\[\]]*\b(?:conflict\w*|konflikt\w*|conflit\w*|conflicto)\b[^()\[\]]*[)\]]",
            r"[._]sync-conflict-\d{8}-\d{6}(?:-\w+)?",  # Syncthing
            r"_conflict-\d{8}-\d{6}",  # ownCloud
            r" ?\(SFConflict [^()]+\)",  # Seafile
            r"\.Conflict(?:\.\d+)?",  # Resilio
            r"_[\w-]+_Conflict",  # Synology
            r"-[A-Za-z0-9][A-Za-z0-9-]{1,62}",  # OneDrive: the machine's name
            r" ?\(\d{1,3}\)",  # Google Drive
            r" \d{1,3}",  # iCloud
        )
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ConflictCopy:
    """A file beside the vault, of the same vault, whose contents did not go into it."""

    path: Path
    generation: int
    saved: datetime


def is_conflict_name(name: str, vault: str) -> bool:
    """Whether a file's name is one that a sync service makes of the vault's when two clash."""
    stem, ending = os.path.splitext(vault)
    for before, after in ((stem, ending), (vault, "")):
        inner = name.removeprefix(before).removesuffix(after)
        if name == f"{before}{inner}{after}" and inner and _BETWEEN.fullmatch(inner):
            return True
    return False


def left_beside(vault: Vault) -> list[ConflictCopy]:
    """The copies that lie beside the vault and hold what it lacks, the newest save first.

    Raises `LockedError`.
    """
    real = files.real_path(vault.path)
    copies: list[ConflictCopy] = []
    with contextlib.suppress(OSError):
        names = (name for name in os.listdir(real.parent) if is_conflict_name(name, real.name))
        for name in sorted(names)[:MOST_LOOKED_AT]:
            with contextlib.suppress(OSError):
                copy = _unjoined(vault, real.parent / name)
                copies += [copy] if copy else []
    return sorted(copies, key=lambda each: -each.generation)


def kept_of_forks(vault: Vault, backups: Iterable[Backup] | None = None) -> list[ConflictCopy]:
    """The backups, of all or of these, of another past that gave way to the vault's, and were not
    joined with it."""
    among = vault.backups() if backups is None else backups
    kept = (_unjoined(vault, one.path) for one in among if one.why is Why.FORK)
    return [one for one in kept if one is not None]


def lost_with(vault: Vault, backups: Iterable[Backup]) -> str:
    """Say which of the backups hold what may be nowhere else; empty where none does."""
    parted = kept_of_forks(vault, backups)
    if not parted:
        return ""
    paths = ", ".join(str(one.path) for one in parted)
    return (
        f"Changed apart from the vault, and never joined with it: {paths}. What only "
        f"{'it holds' if len(parted) == 1 else 'they hold'} would be lost: join first."
    )


def _unjoined(vault: Vault, path: Path) -> ConflictCopy | None:
    """The file, where it is one of this vault, and not among the saves that went into it."""
    try:
        header = older_saves.look(path)
        save = Save(header.generation, header.digest(), migrations.VERSION)
        if header.vault_id != vault.vault_id or is_joined(vault, save):
            return None
    except LockedError:
        raise
    except (OSError, VaultError):
        return None
    saved = datetime.fromtimestamp(os.lstat(path).st_mtime, UTC)
    return ConflictCopy(path, header.generation, saved)
