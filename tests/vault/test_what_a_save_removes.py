"""What a save removes beside the vault: what a save of ours certainly left over, and no more."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vault.support import add, make, names_in, put, unlock

LEFT = "vault.nkw.new-0123456789abcdef"
HEADER = 1344


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


def test_vaults_whose_names_begin_alike_are_left_alone(tmp_path: Path) -> None:
    vault = make(tmp_path / "keys.nkw", "first")
    others = [tmp_path / f"keys.nkw.new-{name}" for name in ("office", "laptop", "0" * 16)]
    for other in others:
        make(other, "one", "two").lock()
    before = {entry: entry.read_bytes() for entry in tmp_path.iterdir() if "new-" in entry.name}
    assert len(before) == 12  # each with two backups and its lock
    add(vault, "second")
    assert {entry: entry.read_bytes() for entry in before if entry.exists()} == before
    with unlock(others[2]) as kept:
        assert names_in(kept) == {"one", "two"}


@pytest.mark.parametrize("length", [0, 1, 8, 20, 31, 32, 700, HEADER, 5000, None])
def test_what_a_killed_save_of_this_vault_left_is_removed(path: Path, length: int | None) -> None:
    vault = make(path, "first")
    left = path.with_name(LEFT)
    left.write_bytes(path.read_bytes()[:length])
    add(vault, "second")
    assert not left.exists()


def test_a_second_name_of_the_vault_that_a_killed_save_made_is_removed(path: Path) -> None:
    vault = make(path, "first")
    os.link(path, path.with_name(LEFT))
    add(vault, "second")
    assert not path.with_name(LEFT).exists()


def _other_bytes(left: Path, content: bytes) -> None:
    left.write_bytes(b"notes of mine" + content)


def _of_another_vault(left: Path, content: bytes) -> None:
    left.write_bytes(put(content, 16, os.urandom(16)))


def _start_of_another(left: Path, content: bytes) -> None:
    left.write_bytes(content[:31] + bytes([content[31] ^ 1]))


def _with_two_links(left: Path, content: bytes) -> None:
    left.write_bytes(content)
    os.link(left, left.with_name("precious"))


def _link(left: Path, content: bytes) -> None:
    left.with_name("precious").write_bytes(content)
    left.symlink_to("precious")


def _dangling_link(left: Path, _content: bytes) -> None:
    left.symlink_to("nowhere")


def _pipe(left: Path, _content: bytes) -> None:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    os.mkfifo(left)


def _directory(left: Path, _content: bytes) -> None:
    left.mkdir()


@pytest.mark.parametrize(
    "plant",
    [
        _other_bytes,
        _of_another_vault,
        _start_of_another,
        _with_two_links,
        _link,
        _dangling_link,
        _pipe,
        _directory,
    ],
)
def test_what_has_the_name_of_a_leftover_and_is_none_stays(
    path: Path, plant: Callable[[Path, bytes], None]
) -> None:
    vault = make(path, "first")
    left = path.with_name(LEFT)
    plant(left, path.read_bytes())
    add(vault, "second")
    assert os.path.lexists(left)
    assert names_in(vault) == {"first", "second"}


@pytest.mark.parametrize(
    "name",
    [
        "vault.nkw.new-0123456789ABCDEF",
        "vault.nkw.new-0123456789abcde",
        "vault.nkw.new-0123456789abcdef0",
        "vault.nkw.new-0123456789abcdef.bak",
        "xvault.nkw.new-0123456789abcdef",
        "vault-nkw.new-0123456789abcdef",
        "vault.nkw.newer",
    ],
)
def test_a_name_that_is_not_exactly_a_leftovers_is_not_looked_at(path: Path, name: str) -> None:
    vault = make(path, "first")
    path.with_name(name).write_bytes(path.read_bytes())
    add(vault, "second")
    assert path.with_name(name).exists()


def test_a_vault_with_signs_of_patterns_in_its_name_clears_its_own(tmp_path: Path) -> None:
    path = tmp_path / "v[a-z]*?.nkw"
    vault = make(path, "first")
    left, other = tmp_path / (path.name + LEFT[9:]), tmp_path / ("vax.nkw" + LEFT[9:])
    for file in (left, other):
        file.write_bytes(path.read_bytes())
    add(vault, "second")
    assert not left.exists()
    assert other.exists()


def test_nothing_is_removed_that_a_vault_left_which_was_made_anew(path: Path) -> None:
    make(path, "first").lock()
    left = path.with_name(LEFT)
    path.rename(left)
    for entry in path.parent.iterdir():
        if entry != left:
            entry.unlink()
    vault = make(path, "second")
    add(vault, "third")
    with unlock(left) as kept:
        assert names_in(kept) == {"first"}
