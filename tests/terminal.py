"""A real terminal to use the app in, as a person does: tmux with a socket of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.tools import tool


class Terminal:
    """A program in a terminal of `columns` × `lines`."""

    def __init__(self, tmux: str, socket: str) -> None:
        self._tmux = [tmux, "-L", socket, "-f", os.devnull]

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, check=False, timeout=30
        )
        return done.stdout

    def screen(self) -> str:
        """What is on the screen now, as text."""
        return self.tmux("capture-pane", "-p", "-t", "wallet")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, `Enter`, `Escape`, `C-c`, `t`, and see what comes of it."""
        self._send(*keys)

    def type(self, text: str) -> None:
        """Type a text as it is, and see it, before the next key."""
        self._send("-l", text)

    def _send(self, *words: str, seconds: float = 5) -> None:
        """Go on as a person does: when the screen has changed, and stays as it is for a moment.

        There are keys that change nothing on the screen; after some `seconds` one goes on.
        """
        before = self.screen()
        self.tmux("send-keys", "-t", "wallet", *words)
        deadline = time.monotonic() + seconds
        after = before
        while time.monotonic() < deadline:
            last, after = after, self.screen()
            if after == last != before:
                return
            time.sleep(0.1)

    def wait_for(self, *texts: str, seconds: float = 60) -> str:
        """Wait until all `texts` are on the screen; gives the screen."""
        deadline = time.monotonic() + seconds
        while True:
            screen = self.screen()
            missing = [text for text in texts if text not in screen]
            if not missing:
                return screen
            assert time.monotonic() < deadline, f"{missing} not on the screen:\n{screen}"
            time.sleep(0.05)

    def wait_until_gone(self, text: str, seconds: float = 60) -> str:
        """Wait until `text` is no longer on the screen; gives the screen."""
        deadline = time.monotonic() + seconds
        while text in (screen := self.screen()):
            assert time.monotonic() < deadline, f"“{text}” stays on the screen:\n{screen}"
            time.sleep(0.05)
        return screen

    def wait_until_left(self, seconds: float = 60) -> str:
        """Wait until the program has ended; gives the last screen, its exit code in it."""
        return self.wait_for("ended with", seconds=seconds)


@contextmanager
def terminal(
    *arguments: str, environment: dict[str, str] | None = None, columns: int = 80, lines: int = 24
) -> Iterator[Terminal]:
    """`nkey-wallet` with these arguments in a real terminal; ends with the block."""
    socket = f"nkey-wallet-{uuid.uuid4().hex[:12]}"
    opened = Terminal(tool("tmux"), socket)
    variables = {
        "HOME": os.environ["HOME"],
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        **{k: v for k, v in os.environ.items() if k == "TMPDIR" or k.startswith("COVERAGE")},
        **(environment or {}),
    }
    settings = [f"{name}={value}" for name, value in variables.items()]
    program = shlex.join(["env", "-i", *settings, sys.executable, "-m", "wallet", *arguments])
    opened.tmux(
        *("new-session", "-d", "-s", "wallet", "-x", str(columns), "-y", str(lines)),
        f"{program}; echo ended with $?; sleep 600",
    )
    try:
        yield opened
    finally:
        opened.tmux("kill-server")
