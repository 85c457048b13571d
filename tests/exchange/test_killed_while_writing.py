"""A process that is killed while it writes a file leaves no half of it, and no copy under another
name."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.calls import Calls, Fault
from wallet.system.disk import plainfiles

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each file has a name")

OLD, NEW = b"what was there", b"a secret of two parts"
MOST = 100


def killed(write: Callable[[], object], fault: Fault) -> str:
    """Write in a child that is killed at a call; the name of that, empty where it made fewer."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        really_write = os.write
        Calls(fault, lambda call: really_write(writing, call.encode())).watch()
        try:
            write()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        call = pipe.read()
    os.waitpid(child, 0)
    return call


@pytest.mark.parametrize("how", ["before", "half", "after"])
@pytest.mark.parametrize("over", [False, True])
def test_killed_at_any_call_a_file_is_there_whole_or_not_at_all(
    tmp_path: Path, how: str, over: bool
) -> None:
    path = tmp_path / "out" / "billing.nk"
    calls = []
    for number in range(1, MOST):
        shutil.rmtree(path.parent, ignore_errors=True)
        if over:
            plainfiles.write(path, OLD)
        call = killed(lambda: plainfiles.write(path, NEW, overwrite=over), Fault(number, how))
        calls.append(call)
        there = {file.name: file.read_bytes() for file in path.parent.glob("*")}
        if over and call in {"link", "replace"}:
            # It has two names for the time between these two calls.
            there = {name: content for name, content in there.items() if name == path.name}
        assert there in ({path.name: NEW}, {path.name: OLD} if over else {}), (number, call)
        if not call:
            break
    assert {"write", "fsync", "link"} <= set(calls)
    assert calls[-1] == ""
    assert there == {path.name: NEW}
