"""What the process does first, seen from a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def python(program: str, **variables: str) -> str:
    """What a Python program prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no core dumps of this kind")
def test_there_are_no_core_dumps() -> None:
    program = (
        "import resource, wallet.system.hardening as h; h.harden();"
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert python(program) == "(0, 0)"


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_DUMPABLE is Linux's")
def test_the_process_is_not_dumpable() -> None:
    program = (
        "import ctypes, wallet.system.hardening as h; libc = ctypes.CDLL(None);"
        "before = libc.prctl(3, 0, 0, 0, 0); h.harden(); print(before, libc.prctl(3, 0, 0, 0, 0))"
    )
    assert python(program) == "1 0"


MEMORY = """
import os, subprocess, sys
from ctypes import CDLL
from wallet.system.hardening import forbid_reading_memory
if os.getuid() == 0:  # root could read anything: both become nobody
    os.setgid(65534); os.setuid(65534)
    CDLL(None).prctl(4, 1, 0, 0, 0)  # becoming somebody else had cleared it
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    if sys.argv[1] == "harden":
        forbid_reading_memory()
    os.write(writing, b"ready")
    import time; time.sleep(60)
os.read(reading, 5)
try:
    open(f"/proc/{child}/mem", "rb").close()
    print("read")
except OSError as error:
    print(type(error).__name__)
os.kill(child, 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_DUMPABLE is Linux's")
def test_another_process_of_the_same_user_cannot_read_our_memory() -> None:
    def attempt(how: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, how], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    # A parent may read its child's memory, where the system allows any reading at all.
    assert attempt("plain") == "read", "nothing is shown where no memory can be read anyway"
    assert attempt("harden") == "PermissionError"


def test_textuals_debugging_variables_are_dropped_and_looks_are_kept() -> None:
    program = (
        "import os, wallet.system.hardening as h; h.harden();"
        "print(sorted(name for name in os.environ if name.startswith('TEXTUAL')))"
    )
    kept = python(
        program,
        TEXTUAL="debug,devtools",
        TEXTUAL_LOG="/tmp/log",
        TEXTUAL_DEBUG="1",
        TEXTUAL_SCREENSHOT="0",
        TEXTUAL_DRIVER="somewhere:Driver",
        TEXTUAL_THEME="textual-light",
        TEXTUAL_ANIMATIONS="none",
    )
    assert kept == "['TEXTUAL_ANIMATIONS', 'TEXTUAL_THEME']"


def test_a_textual_imported_before_is_set_back() -> None:
    program = (
        "import textual.constants as c; before = c.LOG_FILE, c.DEBUG, c.SCREENSHOT_DELAY;"
        "import wallet.system.hardening as h; h.harden();"
        "print(before, (c.LOG_FILE, c.DEBUG, c.SCREENSHOT_DELAY))"
    )
    printed = python(program, TEXTUAL_LOG="x.log", TEXTUAL_DEBUG="1", TEXTUAL_SCREENSHOT="3")
    assert printed == "('x.log', True, 3) (None, False, -1)"
