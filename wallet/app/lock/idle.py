"""A clock for the time without a key press; it goes on while the machine sleeps."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from functools import partial

DEFAULT_MINUTES = 5
WARNED_SECONDS = 30  # before the lock


def clock_for(platform: str) -> Callable[[], float]:
    """Seconds on a clock that never goes back, and does not stand still while a laptop sleeps.

    Linux' CLOCK_MONOTONIC stops then, macOS' goes on; but there Python's `time.monotonic` is
    mach_absolute_time, which stops. Source: clock_gettime(3) of both. Windows' counts sleep.
    """
    wanted = "CLOCK_MONOTONIC" if platform == "darwin" else "CLOCK_BOOTTIME"
    clock: int | None = getattr(time, wanted, None)
    if sys.platform == "win32" or platform == "win32" or clock is None:
        return time.monotonic
    return partial(time.clock_gettime, clock)


now = clock_for(sys.platform)


class Idle:
    """Counts from the last `touch`; `over` after `minutes`."""

    def __init__(self, clock: Callable[[], float] = now) -> None:
        self.minutes = DEFAULT_MINUTES
        self._clock = clock
        self._touched = clock()

    def touch(self) -> None:
        """Begin to count anew: somebody is there."""
        self._touched = self._clock()

    @property
    def words(self) -> str:
        """The time after which it is over: `5 minutes`."""
        return f"{self.minutes} minute{'' if self.minutes == 1 else 's'}"

    @property
    def left(self) -> int:
        """The whole seconds that are left, 0 when it is over."""
        return max(0, math.ceil(self.minutes * 60 - (self._clock() - self._touched)))

    @property
    def clock(self) -> str:
        """The time that is left, with a mark before it where it is little: `! locks in 0:29`."""
        minutes, seconds = divmod(self.left, 60)
        return f"{'! ' if self.soon else ''}locks in {minutes}:{seconds:02d}"

    @property
    def soon(self) -> bool:
        """Whether a person is to be warned."""
        return self.left <= WARNED_SECONDS

    @property
    def over(self) -> bool:
        """Whether the last touch is `minutes` ago or more."""
        return self._clock() - self._touched >= self.minutes * 60
