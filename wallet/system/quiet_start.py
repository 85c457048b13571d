"""A terminal that shows nothing of what is typed before the app has it.

Who types the passphrase right behind the command would find it on the terminal when the app has
ended. It is kept for the app's first field; only for that time the terminal is changed, since the
app itself keeps what it finds, and puts that back.
"""

from __future__ import annotations

import contextlib
import os
import sys

if sys.platform == "win32":

    def begin() -> None:
        """Do nothing: a console shows a key only while a line is read."""

    def end() -> None:
        """Do nothing, as `begin`."""

else:
    import termios

    _before: list[int | list[bytes | int]] | None = None

    def begin() -> None:
        """Let the terminal at standard input show nothing until `end`; without one do nothing."""
        global _before
        with contextlib.suppress(OSError, termios.error, ValueError):
            terminal = sys.stdin.fileno()
            if os.tcgetpgrp(terminal) == os.getpgrp():  # to others it gives SIGTTOU
                before = termios.tcgetattr(terminal)
                silent = [*before]
                silent[3] = before[3] & ~termios.ECHO
                termios.tcsetattr(terminal, termios.TCSANOW, silent)
                _before = before

    def end() -> None:
        """Let the terminal be as it was, with what was typed still to be read."""
        global _before
        before, _before = _before, None
        if before is not None:
            with contextlib.suppress(OSError, termios.error, ValueError):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, before)
