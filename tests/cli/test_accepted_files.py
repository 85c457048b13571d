"""`--accept-older` and `--accept-damaged`, on every command that opens a vault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run
from tests.vault.support import TEXT
from tests.vault.test_forks import On, make_forked, on
from tests.vault.test_soundness import OWN_PARENT, damaged, tree
from wallet.vault.db import image

__all__ = ["on"]  # the fixture


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


@pytest.fixture
def on_it(run: Run, path: Path, tmp_path: Path) -> Run:
    """Run a command on the vault of these tests."""
    secret = tmp_path / "its passphrase"
    secret.write_text(TEXT + "\n", encoding="utf-8")

    def call(*arguments: str) -> Done:
        return run(*arguments, "--vault", str(path), "--passphrase-file", str(secret))

    return call


READING = ["list", "show both", "public both"]


@pytest.mark.parametrize("command", [*READING, "new user more"])
def test_a_fork_is_exit_3_with_what_to_do_and_taken_when_told_to(
    path: Path, tmp_path: Path, on: On, on_it: Run, command: str
) -> None:
    make_forked(path, tmp_path / "there.nkw", on)
    before = path.read_bytes()
    done = on_it(*command.split())
    assert (done.status, done.out) == (3, "")
    assert "--accept-older" in done.err
    assert "nkey-wallet restore FILE" in done.err
    assert path.read_bytes() == before
    checked = on_it("check")
    assert (checked.status, "--accept-older" in checked.err) == (0, True)
    assert "--accept-older" not in on_it("check", str(path)).err
    assert on_it(*command.split(), "--accept-older").status == 0
    assert (path.read_bytes() == before) is (command in READING)


def test_damage_is_exit_3_with_what_to_do_and_taken_when_told_to(path: Path, on_it: Run) -> None:
    tree(path)
    damaged(path, OWN_PARENT)
    before = path.read_bytes()
    for command in ("list", "new user more"):
        done = on_it(*command.split())
        assert (done.status, done.out) == (3, "")
        assert "--accept-damaged" in done.err
    assert path.read_bytes() == before
    done = on_it("list", "--accept-damaged")
    assert done.status == 0
    assert all(name in done.out for name in ("acme", "orders", "one", "two", "three"))
    assert on_it("new", "user", "more", "--accept-damaged").status == 0
    assert path.read_bytes() != before


def test_a_list_of_a_large_damaged_vault_is_never_a_shorter_one(
    path: Path, on_it: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "CHECKED_AT_ONCE", 0)
    tree(path)
    damaged(path, OWN_PARENT)
    done = on_it("list")
    assert (done.status, done.out) == (3, "")
    assert "orders" in done.err
    assert on_it("new", "user", "more").status == 3
