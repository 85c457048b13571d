"""A vault whose file has vanished while it was open: what it held, and when to write it again.

It is written anew only into the directory where it was: an unplugged disk leaves an empty one
in its place. Over a lock its bytes stay in memory, encrypted as the file was.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from wallet.errors import VaultExistsError, VaultMissingError
from wallet.system.disk import files
from wallet.vault.file.container import MAX_GENERATION, seal_body
from wallet.vault.session.unlocked_state import UnlockedState, copied


class SealedVault(NamedTuple):
    """The bytes of the file as it was, and what tells its directory from others."""

    start: bytes
    body: bytearray
    directory: tuple[int, int] | None


def seal(opened: UnlockedState, directory: tuple[int, int] | None) -> SealedVault:
    """Seal what is in memory as the next save; `directory` is where the file was.

    It follows the file that vanished, so that nobody who has seen that takes it for a fork.
    """
    records = copied(opened)
    try:
        records.ancestors.add(opened.save.generation, opened.save.header)
        header, body = seal_body(
            records.database.serialize(),
            opened.keys.body,
            opened.header.vault_id,
            min(opened.header.generation + 1, MAX_GENERATION),
            opened.header.slots,
        )
    finally:
        records.close()
    return SealedVault(header.pack(), body, directory)


def require_directory(real: Path, directory: tuple[int, int] | None) -> None:
    """Raises `VaultMissingError` when the file's directory is another one than before."""
    if directory is None or directory != files.directory_identity(real.parent):
        raise VaultMissingError(
            f"{real.parent} is not the directory that the vault was in: perhaps its disk is not "
            "there. Nothing was written. Bring that back, and try again."
        )


def require_gone(real: Path, path: Path) -> None:
    """Raises `VaultExistsError` when a file is in the vault's place again."""
    if not files.is_gone(real):
        raise VaultExistsError(
            f"There is a file at {path} again, and it was left as it is. Lock, and unlock to open "
            "that one."
        )
