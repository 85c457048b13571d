"""`backups` and `backup`: what is listed, what is kept, and a copy that opens."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_soundness_command import rewritten
from wallet.system.disk import paths


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.nkw"


def test_a_backup_is_a_verified_copy_that_opens_as_the_vault_does(
    vault: Run, tmp_path: Path, path: Path
) -> None:
    copy = tmp_path / "elsewhere.nkw"
    done = vault("backup", str(copy))
    assert done.status == 0, done.err
    assert "read back" in done.err
    assert copy.read_bytes() == path.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert vault("--vault", str(copy), "list").out == vault("list").out


def test_a_backup_never_writes_over_anything(vault: Run, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine", encoding="utf-8")
    done = vault("backup", str(there))
    assert done.status == 3
    assert there.read_text(encoding="utf-8") == "mine"


def test_every_change_is_listed_until_there_are_more_than_are_kept(vault: Run) -> None:
    before = [each["generation"] for each in vault("backups", "--json").json()]
    assert before == sorted(before, reverse=True)
    assert len(before) == 5  # five changes since `init`
    assert vault("backups", "--number", "3", "--days", "0").status == 0
    for number in range(4):
        vault("new", "server", f"more-{number}")
    after = vault("backups", "--json").json()
    assert len(after) == 1 + 3
    assert all(not each["kept"] for each in after)
    assert after[0]["why"] == "newest"
    assert all(Path(each["path"]).is_file() for each in after)


def test_backups_can_be_kept_elsewhere_or_not_at_all(vault: Run, tmp_path: Path) -> None:
    place = tmp_path / "archive"
    assert vault("backups", "--place", str(place)).status == 2  # there is none
    place.mkdir()
    assert vault("backups", "--place", str(place)).status == 0
    vault("new", "server", "n2")
    vault("new", "server", "n3")
    assert [each.name for each in place.iterdir()]
    listed = [Path(each["path"]).parent for each in vault("backups", "--json").json()]
    assert place in listed
    done = vault("backups", "--off")
    assert "Only the save before" in done.err
    kept = len(list(place.iterdir()))
    vault("new", "server", "n4")
    vault("new", "server", "n5")
    assert len(list(place.iterdir())) <= kept


@pytest.mark.parametrize("size", ["much", "-1", "1T", ""])
def test_a_size_that_is_none_is_refused(vault: Run, size: str) -> None:
    assert vault("backups", f"--size={size}").status == 2


def _older(path: Path, vault: Run) -> None:
    before = path.read_bytes()
    assert vault("new", "server", "later").status == 0
    path.write_bytes(before)


def _parted(path: Path, vault: Run) -> None:
    before = path.read_bytes()
    assert vault("new", "server", "one").status == 0
    ours = path.read_bytes()
    path.write_bytes(before)
    assert vault("--accept-older", "new", "server", "other").status == 0
    path.write_bytes(ours)


def _cut(path: Path, _vault: Run) -> None:
    path.write_bytes(path.read_bytes()[:50_000])


def _altered(path: Path, _vault: Run) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def _damaged_inside(path: Path, _vault: Run) -> None:
    rewritten(path, "UPDATE keys SET parent = id, branch = id WHERE name = 'orders'")


@pytest.mark.parametrize("become", [_older, _parted, _cut, _altered, _damaged_inside])
def test_what_a_message_of_damage_names_brings_the_vault_back(
    vault: Run, path: Path, become: Callable[[Path, Run], None]
) -> None:
    assert vault("list").status == 0  # which is remembered here
    become(path, vault)
    seen = [each for each in (paths.state_directory() / "seen").iterdir() if each.is_file()]
    memory = [each.read_bytes() for each in seen]
    refused = vault("--vault", str(path), "list")
    assert refused.status == 3
    named = re.findall(r"`nkey-wallet ([^`]+)`", refused.err)
    assert [words.split()[0] for words in named] == ["backups", "restore"]
    listed = vault(*shlex.split(named[0]), "--json")
    assert listed.status == 0, listed.err
    assert memory
    assert [each.read_bytes() for each in seen] == memory, "a list notes nothing"
    newest = next(each["path"] for each in listed.json() if each["generation"])
    done = vault(*shlex.split(named[1].replace("FILE", newest)), "--yes")
    assert done.status == 0, done.err
    assert "billing" in vault("list").out


@pytest.mark.parametrize(
    "end", [".bak", ".lock", ".2026-01-02T030405Z.bak", ".new-0123456789abcdef"]
)
def test_a_copy_to_keep_gets_no_name_that_a_save_removes(
    vault: Run, tmp_path: Path, end: str
) -> None:
    """It was said to be saved, and the next change removed it or let it go as too old."""
    to = tmp_path / "keys" / f"vault.nkw{end}"
    for file in to.parent.glob(f"vault.nkw{end}"):
        file.unlink()
    done = vault("backup", str(to))
    assert done.status == 2
    assert "another name" in done.err
    assert not to.exists() or end == ".lock"
