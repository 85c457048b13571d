"""Seeds that lie about in directories and in git's history are found, whatever else lies there."""

from __future__ import annotations

import base64
import gzip
import os
import random
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from wallet.errors import UsageError
from wallet.exchange import file_search
from wallet.exchange.exposure import ExposedSeed, ScanLog
from wallet.nats.nkeys import Kind, Seed
from wallet.system.disk.regular_files import open_regular
from wallet.tasks.scan import scan

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def new(kind: Kind = Kind.USER) -> tuple[str, str]:
    with Seed.generate(kind) as seed:
        return seed.encode().decode(), seed.public.text


def scanned(path: Path, *, git: bool = False) -> tuple[list[ExposedSeed], ScanLog]:
    log = ScanLog()
    return list(scan([str(path)], log, git=git)), log


def publics(path: Path, *, git: bool = False) -> list[str]:
    return [seed.public.text for seed in scanned(path, git=git)[0]]


@pytest.mark.slow
def test_200_seeds_in_a_large_tree_are_found_and_nothing_else(tmp_path: Path) -> None:
    """A real tree, every program of this environment: among its lines, and 10,000 near-misses."""
    root = tmp_path / "tree"
    real = Path(sysconfig.get_path("purelib"))
    shutil.copytree(real, root, ignore=shutil.ignore_patterns("*.so", "*.pyd", "nats_server*"))
    assert publics(root) == []
    chance = random.Random(4)
    places = sorted(path for path in root.rglob("*") if path.is_file())
    hidden = {}
    for number in range(200):
        text, public = new(chance.choice(list(Kind)))
        hidden[public] = _hide(chance, chance.choice(places), text, number)
    for path in chance.sample(places, 100):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n" + "\n".join(_near_miss(chance) for _ in range(100)))
    seeds, log = scanned(root)
    assert {seed.public.text: seed.path for seed in seeds} == hidden
    assert len(seeds) == 200
    assert log.unread == []


def _hide(chance: random.Random, path: Path, seed: str, number: int) -> str:
    """Put a seed into a file, or beside it into one of its own; give where it is then."""
    form = number % 6
    if form == 0:  # among its lines
        lines = path.read_bytes().split(b"\n")
        lines.insert(chance.randrange(len(lines) + 1), f'  "seed": "{seed}", // test'.encode())
        path.write_bytes(b"\n".join(lines))
        return str(path)
    if form == 1:  # anywhere in its bytes
        content = path.read_bytes()
        at = chance.randrange(len(content) + 1)
        path.write_bytes(content[:at] + b" " + seed.encode() + b" " + content[at:])
        return str(path)
    own = path.with_name(f"hidden-{number}.txt")
    encoded = base64.b64encode(f"{'-' * (number % 5)}{seed}\n".encode())
    {
        2: lambda: own.write_bytes(b"data:\n  user.creds: " + encoded + b"\n"),
        3: lambda: own.write_text(f"SEED={seed}\n", encoding="utf-16"),
        4: lambda: own.write_bytes(gzip.compress(b"x" * 99_999 + seed.encode())),
        5: lambda: own.write_text("y" * 1_000_000 + f"{{'a':'{seed}'}}" + "z" * 999),
    }[form]()
    return str(own)


def _near_miss(chance: random.Random) -> str:
    text = new()[0]
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(_LETTERS.replace(text[at], "")) + text[at + 1 :]


def test_the_line_is_told_and_no_seed(tmp_path: Path) -> None:
    text, public = new(Kind.ACCOUNT)
    (tmp_path / "a.yaml").write_text(f"# one\nkey: {text}\n")
    ((seed,), log) = scanned(tmp_path)
    assert (seed.path, seed.line, seed.commit) == (str(tmp_path / "a.yaml"), 2, None)
    assert (seed.public.text, seed.public.kind) == (public, Kind.ACCOUNT)
    assert text not in repr(seed)
    assert log.files == 1


def test_a_file_that_is_named_by_a_seed_is_told_without_it(tmp_path: Path) -> None:
    text, public = new()
    (tmp_path / f"{text}.nk").write_text("")
    (tmp_path / text).mkdir()
    seeds, log = scanned(tmp_path)
    assert [(seed.public.text, seed.line) for seed in seeds] == [(public, None)] * 2
    assert text not in str(seeds) + str(log)


@posix
def test_links_and_pipes_are_passed_and_counted(tmp_path: Path) -> None:
    text, public = new()
    outside = tmp_path / "outside"
    outside.write_text(text)
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to(outside)
    (tree / "loop").symlink_to(tree)
    (tree / "gone").symlink_to("nowhere")
    if sys.platform != "win32":
        os.mkfifo(tree / "pipe")
    seeds, log = scanned(tree)
    assert seeds == []
    assert log.passed == {"symbolic links": 3, "pipes, sockets and devices": 1}
    assert log.unread == []
    # One that is named is meant: it is followed, or told as not looked at.
    assert publics(tree / "link") == [public]
    (unread,) = scanned(tree / "pipe")[1].unread
    assert unread.path == str(tree / "pipe")


