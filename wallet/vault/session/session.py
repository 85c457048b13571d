"""The session of an unlocked vault: its state, turns for those who change it, and the lock.

Any thread may call any method. Changes wait for each other; reading waits for nothing.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from wallet.errors import BusyError, LockedError
from wallet.vault.backups.older_saves import LOCK_WAIT
from wallet.vault.file import sound_saves
from wallet.vault.file.ancestry import Save
from wallet.vault.file.container import Header
from wallet.vault.records import Records
from wallet.vault.session.unlocked_state import UnlockedState

if TYPE_CHECKING:
    from wallet.vault.db.soundness import Problem
    from wallet.vault.session.past import PastChanges


class Session:
    """The state of an unlocked vault, until `lock`. As a context manager it locks at the end."""

    def __init__(self, opened: UnlockedState) -> None:
        """Takes over what was opened."""
        self._opened: UnlockedState | None = opened
        self._handed_out: weakref.WeakSet[Records] = weakref.WeakSet([opened.records])
        self._state = threading.Lock()  # held for moments: guards the fields here
        self._changes = threading.Lock()  # held for a whole change
        self._looking = threading.RLock()  # held while all of the contents is looked through
        self._look_first = self._trusting = False
        self._sound: bytes | None = None  # the save that was looked through whole, by its header
        self._may_remember = True  # what was seen of the vault, on this machine
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

    def _is_sound(self, header: Header) -> bool:
        """Whether the save of that header was looked through whole and found sound."""
        digest = header.digest()
        return self._sound == digest or sound_saves.is_remembered(header.vault_id, digest)

    def _know_sound(self, header: Header, *, remember: bool = True) -> None:
        """Note that there is nothing wrong with the save of that header."""
        self._sound = header.digest()
        if remember:
            sound_saves.remember(header.vault_id, self._sound)

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
                self._know_sound(looked_at.header, remember=self._may_remember)
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
                if self._trusting and self._is_sound(opened.header):
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
