"""Hardening the process, before anything else, so that secrets stay inside it.

No core dumps; on Linux, no reading of our memory by another process of the same user; and
none of the variables by which Textual would write key presses to a file, or send them away.
Nothing here helps against root, or against malware running as the user.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

if sys.platform != "win32":
    import resource

PR_SET_DUMPABLE = 4  # linux/prctl.h

_HARMLESS = frozenset(
    {
        "TEXTUAL_ANIMATIONS",
        "TEXTUAL_COLOR_SYSTEM",
        "TEXTUAL_DIM_FACTOR",
        "TEXTUAL_DISABLE_KITTY_KEY",
        "TEXTUAL_FPS",
        "TEXTUAL_SMOOTH_SCROLL",
        "TEXTUAL_SPEEDUPS",
        "TEXTUAL_THEME",
    }
)


def harden() -> None:
    """Forbid core dumps and reading of our memory, and drop Textual's debugging variables."""
    forbid_core_dumps()
    forbid_reading_memory()
    drop_textual_variables()


def forbid_core_dumps() -> None:
    """Set the limit of a core file's size to 0, for this process and those it starts."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_reading_memory() -> None:
    """On Linux: PR_SET_DUMPABLE 0, so that other processes of the user cannot read our memory."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def drop_textual_variables() -> None:
    """Forget every variable of Textual's but those about speed and looks.

    `TEXTUAL_LOG` writes each key press to a file, `TEXTUAL_DEBUG` writes keys.log, `TEXTUAL`
    may send them over the network, `TEXTUAL_SCREENSHOT` saves the screen. Textual reads some
    of them once, at import: where it was imported already, what it read is set back.
    """
    for name in list(os.environ):
        if (name == "TEXTUAL" or name.startswith("TEXTUAL_")) and name not in _HARMLESS:
            del os.environ[name]
    constants = sys.modules.get("textual.constants")
    if constants is not None:
        vars(constants).update(
            DEBUG=False, LOG_FILE=None, SCREENSHOT_DELAY=-1, PRESS="", SHOW_RETURN=False
        )