@posix
def test_what_cannot_be_read_is_told_and_the_rest_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, public = new()
    for name in ("a", "b"):
        (tmp_path / name).write_text(text)
    (tmp_path / "c").mkdir()
    opened, listed = open_regular, os.scandir

    def open_some(path: str, *, follow: bool) -> tuple[int, os.stat_result]:
        if path.endswith("a"):
            raise PermissionError(13, "Permission denied")
        return opened(path, follow=follow)

    def list_some(path: str):  # type: ignore[no-untyped-def]
        if path.endswith("c"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(file_search, "open_regular", open_some)
    monkeypatch.setattr(os, "scandir", list_some)
    seeds, log = scanned(tmp_path)
    assert [seed.public.text for seed in seeds] == [public]
    assert [(Path(one.path).name, one.why) for one in log.unread] == [
        ("a", "permission denied"),
        ("c", "permission denied"),
    ]


def test_gzip_is_looked_into_and_what_is_damaged_of_it_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, first), (two, second) = new(), new()
    whole = gzip.compress(os.urandom(300_000) + one.encode())
    (tmp_path / "a.gz").write_bytes(whole + gzip.compress(two.encode()) + b"\0" * 512)
    assert publics(tmp_path) == [first, second]
    (tmp_path / "a.gz").write_bytes(whole[:-4])
    seeds, log = scanned(tmp_path)
    assert [seed.public.text for seed in seeds] == [first]
    assert log.passed == {"damaged gzip files": 1}
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b\x08\xff" + two.encode())
    assert scanned(tmp_path)[1].passed == {"damaged gzip files": 1}
    monkeypatch.setattr(file_search, "MOST_UNPACKED", 1 << 20)
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"\0" * (1 << 26)))
    ((unread,), passed) = (scanned(tmp_path)[1].unread, scanned(tmp_path)[1].passed)
    assert "more than 1 MiB" in unread.why
    assert not passed


def test_what_is_packed_otherwise_is_told(tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "a"), "zip", root_dir=tmp_path)
    assert scanned(tmp_path)[1].passed == {"zip files": 1}


def test_a_path_that_is_not_there_is_refused_before_anything_is_looked_at(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file or directory"):
        list(scan([str(tmp_path), str(tmp_path / "gone")], ScanLog()))


def test_creds_are_found_by_their_seed(tmp_path: Path) -> None:
    text, public = new()
    (tmp_path / "a.creds").write_text(
        "-----BEGIN NATS USER JWT-----\neyJ0\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{text}\n------END USER NKEY SEED------\n"
    )
    ((seed,), _) = scanned(tmp_path)
    assert (seed.public.text, seed.line) == (public, 6)


# --- git --------------------------------------------------------------------------------------

git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    root = tmp_path / "repository"
    root.mkdir()
    run(root, "init", "-q", "-b", "main")
    run(root, "config", "user.email", "a@example.org")
    run(root, "config", "user.name", "a")
    return root


def run(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(root: Path, name: str, text: str, *flags: str) -> str:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    run(root, "add", "-A")
    run(root, "commit", "-q", "-m", "a change", *flags)
    return run(root, "rev-parse", "HEAD")


@git
def test_what_was_deleted_is_found_in_the_history_with_its_commit(repository: Path) -> None:
    text, public = new()
    commit(repository, "readme", "nothing")
    first = commit(repository, "sub/a b.env", f"\nSEED={text}\n")
    commit(repository, "sub/a b.env", f"\nSEED={text}\nmore\n")
    commit(repository, "sub/a b.env", "SEED=\n")
    assert publics(repository) == []
    ((seed,), log) = scanned(repository, git=True)
    assert (seed.path, seed.line, seed.commit) == ("sub/a b.env", 2, first)
    assert seed.public.text == public
    assert log.unread == []
    assert not log.passed
    assert scanned(repository)[1].passed == {"git histories": 1}
    # From within, too.
    assert publics(repository / "sub", git=True) == [public]


@git
def test_other_branches_amended_commits_and_messages_are_looked_at(repository: Path) -> None:
    (branch, first), (amended, second), (message, third), (staged, fourth) = (
        new() for _ in range(4)
    )
    commit(repository, "readme", "nothing")
    run(repository, "checkout", "-q", "-b", "other")
    commit(repository, "a", branch)
    run(repository, "checkout", "-q", "main")
    commit(repository, "b", amended)
    commit(repository, "b", "better", "--amend")
    run(repository, "commit", "-q", "--allow-empty", "-m", f"its seed was {message}")
    (repository / "c").write_text(staged)
    run(repository, "add", "c")
    (repository / "c").unlink()
    run(repository, "gc", "-q")
    seeds, _ = scanned(repository, git=True)
    by_public = {seed.public.text: seed for seed in seeds}
    assert by_public.keys() == {first, second, third, fourth}
    assert by_public[first].commit == run(repository, "rev-parse", "other")
    assert by_public[second].commit is None
    assert by_public[third].commit == run(repository, "rev-parse", "main")
    assert str(repository / ".git") in by_public[fourth].path


@git
@posix
def test_a_repository_of_somebody_else_s_making_runs_nothing(
    repository: Path, tmp_path: Path
) -> None:
    text, public = new()
    commit(repository, "a", f"{text}\n")
    commit(repository, "a", "gone\n")
    program, ran = tmp_path / "program", tmp_path / "ran"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\nexit 1\n")
    program.chmod(0o755)
    for name in (
        *("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "core.editor"),
        *("diff.x.textconv", "filter.x.smudge", "core.sshCommand", "core.askPass"),
    ):
        run(repository, "config", name, str(program))
    run(repository, "config", "log.showSignature", "true")
    run(repository, "config", "remote.origin.url", f"ext::{program}")
    run(repository, "config", "remote.origin.promisor", "true")
    run(repository, "config", "extensions.partialClone", "origin")
    (repository / ".gitattributes").write_text("* diff=x filter=x\n")
    assert publics(repository, git=True) == [public]
    assert not ran.exists()


@git
def test_a_damaged_repository_is_not_called_clean(repository: Path) -> None:
    commit(repository, "a", "something")
    name = run(repository, "rev-parse", "HEAD:a")
    damaged = repository / ".git" / "objects" / name[:2] / name[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(b"no object")
    assert scanned(repository, git=True)[1].unread


def test_where_no_repository_is_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        scanned(tmp_path, git=True)
