"""Textual's driver for POSIX terminals, which notices that its terminal has gone.

A terminal may go without a signal: in a session of its own, behind a closed pipe, over a broken
connection. Then reading gives end of file or an error. Textual takes the one for silence, and
asks again for ever; of the other it makes a crash. Here both are a hang-up, and so is output
that is not taken any more.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import sys
from codecs import getincrementaldecoder
from typing import IO, TYPE_CHECKING, Any

from textual._xterm_parser import XTermParser
from textual.driver import Driver

from wallet.app.terminal.terminal_answers import TerminalAnswers

if sys.platform != "win32":
    from textual.drivers.linux_driver import LinuxDriver

    from wallet.system import remote, signals, silence
    from wallet.system.screen_guard import ScreenGuard

    if TYPE_CHECKING:
        from wallet.app.terminal.changed_cells import ChangedCells

    class TerminalDriver(LinuxDriver):
        """Calls the app's `terminal_gone` once, from whichever thread sees it first.

        Over SSH it sends what changes on the screen, and no more.
        """

        def __init__(self, app: Any, **options: Any) -> None:
            super().__init__(app, **options)
            self._gone = self._is_lost = False
            self._changed_cells: ChangedCells | None = None
            if remote.over_ssh(os.environ):
                from wallet.app.terminal.changed_cells import ChangedCells

                self._changed_cells = ChangedCells()
            if self._file is not None:
                self._file = _Output(self._file, self._hung_up)  # type: ignore[assignment]

        def start_application_mode(self) -> None:
            """Take the terminal as it was before the app was loaded."""
            silence.show_typing()
            super().start_application_mode()  # type: ignore[no-untyped-call]

        def write(self, data: str) -> None:
            """Send what Textual paints."""
            cells = self._changed_cells
            if cells is not None:
                try:
                    size = os.get_terminal_size(self.fileno)
                except OSError:  # gone: whoever writes notices
                    size = os.terminal_size((0, 0))
                if self._is_lost or size != (cells.width, cells.height):
                    self._is_lost = False
                    cells.forget(*size)
                data = cells.changes(data)
            super().write(data)

        def forget_screen(self) -> None:
            """Send all of what is painted from now on: another size, if only for a moment, may have
            cost the terminal a part of it."""
            self._is_lost = True

        def guard_screen(self) -> ScreenGuard:
            """Let what is shown go from the screen even where the app is killed, until its end."""
            file = self._file
            return ScreenGuard(self.fileno if file is None else file.fileno())

        def run_input_thread(self) -> None:
            """Wait for input and dispatch events, until the terminal or the app ends."""
            parser, answers = XTermParser(self._debug), TerminalAnswers()
            decode = getincrementaldecoder("utf-8")("replace").decode
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    if selector.select(0.1):
                        try:
                            data = os.read(self.fileno, 4096)
                        except BlockingIOError:
                            continue
                        except OSError:
                            data = b""
                        if not data:
                            self._hung_up()
                            return
                        text = answers.taken_out(decode(data))
                    else:
                        text = answers.overdue()
                    # Nothing would be the end to the parser: as where half a character came.
                    for event in parser.feed(text) if text else ():
                        self.process_message(event)
                    for event in parser.tick():
                        self.process_message(event)
                if selector.select(0.1):  # a late answer of the terminal: not for the shell
                    with contextlib.suppress(OSError):
                        os.read(self.fileno, 4096)

        def _hung_up(self) -> None:
            if not self._gone:
                self._gone = True
                signals.end_soon()
                self._app.terminal_gone()  # type: ignore[attr-defined]

    class _Output:
        """A terminal to write to. When it takes nothing more, the rest is thrown away."""

        def __init__(self, file: IO[str], when_gone: Any) -> None:
            self._file = file
            self._when_gone = when_gone

        def write(self, text: str) -> int:
            try:
                self._file.write(text)
            except (OSError, ValueError):
                self._when_gone()
            return len(text)

        def flush(self) -> None:
            try:
                self._file.flush()
            except (OSError, ValueError):
                self._when_gone()

        def fileno(self) -> int:
            return self._file.fileno()

        def isatty(self) -> bool:
            return self._file.isatty()

    DRIVER: type[Driver] | None = TerminalDriver
else:
    DRIVER = None
