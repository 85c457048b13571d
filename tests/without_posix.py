"""A pytest plugin that simulates Windows for the tests' own imports: nothing of POSIX is there.

`pytest --collect-only -p tests.without_posix`. Only what modules of `tests` import is refused: the
interpreter, pytest and the wallet go on as they are here.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

POSIX = {"fcntl", "grp", "pexpect", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}

_really = builtins.__import__


def _import(name: str, globals_: Mapping[str, Any] | None = None, *rest: Any, **named: Any) -> Any:
    importer = str((globals_ or {}).get("__name__", ""))
    if importer.split(".")[0] == "tests" and name.split(".")[0] in POSIX:
        raise ModuleNotFoundError(f"No module named {name!r} on Windows", name=name)
    return _really(name, globals_, *rest, **named)


builtins.__import__ = _import  # type: ignore[assignment]
