"""Copies of the vault at another place: made and noted, and the seeds that are in none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from wallet.errors import LockedError, VaultError
from wallet.system.disk import files
from wallet.vault.backups import older_saves
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.parts.settings import COPIED_AT, Settings
from wallet.vault.key_record import KeyRecord, moment
from wallet.vault.records import Records
from wallet.vault.vault import Vault


def copy_vault(vault: Vault, to: Path) -> tuple[int, int]:
    """Copy the vault to a new file, read back whole, and note when; give what `back_up` gives.

    The note is made first, so that the copy is no older than the vault; where the vault cannot be
    written it is left out. Raises what `Vault.back_up` raises; then nothing is noted.
    """
    older_saves.require_other_name(files.real_path(vault.path), to.name)
    before = vault.records.settings.get(COPIED_AT, "")
    _note(vault, str(int(time.time())))
    try:
        return vault.back_up(to)
    except BaseException:  # also interrupted: a person presses that when the copy takes long
        with suppress(LockedError):
            _note(vault, before)
        raise


def last_copy(settings: Settings) -> datetime | None:
    """The time when the vault was copied last, as far as is known here."""
    kept = settings.get(COPIED_AT, "")
    return moment(int(kept)) if kept.isascii() and kept.isdigit() and len(kept) < 12 else None


def without_copy(records: Records, copied: datetime) -> Iterator[KeyRecord]:
    """The keys whose seeds came into the vault after it was copied."""
    added = records.history.of_kind(What.SEED_ADDED)
    late = {public for event in added if event.at > copied for public in event.publics}
    return (
        key
        for key in records.all()
        if key.has_seed and (key.created > copied or key.public in late)
    )


def _note(vault: Vault, at: str) -> None:
    try:
        with vault.change(minor=True) as records:
            records.settings.set(COPIED_AT, at)
    except LockedError:  # by this change perhaps, which says why
        raise
    except VaultError:
        return
