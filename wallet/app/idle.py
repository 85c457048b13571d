"""How long nobody has touched a key, counting the time that the machine slept."""

from __future__ import annotations

import time
from collections.abc import Callable

DEFAULT_MINUTES = 5


def _clock() -> float:
    # Linux' monotonic clock stands still while a laptop sleeps; a wallet's must not.
    return time.clock_gettime(time.CLOCK_BOOTTIME)


now: Callable[[], float] = _clock if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
"""Seconds on a clock that never goes back."""


class Idle:
    """Counts from the last `touch`; `over` after `minutes`."""

    def __init__(self, clock: Callable[[], float] = now) -> None:
        self.minutes = DEFAULT_MINUTES
        self._clock = clock
        self._touched = clock()

    def touch(self) -> None:
        """Somebody is there."""
        self._touched = self._clock()

    @property
    def over(self) -> bool:
        """Whether nobody was there for so long."""
        return self._clock() - self._touched >= self.minutes * 60
