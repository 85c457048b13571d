"""Signals that end or suspend the app, handed to its asyncio loop.

A handler of Python's own runs between any two instructions, perhaps while a lock is held, so
the work is done by the loop as an ordinary callback, where locking the vault is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

HANG_UP = 1
"""SIGHUP, on systems that have no such signal too."""

PATIENCE = 5.0
"""Seconds that the orderly way out has after a signal, before the system ends the process."""


def on_hangup(callback: Callable[[int], object], *, patience: float = PATIENCE) -> None:
    """Call `callback` with the signal's number at the first SIGHUP, SIGTERM or SIGINT.

    From then on the process has `patience` seconds to end: after a hang-up the terminal takes
    no more output, and what writes to it may wait for ever. A second signal ends it at once.
    Needs a running asyncio loop in the main thread; elsewhere does nothing. On Windows it is the
    console's closing, and the end of the session, that are a hang-up.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if sys.platform == "win32":
        console_events(asyncio.get_running_loop(), callback, patience)
        return
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)

    def received(number: int, _frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_DFL)
        # The kernel's own clock: it needs neither a thread nor a loop that still turns.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, patience)
        with contextlib.suppress(RuntimeError):  # the loop has ended: so does the process
            loop.call_soon_threadsafe(callback, number)

    for number in numbers:
        signal.signal(number, received)


_CLOSES = {2, 5, 6}  # CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT (wincon.h)
_kept: list[object] = []  # what Windows calls later must not be collected


def console_events(
    loop: asyncio.AbstractEventLoop, callback: Callable[[int], object], patience: float
) -> None:
    """Call `callback` in `loop` when Windows closes the console, and hold the closing back.

    Windows calls from a thread of its own, and ends the process when that call is over, or after
    five seconds. Source: SetConsoleCtrlHandler and HandlerRoutine.
    """
    windows: Any = ctypes

    def received(event: int) -> bool:
        if event not in _CLOSES:
            return False
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(callback, HANG_UP)
        threading.Event().wait(patience)  # the way out ends the process before
        return True

    routine = windows.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)(received)
    if windows.windll.kernel32.SetConsoleCtrlHandler(routine, 1):
        _kept.append(routine)


def end_soon(patience: float = PATIENCE) -> None:
    """Let the system end the process in `patience` seconds, whatever it waits for then.

    For a terminal that went without a signal; may be called in any thread. The process ends by
    SIGALRM, for which nothing here has a handler. Does nothing on Windows.
    """
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, patience)


def on_suspend(callback: Callable[[Callable[[], None]], object]) -> None:
    """Call `callback` at SIGTSTP with what really suspends: the handler that was there before.

    Needs a running asyncio loop in the main thread; elsewhere, and on Windows, does nothing.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return
    before = signal.getsignal(signal.SIGTSTP)

    def suspend() -> None:
        if callable(before):
            before(signal.SIGTSTP, None)
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    asyncio.get_running_loop().add_signal_handler(signal.SIGTSTP, callback, suspend)
