"""A vault of one user that another, root above all, changes: it stays its owner's.

What each user may do is tried for real, in processes that are that user's.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.support import make, names_in, unlock
from wallet.system.disk import files
from wallet.system.disk.filelock import lock_file
from wallet.system.disk.ownership import Owner
from wallet.vault.backups import older_saves
from wallet.vault.backups.backup_plan import Plan
from wallet.vault.backups.older_saves import Why

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has other owners"),
    pytest.mark.skipif(
        sys.platform != "win32" and os.geteuid() != 0, reason="only root can be two users"
    ),
]

OWNER, STRANGER = 64_001, 64_002
CHANGER = Path(__file__).with_name("changer.py")
REPOSITORY = CHANGER.parents[2]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home directory of OWNER, with the platform's state directory in it."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    directory = Path(tempfile.mkdtemp(dir="/tmp"))  # one that other users can come to
    os.chown(directory, OWNER, OWNER)
    monkeypatch.setenv("HOME", str(directory))
    monkeypatch.setenv("XDG_STATE_HOME", str(directory / "state"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def path(home: Path) -> Path:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    path = home / "wallet" / "vault.nkw"
    path.parent.mkdir(mode=0o700)
    os.chown(path.parent, OWNER, OWNER)
    assert _as(OWNER, "make", path) == ["made"]
    return path


def _as(user: int, *arguments: object) -> list[str]:
    """What `changer.py` says, run by that user."""

    result = subprocess.run(
        [sys.executable, "-c", _BECOME, str(user), str(CHANGER), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout.splitlines()


# Everything is loaded as root: where the code lies, another user may not be let in.
_BECOME = """
import os, sys
sys.path.insert(0, os.getcwd())
from tests.crash import changes  # all that a save may load
from tests.vault import changer
import wallet.system.disk.ownership, getpass, pwd, hmac, _hashlib
user = int(sys.argv[1])
os.setgroups([]); os.setgid(user); os.setuid(user)
changer.main(sys.argv[3:])
"""


def _owners(directory: Path) -> dict[str, tuple[int, int]]:
    """User and mode of everything in a directory, by name."""
    return {
        str(entry.relative_to(directory)): (
            os.lstat(entry).st_uid,
            stat.S_IMODE(os.lstat(entry).st_mode),
        )
        for entry in sorted(directory.rglob("*"))
    }


def _all_of_owner(directory: Path) -> None:
    for name, (user, mode) in _owners(directory).items():
        assert user == OWNER, name
        assert not mode & 0o077, name


def test_what_root_saves_stays_the_owners(path: Path, home: Path) -> None:
    assert _as(OWNER, "once", path) != []
    for _ in range(3):
        with unlock(path, accept_older=True) as vault, vault.change() as records:
            records.settings.set("by", "root")
    _all_of_owner(home)
    (saved,) = _as(OWNER, "once", path)
    assert saved == "saved"
    with unlock(path) as vault:
        assert vault.records.count() == 3


def test_root_makes_no_lock_that_shuts_the_owner_out(path: Path, home: Path) -> None:
    path.with_name("vault.nkw.lock").unlink()
    shutil.rmtree(home / "state")
    with unlock(path, accept_older=True) as vault, vault.change():
        pass
    _all_of_owner(home)
    assert _as(OWNER, "once", path) == ["saved"]


def test_a_lock_that_root_left_before_is_given_to_the_owner(path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    lock = path.with_name("vault.nkw.lock")
    os.chown(lock, 0, 0)
    (said,) = _as(OWNER, "once", path)
    assert said.startswith("PermissionRefusedError: ")
    assert str(lock) in said
    with unlock(path, accept_older=True) as vault, vault.change():
        pass
    assert _as(OWNER, "once", path) == ["saved"]


@pytest.mark.parametrize("plant", ["bytes", "a second link"])
def test_root_gives_nobody_a_file_that_was_planted_as_the_lock(
    path: Path, home: Path, plant: str
) -> None:
    lock, precious = path.with_name("vault.nkw.lock"), home / "precious"
    precious.write_bytes(b"" if plant == "a second link" else b"secret")
    lock.unlink()
    os.link(precious, lock)
    if plant == "bytes":
        precious.unlink()
    with lock_file(lock, 1, Owner(OWNER, OWNER)):
        pass
    assert lock.stat().st_uid == 0


def test_backups_and_copies_by_root_are_the_owners(
    path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")

    class NoLinks(files.System):
        def link(self, old: Path, new: Path) -> None:
            raise PermissionError(1, "no links here")

    elsewhere = home / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    os.chown(elsewhere, OWNER, OWNER)
    monkeypatch.setattr(files, "system", NoLinks())
    with unlock(path, accept_older=True) as vault:
        with vault.change() as records:
            Plan(place=elsewhere).keep_in(records.settings)
        for _ in range(3):
            with vault.change():
                pass
        older_saves.keep(path, Why.RESTORE)
        older_saves.keep_verified(path, lambda copy: vault.read_copy(copy).close())
    assert len(os.listdir(elsewhere)) >= 2
    _all_of_owner(home)


def test_a_backup_that_others_could_read_is_the_owners_alone_after_a_save(path: Path) -> None:
    path.chmod(0o664)
    assert _as(OWNER, "once", path) == ["saved"]
    assert {mode for _, mode in _owners(path.parent).values()} == {0o600}


def test_root_that_brings_a_backup_back_leaves_it_the_owners(path: Path, home: Path) -> None:
    assert _as(OWNER, "once", path) == ["saved"]
    path.unlink()
    older_saves.bring_back(files.backup_path(path), path)
    _all_of_owner(path.parent)


def test_another_user_who_may_write_there_is_refused_before_anything_is_written(
    path: Path, home: Path
) -> None:
    home.chmod(0o755)
    path.parent.chmod(0o777)
    path.chmod(0o666)
    path.with_name("vault.nkw.lock").chmod(0o666)
    before, names = path.read_bytes(), sorted(os.listdir(path.parent))
    (said,) = _as(STRANGER, "once", path)
    assert said.startswith("PermissionRefusedError: ")
    assert str(OWNER) in said
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == names
    path.with_name("vault.nkw.lock").unlink()
    (said,) = _as(STRANGER, "once", path)
    assert said.startswith("PermissionRefusedError: ")
    assert not path.with_name("vault.nkw.lock").exists()


def test_a_vault_of_roots_own_stays_roots(tmp_path: Path) -> None:
    vault = make(tmp_path / "vault.nkw", "first", "second")
    assert names_in(vault) == {"first", "second"}
    assert {user for user, _ in _owners(tmp_path).values()} == {0}
