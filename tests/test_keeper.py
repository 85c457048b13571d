"""What runs in a rehearsal is bounded, and ends with its directory when the wallet does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_processes import gone, read_when_there
from wallet.system import keeper
from wallet.system.keeper import Ended, Keeper, KeeperLostError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals"),
]

PLENTY = 1 << 30
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has none


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = Keeper()
    yield made
    made.close()
    assert list(tmp_path.glob("nkey-wallet-*")) == []


def python(made: Keeper, script: str, *, memory: int = PLENTY, seconds: float = 60.0) -> Ended:
    command = [sys.executable, "-I", "-c", script]
    running = made.run(
        command, made.directory / "log", memory=memory, seconds=seconds, home=made.directory
    )
    ended = running.wait(60)
    assert ended is not None
    return ended


def test_a_program_that_takes_more_memory_than_it_may_is_ended(kept: Keeper) -> None:
    script = "import time\nx = []\nwhile True: x.append(bytearray(4 << 20)); time.sleep(0.002)"
    assert python(kept, script, memory=200 << 20) == (-KILL, "memory")


def test_a_program_that_takes_longer_than_it_may_is_ended(kept: Keeper) -> None:
    began = time.monotonic()
    assert python(kept, "import time; time.sleep(600)", seconds=0.3) == (-KILL, "time")
    assert time.monotonic() - began < 30


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process so")
def test_memory_that_is_taken_at_once_is_not_given(kept: Keeper) -> None:
    ended = python(kept, "bytearray(64 << 30)", memory=100 << 20)
    assert ended.status != 0
    assert "MemoryError" in (kept.directory / "log").read_text()


def test_a_program_is_told_nothing_of_ours(kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_OURS", "s3cret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    assert python(kept, "import os; print(dict(os.environ))").status == 0
    said = (kept.directory / "log").read_text()
    assert "s3cret" not in said
    assert "proxy" not in said.lower()
    assert str(kept.directory) in said


def test_what_cannot_be_started_is_told(kept: Keeper) -> None:
    log = kept.directory / "log"
    running = kept.run(["/no/such"], log, memory=PLENTY, seconds=5, home=kept.directory)
    assert running.wait(10) == (127, "")
    assert "No such file" in log.read_text()


def test_one_that_is_stopped_ends_whatever_it_ignores(kept: Keeper) -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "open('ready', 'w').write('x'); time.sleep(600)"
    )
    running = kept.run(
        [sys.executable, "-c", script],
        kept.directory / "log",
        memory=PLENTY,
        seconds=60,
        home=kept.directory,
    )
    read_when_there(kept.directory / "ready")
    running.stop()
    assert running.wait(0) == (-KILL, "")


def test_without_a_place_for_the_directory_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OSError, match="No such file"):
        Keeper()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_keeper_takes_what_it_started_with_it(tmp_path: Path) -> None:
    made = Keeper()
    try:
        script = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"
        running = made.run(
            [sys.executable, "-c", script],
            made.directory / "log",
            memory=PLENTY,
            seconds=60,
            home=made.directory,
        )
        child = int(read_when_there(made.directory / "pid"))
        made._process.kill()
        assert gone(child)
        assert running.wait(10) == (-1, "")
        with pytest.raises(KeeperLostError):
            made.run(["true"], tmp_path / "log", memory=1, seconds=1, home=tmp_path)
    finally:
        made.close()
        keeper.remove(made.directory)


def test_a_directory_of_which_a_file_is_held_for_a_moment_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A simulation of Windows, where a file that is open cannot be removed."""
    held = [1, 1, 1]
    real = shutil.rmtree

    def rmtree(path: Path, *, ignore_errors: bool = False) -> None:
        if held:
            held.pop()
        else:
            real(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    (tmp_path / "made").mkdir()
    keeper.remove(tmp_path / "made")
    assert not (tmp_path / "made").exists()


WALLET = """
import asyncio, sys
from pathlib import Path
from wallet.tasks.connection.rehearsal import rehearse
from wallet.secrets.passphrase import Passphrase
from wallet.vault.file.container import KdfCost
from wallet.vault.vault import Vault
place = Path(sys.argv[1])
with Passphrase("a passphrase for these tests") as passphrase, \\
        Vault.create(place / "v.nkw", passphrase, KdfCost.MINIMUM) as vault:
    print("ready", flush=True)
    while True:
        asyncio.run(rehearse(place / "server.conf", vault))
"""
# A nats-server that hangs while it reads, as one could.
HANGS = '#!/bin/sh\necho $$ > "$(dirname "$0")/pid"\nexec sleep 600\n'


@pytest.mark.parametrize("end", [KILL, signal.SIGTERM])
@pytest.mark.parametrize("after", [0.0, 0.05, 0.3, "hanging"])
def test_a_wallet_that_is_killed_in_a_rehearsal_leaves_no_process_and_no_directory(
    tmp_path: Path, end: signal.Signals, after: float | str
) -> None:
    temporary, programs = tmp_path / "temporary", tmp_path / "programs"
    temporary.mkdir()
    programs.mkdir()
    (tmp_path / "server.conf").write_text("server_name: s\njetstream {}\nleafnodes { port: -1 }\n")
    path = os.environ["PATH"]
    if after == "hanging":
        (programs / "nats-server").write_text(HANGS)
        (programs / "nats-server").chmod(0o755)
        path = f"{programs}{os.pathsep}{path}"
    with subprocess.Popen(
        [sys.executable, "-c", WALLET, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary), "PATH": path},
        cwd=Path(__file__).parent.parent,
    ) as wallet:
        assert wallet.stdout is not None
        assert wallet.stdout.readline() == "ready\n"
        if isinstance(after, float):
            time.sleep(after)
        else:
            read_when_there(programs / "pid")
        wallet.send_signal(end)
    deadline = time.monotonic() + 20
    # A keeper that is about to begin is called as its wallet was, by the directory above.
    while time.monotonic() < deadline and (list(temporary.iterdir()) or running_in(tmp_path)):
        time.sleep(0.05)
    assert list(temporary.iterdir()) == []
    assert running_in(tmp_path) == []
    if after == "hanging":
        assert gone(int((programs / "pid").read_text()))


def running_in(place: Path) -> list[str]:
    """The processes that name a directory in their arguments, where /proc tells."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes()
        except OSError:
            continue
        if str(place).encode() in words:
            found.append(words.decode(errors="replace"))
    return found
