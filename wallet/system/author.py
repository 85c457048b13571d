"""The author of what the history notes: which user, on which machine, by which command."""

from __future__ import annotations

import os
import sys

_command = ""


def works_by(command: str) -> None:
    """Say which command, or that the app, does what this process does from now on."""
    global _command
    _command = command


def person() -> str:
    """Name who sits at the keyboard, as far as the system says: `user@host`."""
    import getpass  # for what is noted, and reading notes nothing

    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in the system's list
        user = "?"
    return f"{user}@{_host()}"


def _host() -> str:
    if sys.platform != "win32":
        return os.uname().nodename  # what gethostname says too, without all of the network
    import socket

    return socket.gethostname()


def in_words() -> str:
    """`user@host`, and the command where that is known: `ana@laptop, rotate`."""
    return ", ".join(filter(None, [person(), _command]))
