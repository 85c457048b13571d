"""Repositories of somebody else's making in which git would wait for ever: the scan does not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import forks as forks
from tests.cli.forks import Forks
from tests.exchange.test_scan import commit, git, new, publics, run, scanned
from tests.exchange.test_scan import repository as repository
from wallet.exchange import git_command

if sys.platform == "win32":
    pytest.skip("pipes in the file system are POSIX", allow_module_level=True)
pytestmark = git
SOON = 30.0  # seconds, on a slow machine; a trap would hold for ever


STARTED = (sys.executable, "-m", "wallet")


def scanned_apart(path: Path, program: Sequence[str] = STARTED) -> tuple[int, str]:
    """The exit code and words of `scan --git` in a process of its own, which must end soon."""
    done = subprocess.run(
        [*program, "scan", "--git", str(path)],
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "place",
    [
        *("config", "HEAD", "packed-refs", "refs/heads/trap", "commondir", "info/grafts"),
        *("objects/info/alternates", "objects/pack/pack-trap.idx", "shallow", "config.worktree"),
    ],
)
@pytest.mark.parametrize("what", ["pipe", "device"])
def test_git_is_not_asked_where_it_would_read_a_pipe_or_a_device(
    repository: Path, forks: Forks, place: str, what: str
) -> None:
    text, public = new()
    commit(repository, "a", "nothing")
    (repository / "lying.env").write_text(text)
    trap = repository / ".git" / place
    trap.parent.mkdir(parents=True, exist_ok=True)
    trap.unlink(missing_ok=True)
    if what == "pipe":
        os.mkfifo(trap)
    else:
        trap.symlink_to("/dev/zero")
    status, words = scanned_apart(repository, forks.command())
    assert status == 1
    assert public in words  # what lies beside it is told all the same
    assert "pipe or a device" in words
    assert str(place) in words


def test_an_object_directory_elsewhere_is_looked_at_as_well(
    repository: Path, tmp_path: Path
) -> None:
    commit(repository, "a", "nothing")
    other = tmp_path / "other"
    (other / "pack").mkdir(parents=True)
    os.mkfifo(other / "pack" / "pack-trap.idx")
    (repository / ".git" / "objects" / "info" / "alternates").write_text(f"# more\n{other}\n")
    status, words = scanned_apart(repository)
    assert status == 2
    assert "pack-trap.idx" in words


def test_the_directory_of_a_linked_work_tree_is_looked_at_as_well(
    repository: Path, tmp_path: Path
) -> None:
    text, public = new()
    commit(repository, "a", text)
    run(repository, "worktree", "add", "-q", str(tmp_path / "linked"))
    assert publics(tmp_path / "linked", git=True).count(public) == 2
    (repository / ".git" / "packed-refs").unlink(missing_ok=True)
    os.mkfifo(repository / ".git" / "packed-refs")
    status, words = scanned_apart(tmp_path / "linked")
    assert status == 1
    assert "packed-refs" in words


def test_a_trap_beyond_the_repository_is_left_after_a_while(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a configuration includes lies anywhere."""
    commit(repository, "a", "nothing")
    os.mkfifo(tmp_path / "pipe")
    with (repository / ".git" / "config").open("a") as config:
        config.write(f"[include]\n\tpath = {tmp_path / 'pipe'}\n")
    monkeypatch.setattr(git_command, "QUIET", 0.5)
    begun = time.monotonic()
    _, log = scanned(repository, git=True)
    assert time.monotonic() - begun < SOON
    assert ["did not answer" in one.why for one in log.unread] == [True]


def test_a_git_that_stops_in_the_middle_is_left_after_a_while(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, public = new()
    commit(repository, "a", text)
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True)
    programs = tmp_path / "programs"
    programs.mkdir()
    stopping = programs / "git"
    stopping.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *rev-list*) exec sleep 600;; *) exec {real.stdout.strip()} "$@";; esac\n'
    )
    stopping.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(git_command, "QUIET", 0.5)
    begun = time.monotonic()
    assert public in publics(repository, git=True)
    assert time.monotonic() - begun < SOON


def test_a_socket_of_git_s_own_watcher_is_no_trap(repository: Path) -> None:
    text, public = new()
    commit(repository, "a", text)
    run(repository, "rm", "-q", "a")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(repository / ".git")
        try:
            listening.bind("fsmonitor--daemon.ipc")
        finally:
            os.chdir(here)
        assert publics(repository, git=True) == [public]
