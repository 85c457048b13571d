"""`merge --output`: what both hold is written to a file, and nothing else is lost by that."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.vault.support import empty_vault
from wallet.system.disk import files

BOTH = {"acme", "acme/orders", "acme/metrics", "acme/orders/billing", "n1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.nkw"


@pytest.fixture
def apart(vault: Run, path: Path, tmp_path: Path) -> Path:
    """A copy of the vault on another machine, with a key more."""
    there = tmp_path / "there" / "vault.nkw"
    there.parent.mkdir()
    shutil.copy(path, there)
    assert vault("new", "server", "theirs", "--vault", str(there)).status == 0
    return there


def names(run: Run, *flags: str) -> set[str]:
    return {key["path"] for key in run("list", "--json", *flags).json()}


@pytest.mark.parametrize("kind", ["text", "vault"])
def test_a_file_that_is_none_of_the_two_is_not_written_over(
    vault: Run, apart: Path, tmp_path: Path, kind: str
) -> None:
    to = tmp_path / "other" / "other.nkw"
    to.parent.mkdir()
    if kind == "vault":
        empty_vault(to)
    else:
        to.write_text("what somebody wrote\n", encoding="utf-8")
    before = to.read_bytes()
    done = vault("merge", str(apart), "--yes", "--output", str(to))
    assert done.status != 0, done.err
    assert "left as it is" in done.err
    assert to.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes with names")
def test_a_pipe_is_not_written_over(vault: Run, apart: Path, tmp_path: Path) -> None:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    to = tmp_path / "pipe"
    os.mkfifo(to)
    done = vault("merge", str(apart), "--yes", "--output", str(to))
    assert done.status != 0, done.err
    assert to.is_fifo()


@pytest.mark.parametrize("which", ["new", "empty", "older", "ours", "theirs"])
def test_it_takes_the_place_of_what_is_in_it(
    vault: Run, path: Path, apart: Path, tmp_path: Path, which: str
) -> None:
    to = {"ours": path, "theirs": apart}.get(which, tmp_path / "to.nkw")
    if which == "empty":
        to.touch()
    if which == "older":
        assert vault("backup", str(to)).status == 0
        assert vault("new", "server", "mine").status == 0
    done = vault("merge", str(apart), "--yes", "--output", str(to))
    assert done.status == 0, done.err
    assert {*BOTH, "theirs"} <= names(vault, "--vault", str(to))


class Between(files.System):
    """Lets another process make a key, or begin to, just before a new file is written."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def open(self, path: Path, flags: int, mode: int = files.FILE_MODE) -> int:
        if self.process is None and flags & os.O_EXCL:
            line = [sys.executable, "-m", "wallet", "new", "server", "meanwhile"]
            self.process = subprocess.Popen(line, stderr=subprocess.PIPE)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(3)  # it waits for us, where we hold the lock
        return super().open(path, flags, mode)


def test_a_key_that_another_process_saves_in_that_instant_stays(
    vault: Run, path: Path, apart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    between = Between()
    monkeypatch.setattr(files, "system", between)
    done = vault("merge", str(apart), "--yes", "--output", str(path))
    assert between.process is not None
    _, errors = between.process.communicate(timeout=60)
    assert (done.status, between.process.returncode) == (0, 0), (done.err, errors)
    assert names(vault) == {*BOTH, "theirs", "meanwhile"}
