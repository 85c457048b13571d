"""The work of dialogs that a lock finds running: how it ended is told after the unlocking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from typing import Protocol

from wallet.app.host import Host

Left = tuple[int, str]
"""A number, and the title of the dialog whose work has it; with 0, a sentence that says all."""


class End(Enum):
    """The ways in which work may end that nobody watches."""

    DONE = "and was done"
    STOPPED = "and was stopped before its end: look what came of it"
    FAILED = "and failed: look what came of it, and do it again"


class Working(Protocol):
    """A dialog, as far as work that it began is concerned."""

    tell_end: Callable[[End], None] | None

    @property
    def at_work(self) -> bool: ...

    def hold_back(self) -> None: ...

    @property
    def ended_by_lock(self) -> str: ...

    @property
    def title_shown(self) -> str: ...


class LeftWork:
    """Numbers the work that a lock leaves running. No name of a key is in it while it is locked."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self._last = 0
        self._ends: dict[int, End] = {}
        self._running: dict[int, str] = {}  # titles of what was told to be running still

    def leave(self, dialogs: Iterable[Working]) -> list[Left]:
        """Let these dialogs go, and give what is to be told of their work after the unlocking."""
        left: list[Left] = [*self._running.items()]
        self._running.clear()
        for dialog in dialogs:
            if not dialog.at_work:
                continue
            dialog.hold_back()
            if sentence := dialog.ended_by_lock:
                left.append((0, f"{dialog.title_shown}: {sentence}"))
            else:
                self._last += 1
                dialog.tell_end = partial(self._ended, self._last)
                left.append((self._last, dialog.title_shown))
        return left

    def tell(self, left: Iterable[Left]) -> None:
        """Say how each ended; of what runs still it is said once it has."""
        for number, words in left:
            if not number:
                self._say(words)
            elif (end := self._ends.pop(number, None)) is not None:
                self._say(f"“{words}” was at work when the wallet locked, {end.value}.")
            else:
                self._running[number] = words
                self._say(f"“{words}” was at work when the wallet locked, and still is.")

    def _ended(self, number: int, end: End) -> None:
        if (title := self._running.pop(number, None)) is not None:
            self._say(f"“{title}” was at work when the wallet locked, {end.value}.")
        else:
            self._ends[number] = end

    def _say(self, text: str) -> None:
        self._app.notify(text, severity="warning", timeout=15, markup=False)
