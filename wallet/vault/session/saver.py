"""The saving of a session: the newest save taken over from the disk, and the next one written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from wallet.errors import LockedError, ReadOnlyError, SaveUncertainError, VaultError
from wallet.system.disk import files, volumes
from wallet.vault.db import migrations
from wallet.vault.db.journal.kinds import What
from wallet.vault.file import newest_save
from wallet.vault.file.container import seal_body
from wallet.vault.records import Records
from wallet.vault.session import storage
from wallet.vault.session.accepted_files import Taken, keep_damaged
from wallet.vault.session.session import Session
from wallet.vault.session.unlocked_state import (
    UnlockedState,
    closed_unless_saved,
    copied,
    newest,
    read_again,
    watch,
)


class SavingSession(Session):
    """A session that reads what others saved, and saves: its callers hold turn and lock file."""

    def __init__(
        self, path: Path, real: Path, opened: UnlockedState, taken: Taken | None = None
    ) -> None:
        """Use `Vault.create` or `Vault.unlock`."""
        super().__init__(opened)
        self.path = path
        self.warning: str | None = volumes.warning(real)
        self.saves_over_damage = False  # whether the person said so
        self.only_looking = False  # as well: then nothing is saved, not even a note
        self._real = real
        self._directory = files.directory_identity(real.parent)
        self._taken = taken or Taken()
        self._may_remember = not self._taken.read_only

    @property
    def turned_back(self) -> bool:
        """Whether an older file or a fork was opened on the person's word, and not saved since:
        from then on the history says it."""
        return self._taken.unlike

    def _require_changes_wanted(self) -> None:
        if self.only_looking:
            raise ReadOnlyError(
                "The vault is only looked at now, as was asked: nothing was changed. To change it, "
                "end that with O in the app, or start without --read-only."
            )

    def _require_sound(self, records: Records) -> None:
        if not self.saves_over_damage:
            records.database.require_sound(alone=self.in_place)

    def _newest(self, opened: UnlockedState) -> UnlockedState:
        """The state after the file's newest save: `opened` itself when nothing was saved."""
        try:
            newer = newest(self._real, self.path, opened)
        except LockedError:
            self.lock()
            raise
        if newer is None:
            return opened
        self._adopt(newer)
        if self._may_remember:
            newest_save.remember(newer.header.vault_id, self._real, newer.save)
        return newer

    @contextlib.contextmanager
    def _records_to_change(self, opened: UnlockedState) -> Iterator[Records]:
        """The records to change: a copy, or those in memory where changes are made `in_place`.

        After an error a copy is dropped, and what was changed in place is read from the file again.
        """
        if not self.in_place or self.past is not None:
            fresh = copied(opened)
            with closed_unless_saved(fresh):
                yield fresh
            return
        records = opened.records
        version = records.version
        try:
            watch(records)
            yield records
        except BaseException:
            saved = self._opened is not opened
            if not saved and (records.version != version or records.database.closed):
                self._go_back(opened)
            raise

    def _go_back(self, opened: UnlockedState) -> None:
        """Hold what the file holds again, or lock where that cannot be read."""
        opened.records.close()
        try:
            there = read_again(self._real, self.path, opened)
        except VaultError:  # said already, by the error after which this is read
            self.lock()
            return
        opened.records.database.take_over(there.records.database)
        self._adopt(there._replace(records=opened.records))

    def _commit(
        self,
        opened: UnlockedState,
        ways_in: tuple[bytes, ...],
        *,
        minor: bool = False,
        taken: Taken | None = None,
    ) -> None:
        """Save `opened.records` as the next generation and make them what is seen."""
        from wallet.vault.backups.retention import Retention  # what only a save needs

        before, taken = opened.header, taken or self._taken
        replaced = self._opened
        generation = taken.next_generation(before.generation)
        damaged = self.saves_over_damage and keep_damaged(self._real, opened.records)
        taken.keep_and_note(self._real, opened)
        touched = opened.records.history.touched()
        opened.records.history.write_down()
        opened.records.ancestors.add(opened.save.generation, opened.save.header)
        older = Retention.of(
            self._real, opened.records.settings, before, generation, minor=minor, prune=not damaged
        )
        image = opened.records.database.hand_over()
        size = len(image)
        header, body = seal_body(image, opened.keys.body, before.vault_id, generation, ways_in)
        del image  # as large as all the vault, and no more needed
        saved = opened._replace(header=header, tables_version=migrations.VERSION)
        try:
            storage.save(
                *(self._real, header, body, opened.keys, older),
                records=opened.records,
                checked=not damaged,
            )
        except SaveUncertainError:
            self._taken = Taken()
            self._adopt(saved)
            self._note_past(replaced, saved, touched, size, minor=minor)
            raise
        self._taken = Taken()
        newest_save.remember(header.vault_id, self._real, saved.save)
        if not damaged and self._is_sound(before):
            self._know_sound(header)
        self._adopt(saved)
        self._note_past(replaced, saved, touched, size, minor=minor)

    def _note_past(
        self,
        replaced: UnlockedState | None,
        saved: UnlockedState,
        touched: tuple[frozenset[int], frozenset[str]],
        size: int,
        *,
        minor: bool,
    ) -> None:
        """Let a change be undone, unless the vault was locked meanwhile."""
        with self._state:
            if self.past is None or replaced is None or self._opened is None:
                return
            from wallet.vault.session.past import PastChange

            keys, notes = touched
            change = PastChange(
                replaced.records, saved.records, frozenset() if minor else keys, notes, size
            )
            # What is sealed by another key now cannot be put back; nor what a restore replaced.
            others = replaced.seed_box is not saved.seed_box or What.RESTORED.value in notes
            self.past.note(change, others=others)
