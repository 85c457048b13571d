"""Takes a secret off the terminal's screen where the program that shows it is killed.

A signal that nobody can catch leaves the alternate screen as it was, with the secret on it, for as
long as the terminal stands. So while one is shown a shell waits on a pipe whose other end only we
have. When we are gone without a word, it clears that screen, leaves it and sets the terminal right.
"""

from __future__ import annotations

import contextlib
import os
import subprocess

# Mouse, pastes and focus reports off, the cursor shown; the alternate screen cleared, and left.
# It is entered first: where it was left already, what stands on the other one stays.
_RIGHT = r"\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1004l\033[?2004l\033[?25h"
_SCRIPT = (
    "trap '' HUP INT QUIT TERM TSTP TTOU; read -r over && exit 0; "
    rf"printf '{_RIGHT}\033[?1049h\033[2J\033[?1049l\033[0m'; stty sane <&1"
)


class ScreenGuard:
    """The shell that waits, from when it is made until `end`. For a POSIX system alone."""

    def __init__(self, terminal: int) -> None:
        """`terminal` is the descriptor that is written to. Where no shell starts, nothing waits."""
        self._shell: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=terminal,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath},
            )

    def end(self) -> None:
        """Nothing secret is on the screen any more; does nothing the second time."""
        shell, self._shell = self._shell, None
        if shell is None:
            return
        with contextlib.suppress(OSError):  # it was ended by somebody
            shell.communicate(b"over\n")
