"""A terminal that shows nothing of what is typed, from the question for a secret until its end, and
while the app is loaded, which will ask for one.

A passphrase is checked for a second or two, and whoever types the next try meanwhile would see it
on the screen, and find it in the shell's history. So the terminal is silent from the first question
on, and what was typed and not taken is thrown away when it is given back. It is given back also
where the process is interrupted, told to end, or suspended; only a kill cannot be seen.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

if sys.platform == "win32":
    import msvcrt

    _asked = False

    def begin(*, typed_ahead: bool = False) -> None:
        """Take the console; it shows a key only while a line is read. What was typed before the
        question is thrown away, unless `typed_ahead` takes it for the answer.
        """
        global _asked
        if not typed_ahead:
            _throw_away()
        _asked = True

    def end() -> None:
        """Throw away what was typed and not taken, where a secret was asked for."""
        global _asked
        if _asked:
            _throw_away()
        _asked = False

    def hide_typing() -> None:
        """Do nothing: the console shows no key where no line is read."""

    def show_typing() -> None:
        """Do nothing, as `hide_typing`."""

    def _throw_away() -> None:
        with contextlib.suppress(OSError):
            while msvcrt.kbhit():
                msvcrt.getwch()

else:
    import termios

    GONE = (OSError, termios.error)  # what is raised where there is no terminal any more

    def _without_echo(attributes: list[Any]) -> list[Any]:
        silent = [*attributes[:6], [*attributes[6]]]
        silent[3] &= ~termios.ECHO
        return silent

    class _Silence:
        """The terminal that is silent now."""

        def __init__(self, terminal: int | None) -> None:
            name, how = "/dev/tty", os.O_RDWR | os.O_NOCTTY
            self.descriptor = os.open(name, how) if terminal is None else os.dup(terminal)
            try:
                self._before = termios.tcgetattr(self.descriptor)
            except BaseException:
                os.close(self.descriptor)
                raise
            self._question = b""
            self._is_on = self._by_keys = False
            self._handled: list[signal.Signals] = []
            self._hear()

        def show_nothing(self, *, by_keys: bool = False) -> None:
            """Hand over a line at a time; `by_keys` what there is, for a line is cut at 4,096 bytes
            and a JWT is longer. Raises `OSError` or `termios.error` where the terminal has gone.
            """
            self._by_keys = by_keys
            silent = _without_echo(self._before)
            if by_keys:
                silent[3] &= ~termios.ICANON
                silent[6][termios.VMIN], silent[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self.descriptor, termios.TCSAFLUSH, silent)
            self._is_on = True

        def throw_away(self) -> None:
            """Drop what was typed so far."""
            with contextlib.suppress(*GONE):
                termios.tcflush(self.descriptor, termios.TCIFLUSH)

        def ask(self, question: bytes) -> None:
            """Write a question; once more after a suspension, until it is `answered`."""
            self._question = question
            os.write(self.descriptor, question)

        def answered(self) -> None:
            """The line that was typed, and not shown, has ended."""
            self._question = b""
            with contextlib.suppress(OSError):
                os.write(self.descriptor, b"\n")

        def end(self) -> None:
            """The terminal as it was before, and nothing typed that the shell would read."""
            self._restore()
            for number in self._handled:
                signal.signal(number, signal.SIG_DFL)
            with contextlib.suppress(OSError):
                os.close(self.descriptor)

        def _restore(self) -> None:
            self._is_on = False
            with contextlib.suppress(*GONE):
                if self._is_ours:
                    termios.tcsetattr(self.descriptor, termios.TCSAFLUSH, self._before)

        @property
        def _is_ours(self) -> bool:
            """Whether this is what runs in front: to others the terminal gives SIGTTOU."""
            try:
                return os.tcgetpgrp(self.descriptor) == os.getpgrp()
            except OSError:  # it obeys nobody here
                return True

        def _hear(self) -> None:
            if threading.current_thread() is not threading.main_thread():
                return
            for number, handler in (
                (signal.SIGTERM, self._told_to_end),
                (signal.SIGHUP, self._told_to_end),
                (signal.SIGQUIT, self._told_to_end),
                (signal.SIGTSTP, self._suspended),
                (signal.SIGCONT, self._continued),
            ):
                if signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, handler)
                    self._handled.append(number)

        def _told_to_end(self, number: int, _frame: FrameType | None) -> None:
            end()
            os.kill(os.getpid(), number)

        def _suspended(self, number: int, _frame: FrameType | None) -> None:
            self._restore()
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)  # comes back when it goes on
            signal.signal(number, self._suspended)
            if not self._is_on:  # nobody suspends what no shell looks after
                self._continued(number, None)

        def _continued(self, _number: int, _frame: FrameType | None) -> None:
            with contextlib.suppress(*GONE):
                if self._is_ours:
                    self.show_nothing(by_keys=self._by_keys)
                    os.write(self.descriptor, self._question)

    _now: _Silence | None = None

    def begin(*, typed_ahead: bool = False, terminal: int | None = None) -> _Silence:
        """Let the terminal show nothing from now on, until `end`: the one that obeys this process,
        or the open file descriptor `terminal`.

        What was typed before is thrown away, unless it is silent already and `typed_ahead` takes
        that for the answer. Raises `OSError` without a terminal.
        """
        global _now
        if _now is None:
            _now = _Silence(terminal)
            _now.show_nothing()
        elif not typed_ahead:
            _now.throw_away()
        return _now

    def end() -> None:
        """Give the terminal back as it was; does nothing where none is silent."""
        global _now
        silence, _now = _now, None
        if silence is not None:
            silence.end()

    _typing_shown: list[Any] | None = None  # the terminal's attributes, while `hide_typing` holds

    def hide_typing() -> None:
        """Let the terminal at standard input show nothing until `show_typing`; without one do
        nothing.

        Who types the passphrase right behind the command would find it there when the app has
        ended. Unlike after `begin`, what is typed stays, for the app's first field.
        """
        global _typing_shown
        with contextlib.suppress(*GONE, ValueError):
            terminal = sys.stdin.fileno()
            if os.tcgetpgrp(terminal) == os.getpgrp():  # to others it gives SIGTTOU
                shown = termios.tcgetattr(terminal)
                termios.tcsetattr(terminal, termios.TCSANOW, _without_echo(shown))
                _typing_shown = shown

    def show_typing() -> None:
        """Let the terminal be as `hide_typing` found it: the app keeps what it finds."""
        global _typing_shown
        shown, _typing_shown = _typing_shown, None
        if shown is not None:
            with contextlib.suppress(*GONE, ValueError):
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, shown)
