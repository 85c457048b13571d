"""Ctrl+C that waits for the end of a step, so that no step is left half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

saved = threading.Event()
"""Set where a save of this process is put in its place: from then on something may be left."""


@contextlib.contextmanager
def between_steps() -> Iterator[Callable[[], None]]:
    """While many steps are done: Ctrl+C raises where the function that is given is called.

    The signal comes most often while the system works, and Python raises right behind that: a
    file is made by then, and nobody knows yet that it was. A second Ctrl+C does not wait. In
    another thread, and where another handler than Python's own is set, nothing is changed.
    """
    before = signal.getsignal(signal.SIGINT)
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or before is not signal.default_int_handler:
        yield lambda: None
        return
    received: list[int] = []

    def receive(number: int, _frame: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    def step() -> None:
        if received:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, receive)
    try:
        yield step
        step()
    finally:
        signal.signal(signal.SIGINT, before)
