"""The session of an unlocked vault: its state, turns for those who change it, and the lock.

It has a saver for the file, and makes what that read or wrote the state that is seen.

Any thread may call any method. Changes wait for each other; reading waits for nothing.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from wallet.errors import BusyError, LockedError, ReadOnlyError, VaultError
from wallet.system.disk import files, volumes
from wallet.vault.backups.older_saves import LOCK_WAIT
from wallet.vault.db.journal.kinds import What
from wallet.vault.file.ancestry import Save
from wallet.vault.records import Records
from wallet.vault.session.accepted_files import Taken
from wallet.vault.session.saver import Saver, Written
from wallet.vault.session.unlocked_state import UnlockedState, closed_unless_saved, copied, watch

if TYPE_CHECKING:
    from wallet.vault.db.soundness import Problem
    from wallet.vault.session.past import PastChanges


class Session:
    """The state of an unlocked vault, until `lock`. As a context manager it locks at the end."""

    def __init__(
        self, path: Path, real: Path, opened: UnlockedState, taken: Taken | None = None
    ) -> None:
        """Use `Vault.create` or `Vault.unlock`."""
        self.path = path
        self.warning: str | None = volumes.warning(real)
        self.saves_over_damage = False  # whether the person said so
        self.only_looking = False  # as well: then nothing is saved, not even a note
        self._real = real
        self._directory = files.directory_identity(real.parent)
        self._saver = Saver(path, real, taken)
        self._opened: UnlockedState | None = opened
        self._handed_out: weakref.WeakSet[Records] = weakref.WeakSet([opened.records])
        self._state = threading.Lock()  # held for moments: guards the fields here
        self._changes = threading.Lock()  # held for a whole change
        self._looking = threading.RLock()  # held while all of the contents is looked through
        self._look_first = self._trusting = False
        self._changing: int | None = None
        self._to_wipe: list[UnlockedState] = []
        # Whether a change is made in the records in memory, not in a copy: half the memory, for
        # those that no other thread reads and that nobody needs as they were before it.
        self.in_place = False
        self.past: PastChanges | None = None  # where changes are to be undone

    def __reduce__(self) -> str:
        raise TypeError("a vault is never copied or stored")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lock()

    @property
    def locked(self) -> bool:
        return self._opened is None

    @property
    def records(self) -> Records:
        """The records as last saved or read, to read only. Raises `LockedError`."""
        return self._unlocked().records

    @property
    def save(self) -> Save:
        """The save of the vault that is in memory. Raises `LockedError`."""
        return self._unlocked().save

    @property
    def turned_back(self) -> bool:
        """Whether an older file or a fork was opened on the person's word, and not saved since:
        from then on the history says it."""
        return self._saver.taken.unlike

    @property
    def seen_before(self) -> Save | None:
        """The newest save that had been seen here when the file was opened, until the next one."""
        return self._saver.taken.before

    @property
    def refusal(self) -> VaultError | None:
        """The error of `Vault.unlock` for the opened file, as older than what was seen here or as
        a fork, where nobody accepts that; None where it follows. Raises `LockedError`."""
        return self._saver.taken.refusal(self.save)

    def keep_past(self) -> None:
        """Let what is changed from now on be undone, until the lock."""
        from wallet.vault.session.past import PastChanges  # for the app alone

        self.past = PastChanges()

    def lock(self) -> None:
        """Forget the keys and close the records, at once. Locking twice is no mistake.

        A change that is running in another thread is finished and saved first, by that
        thread, which then wipes the keys; `locked` is true from now on all the same.
        """
        with self._state:
            opened, self._opened = self._opened, None
            if self.past is not None:
                self.past.clear()
            if opened is None:
                return
            if self._changing is not None:
                self._to_wipe.append(opened)
                return
        self._forget(opened)

    def _forget(self, opened: UnlockedState) -> None:
        opened.wipe()
        with self._state:
            handed_out = list(self._handed_out)
            self._handed_out.clear()
        for records in handed_out:
            records.close()

    def _unlocked(self) -> UnlockedState:
        opened = self._opened
        if opened is None:
            raise LockedError("The vault is locked. Unlock it to go on.")
        return opened

    def check_before_changes(self, *, trusting: bool = False) -> None:
        """Let the next change wait until all of the contents was looked through, or do it itself.

        So nothing is saved over a damaged seed, and no backup goes, before that is known.
        `trusting` is content with this very save having been found sound here before.
        """
        self._look_first, self._trusting = True, trusting

    def check_contents(self) -> list[Problem]:
        """Look through what is in memory; where something is wrong nothing is saved from then on.

        Raises `LockedError`.
        """
        with self._looking:
            looked_at = self._unlocked()
            problems = looked_at.records.check_contents(alone=self.in_place)
            if problems and (opened := self._opened) is not None:
                # also where a change was saved meanwhile
                opened.records.database.problems = tuple(problems)
            if not problems:
                self._saver.know_sound(looked_at.header)
            self._look_first = False
            return problems

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[None]:
        """Let one change at a time run in this process, and end what `lock` left to do."""
        if self._changing == threading.get_ident():
            raise RuntimeError("a change inside a change of the same vault")
        with self._looking:  # a check that runs is waited for
            if self._look_first:
                opened = self._unlocked()
                if self._trusting and self._saver.is_sound(opened.header):
                    opened.records.database.problems = ()  # nor is each page looked at again
                else:
                    self.check_contents()
                self._look_first = False
        if not self._changes.acquire(timeout=LOCK_WAIT):
            raise BusyError("Another change of this vault is still running. Try again after it.")
        try:
            self._changing = threading.get_ident()
            yield
        finally:
            self._end_of_change()

    def _end_of_change(self) -> None:
        with self._state:
            self._changing = None
            to_wipe, self._to_wipe = self._to_wipe, []
        self._changes.release()
        for opened in to_wipe:
            self._forget(opened)

    def _adopt(self, opened: UnlockedState) -> None:
        """Make this the state that is seen, unless the vault was locked meanwhile."""
        with self._state:
            self._handed_out.add(opened.records)
            if self._opened is None:
                self._to_wipe.append(opened)
            else:
                self._opened = opened

    # What others saved, and the next save

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
            newer = self._saver.newer(opened)
        except LockedError:
            self.lock()
            raise
        if newer is None:
            return opened
        self._adopt(newer)
        self._saver.remember(newer)
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
            there = self._saver.read_again(opened)
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
        replaced = self._opened

        def done(written: Written) -> None:
            self._adopt(written.state)
            self._note_past(replaced, written, minor=minor)

        over_damage = self.saves_over_damage
        self._saver.save(opened, ways_in, done, taken=taken, minor=minor, over_damage=over_damage)

    def _note_past(self, replaced: UnlockedState | None, written: Written, *, minor: bool) -> None:
        """Let a change be undone, unless the vault was locked meanwhile."""
        with self._state:
            if self.past is None or replaced is None or self._opened is None:
                return
            from wallet.vault.session.past import PastChange

            saved, keys, notes, size = written
            change = PastChange(
                replaced.records, saved.records, frozenset() if minor else keys, notes, size
            )
            # What is sealed by another key now cannot be put back; nor what a restore replaced.
            others = replaced.seed_box is not saved.seed_box or What.RESTORED.value in notes
            self.past.note(change, others=others)
