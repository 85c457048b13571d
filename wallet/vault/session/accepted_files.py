"""Files taken on the person's word (older, a fork, damaged): kept before they change."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

from wallet.errors import (
    ContentsDamagedError,
    ForkedError,
    OlderThanSeenError,
    ReadOnlyError,
    SaveFailedError,
    VaultError,
)
from wallet.system.disk import files
from wallet.system.oserrors import explain
from wallet.text import without_seeds
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Why
from wallet.vault.db import migrations
from wallet.vault.db.journal.kinds import LONGEST_DETAIL, What
from wallet.vault.file import ancestry
from wallet.vault.file.ancestry import Relation, Save
from wallet.vault.file.container import MAX_GENERATION
from wallet.vault.file.first_look import header_at
from wallet.vault.records import Records
from wallet.vault.session.unlocked_state import UnlockedState

_NOTES = {Relation.OLDER: What.OLDER_ACCEPTED, Relation.FORK: What.FORK_ACCEPTED}


class Taken(NamedTuple):
    """The save that was seen `before`, and how the opened file is `related` to it.

    The next save has a higher number than `beside`, that of a file that is joined with it, so that
    it follows both. After the first save there is nothing left to owe, and another takes its place.
    """

    before: Save | None = None
    related: Relation = Relation.SUCCESSOR
    read_only: bool = False
    beside: int = 0

    @classmethod
    def over(cls, real: Path, parted: ForkedError | OlderThanSeenError) -> Taken:
        """Take the file at `real`, which parted from what is in memory, to save over it."""
        header = header_at(real)
        related = Relation.FORK if isinstance(parted, ForkedError) else Relation.OLDER
        return cls(Save(header.generation, header.digest()), related)

    @property
    def unlike(self) -> bool:
        """Whether the file does not follow what was seen, and was opened all the same."""
        return self.related in _NOTES

    def refusal(self, opened: Save) -> VaultError | None:
        """The refusal of `Vault.unlock` that `opened` was taken in spite of; None where it follows
        what was seen."""
        if self.before is None or not self.unlike:
            return None
        return ancestry.refusal(self.related, opened, self.before)

    def next_generation(self, generation: int) -> int:
        """The number of the save after this one. Raises `SaveFailedError` at their end."""
        seen = self.before.generation if self.before else 0
        number = max(generation, seen, self.beside) + 1
        if number > MAX_GENERATION:
            raise SaveFailedError(
                f"The vault has come to save {generation}, and no later number can be written. "
                "Nothing was saved. Make a new vault, and import an export of this one there."
            )
        return number

    def keep_and_note(self, real: Path, opened: UnlockedState) -> None:
        """Before the first save over a file: keep it and its backup where they must not go.

        Raises `ReadOnlyError`, and what keeping them raises; then nothing may be saved.
        """
        if self.read_only:
            raise ReadOnlyError("This file was opened to be looked at only. Nothing was changed.")
        gone = files.is_gone(real)  # then there is nothing that a save could cost
        if self.before is not None and self.unlike:
            if not gone:
                older_saves.keep(real, Why.FORK)
                _keep_backup(real, opened.header.vault_id)
            both_saves = f"save {opened.header.generation}, beside save {self.before.generation}"
            opened.records.history.note(_NOTES[self.related], detail=both_saves)
        elif opened.tables_version < migrations.VERSION and not gone:
            older_saves.keep(real, Why.MIGRATION)


def keep_damaged(real: Path, records: Records) -> bool:
    """Whether these contents fail their check; the file is kept before a first save over that.

    Not again before each later save: as long as the file that was kept is still there, and the
    damage is the one that was noted then. Raises what keeping it raises.
    """
    try:
        records.database.require_sound()
        return False
    except ContentsDamagedError:
        problems = records.database.problems or ()
    detail = without_seeds(" ".join(problem.why for problem in problems), LONGEST_DETAIL)
    if not _is_kept(real, records, detail):
        older_saves.keep(real, Why.DAMAGED)
        records.history.take_as_it_is()
        records.history.note(What.DAMAGE_ACCEPTED, detail=detail)
    return True


def _is_kept(real: Path, records: Records, detail: str) -> bool:
    """Whether this damage was noted, and a file that these contents came from is kept for it."""
    with contextlib.suppress(OSError, VaultError):  # what cannot be read says nothing
        noted = any(
            event.what == What.DAMAGE_ACCEPTED.value and event.detail == detail
            for event in records.history.events()
        )
        return noted and any(
            backup.why is Why.DAMAGED
            and backup.generation is not None
            and records.ancestors.header_of(backup.generation)
            == older_saves.look(backup.path).digest()
            for backup in older_saves.every_backup(real)
        )
    return False


def _keep_backup(real: Path, vault_id: bytes) -> None:
    """Keep `NAME.bak` too: it may be the last of the saves that were seen before."""
    backup = files.backup_path(real)
    try:
        if older_saves.look(backup).vault_id == vault_id:
            older_saves.put_away(backup, real, Why.FORK)
    except VaultError:
        return  # no vault: nothing that a fork could cost
    except FileNotFoundError:
        return
    except OSError as error:
        raise explain(error, backup, "kept as a backup") from error
