"""A child that is bound to us ends when we do, however we end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wallet.system.processes import BoundProcess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")

PARENT = """
import sys, time
from pathlib import Path
from wallet.system.processes import BoundProcess
place = Path(sys.argv[1])
child = "import os, time; open('child', 'w').write(str(os.getpid())); time.sleep(600)"
bound = BoundProcess([sys.executable, "-c", f"import os; os.chdir({str(place)!r}); {child}"],
                     log=place / "log")
print("started", flush=True)
time.sleep(600)
"""


def gone(pid: int, within: float = 15.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def read_when_there(path: Path, within: float = 15.0) -> str:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path.name} did not appear")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_killed_parent_takes_the_child_with_it(tmp_path: Path, name: str) -> None:
    end = signal.Signals[name]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        child = int(read_when_there(tmp_path / "child"))
        parent.send_signal(end)
    assert gone(child)


def test_a_child_that_ignores_requests_to_end_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    )
    bound = BoundProcess([sys.executable, "-c", script], log=tmp_path / "log")
    child = int(read_when_there(tmp_path / "child"))
    assert bound.running
    bound.stop()
    assert gone(child)
    assert not bound.running


def test_what_the_child_says_is_kept_in_the_log(tmp_path: Path) -> None:
    bound = BoundProcess(["/bin/sh", "-c", "echo spoken; sleep 600"], log=tmp_path / "log")
    try:
        assert read_when_there(tmp_path / "log") == "spoken\n"
    finally:
        bound.stop()
