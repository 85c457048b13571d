"""The changes that this window made since it was unlocked, for them to be undone and done again.

Nothing is copied for that: the records of before a change, and of after it, stay in memory, their
seeds sealed as in the file. Where the vault locks they are closed with all the others.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import Enum

from wallet.vault.key_rows import KeyRows, states
from wallet.vault.records import Records

MOST_CHANGES = 50
MOST_BYTES = 64 * 1024 * 1024
"""So much of earlier records is held, and the last change in any case."""

PUSHED = "pushed"
"""Stands for a push, beside the kinds of notes in the history."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PastChange:
    """A change of this window: the records before and after it, and the ids of the touched keys.

    `notes` are what the history notes beside that. One that `undid` another names it.
    """

    before: Records
    after: Records
    keys: frozenset[int]
    notes: frozenset[str]
    size: int
    undid: str = ""

    def states_before(self) -> dict[int, KeyRows]:
        """The states of the touched keys before the change."""
        return states(self.before, self.keys)

    def states_after(self) -> dict[int, KeyRows]:
        """The states of the touched keys as the change left them."""
        return states(self.after, self.keys)


class _Way(Enum):
    ON = "a change of its own"
    BACK = "undoes one"
    AGAIN = "does again what was undone"


class PastChanges:
    """Holds what can be undone, the last one last, and what was undone and can be done again.

    Whoever changes the vault calls nothing here: the session notes every save. Who goes back holds
    the `turn`.
    """

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self._done: list[PastChange] = []
        self._undone: list[PastChange] = []
        self._way = _Way.ON
        self._what = ""  # what is undone, or done again

    @property
    def last(self) -> PastChange | None:
        """The change to be undone next."""
        return self._done[-1] if self._done else None

    @property
    def last_undone(self) -> PastChange | None:
        """The undoing that is taken back next."""
        return self._undone[-1] if self._undone else None

    def clear(self) -> None:
        """Forget all of it."""
        self._done.clear()
        self._undone.clear()

    def pass_over(self, change: PastChange) -> None:
        """Take a change out that was undone, that cannot be, or that did nothing.

        A lock may have come between, and have forgotten it.
        """
        for stack in (self._done, self._undone):
            if change in stack:
                stack.remove(change)

    def note(self, change: PastChange, *, others: bool = False) -> None:
        """Take in a change that was saved; `others` are its records, of which ids mean nothing."""
        if others:
            self.clear()
        if not change.keys and not change.notes:
            return
        if self._way is not _Way.ON:
            change = replace(change, undid=self._what)
        (self._undone if self._way is _Way.BACK else self._done).append(change)
        if self._way is _Way.ON and change.keys:
            self._undone.clear()
        self._way = _Way.ON
        self._let_go()

    def note_pushed(self, records: Records) -> None:
        """Note that accounts were brought to servers."""
        self.note(PastChange(records, records, frozenset(), frozenset({PUSHED}), 0))

    def go_back(self, what: str, *, again: bool) -> None:
        """Know that the save that follows, by whoever holds the turn, undoes a change, or does it
        `again`; it is named by `what` that did.
        """
        self._what = what
        self._way = _Way.AGAIN if again else _Way.BACK

    def go_on(self) -> None:
        """Know that what is saved from now on is a change of its own."""
        self._way = _Way.ON

    def _let_go(self) -> None:
        """Let the oldest go where there are too many, or they hold too much."""
        for stack in (self._done, self._undone):
            held = 0
            for number, change in enumerate(reversed(stack), 1):
                held += change.size
                if number > MOST_CHANGES or (number > 1 and held > MOST_BYTES):
                    del stack[: len(stack) - number + 1]
                    break
