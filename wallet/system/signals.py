"""Signals that end or suspend the app, given to an asyncio loop, and a way out that holds.

A handler of Python's own runs between any two instructions, perhaps while the vault's lock is
held. The loop's handlers run as ordinary callbacks, where locking is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable

PATIENCE = 5.0
"""Seconds that the orderly way out has after a signal, before the process is ended."""


def on_hangup(callback: Callable[[int], None]) -> None:
    """Call `callback` with the signal's number at the first SIGHUP, SIGTERM or SIGINT.

    Needs a running asyncio loop in the main thread; elsewhere, and on Windows, it does
    nothing. A second signal ends the process as if nobody had asked for it.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)

    def received(number: int) -> None:
        for each in numbers:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        callback(number)

    for number in numbers:
        with contextlib.suppress(ValueError, RuntimeError):
            loop.add_signal_handler(number, received, number)


def on_suspend(callback: Callable[[Callable[[], None]], None]) -> None:
    """Call `callback` at SIGTSTP with what really suspends: the handler that was there before.

    Needs a running asyncio loop in the main thread; elsewhere, and on Windows, it does nothing.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return
    before = signal.getsignal(signal.SIGTSTP)

    def suspend() -> None:
        if callable(before):
            before(signal.SIGTSTP, None)
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    with contextlib.suppress(ValueError, RuntimeError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTSTP, callback, suspend)


def end_soon(status: int, *, patience: float = PATIENCE) -> None:
    """End the process with `status` after `patience` seconds, whatever hangs by then.

    After a hang-up the terminal takes no more output, and what writes to it may wait forever.
    """
    timer = threading.Timer(patience, os._exit, (status,))
    timer.daemon = True
    timer.start()
