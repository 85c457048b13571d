"""A save, call by call: in which order, and with each call failing in turn."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.changes import in_place
from tests.vault.support import add, make, names_in, run_changer, unlock
from wallet.errors import (
    DiskFullError,
    HeaderDamagedError,
    NotARegularFileError,
    PermissionRefusedError,
    SaveFailedError,
    SaveUncertainError,
    TruncatedError,
    VaultError,
)
from wallet.system.disk import files
from wallet.vault.file import durable_save
from wallet.vault.file.container import HEADER

OLDER = re.compile(r"vault\.nkw\.2\d{3}-\d\d-\d\dT\d{6}Z(-\d+)?\.bak")
CALLS = ("open", "write", "read", "sync", "close", "link", "replace", "unlink", "own", "narrow")


class Watched(files.System):
    """Notes each call, and lets one of them go wrong."""

    def __init__(self, fail: int = 0, error: BaseException | None = None) -> None:
        self.calls: list[str] = []
        self.fail = fail
        self.error = error
        self.paths: dict[int, str] = {}

    def __getattribute__(self, name: str) -> object:
        call = super().__getattribute__(name)
        if name not in CALLS:
            return call
        return lambda *arguments, **named: self._noted(name, call, *arguments, **named)

    def _noted(
        self, name: str, call: Callable[..., object], *arguments: object, **named: object
    ) -> object:
        on = " ".join(self._label(argument) for argument in arguments[:2])
        self.calls.append(f"{name} {on}".strip())
        if len(self.calls) == self.fail and self.error is not None:
            if name == "close":
                call(*arguments, **named)
            raise self.error
        result = call(*arguments, **named)
        if name == "open":
            assert isinstance(result, int)
            self.paths[result] = self._label(arguments[0])
        return result

    def _label(self, argument: object) -> str:
        if isinstance(argument, Path):
            if ".new-" in argument.name:
                return "new"
            if OLDER.fullmatch(argument.name):
                return "older"
            return "directory" if argument.is_dir() else argument.name
        if isinstance(argument, int):
            return self.paths.get(argument, "")
        return ""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.nkw"


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Watched]]:
    def install(fail: int = 0, error: BaseException | None = None) -> Watched:
        watched = Watched(fail, error)
        monkeypatch.setattr(files, "system", watched)
        return watched

    yield install
    monkeypatch.undo()


LOOK = ["open vault.nkw", "read vault.nkw", "close vault.nkw"]
PROTOCOL = [
    *LOOK,
    "open new",
    "own new",
    "write new",
    "write new",
    "sync new",
    "read new",
    "read new",
    "read new",
    "close new",
    "open vault.nkw.bak",
    "read vault.nkw.bak",
    "close vault.nkw.bak",
    "link vault.nkw.bak older",
    "link vault.nkw new",
    "replace new vault.nkw.bak",
    "unlink new",
    "replace new vault.nkw",
    "open directory",
    "sync directory",
    "close directory",
]
TIDYING = [
    f"{call} {file}" for file in ("vault.nkw.bak", "older") for call in ("open", "read", "close")
]


def test_a_save_does_its_steps_in_the_order_that_a_power_cut_needs(
    path: Path, watch: Callable[..., Watched]
) -> None:
    vault = make(path, "first")
    watched = watch()
    add(vault, "second")
    assert watched.calls[: len(PROTOCOL)] == PROTOCOL
    assert sorted(watched.calls[len(PROTOCOL) :]) == sorted(TIDYING)


def test_making_a_vault_has_the_same_order_without_a_backup(
    path: Path, watch: Callable[..., Watched]
) -> None:
    watched = watch()
    make(path)
    assert watched.calls == [PROTOCOL[3], *PROTOCOL[5:12], *PROTOCOL[19:]]
    assert sorted(os.listdir(path.parent)) == ["vault.nkw", "vault.nkw.lock"]


@pytest.mark.parametrize("call", range(1, len(PROTOCOL) + len(TIDYING) + 1))
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_whichever_call_fails_nothing_is_lost(
    path: Path, watch: Callable[..., Watched], call: int, code: int
) -> None:
    vault = make(path, "first")
    before = path.read_bytes()
    watched = watch(call, OSError(code, os.strerror(code)))
    outcome: type[VaultError] | None = None
    try:
        add(vault, "second")
    except VaultError as error:
        outcome = type(error)
    assert len(watched.calls) >= call
    watch()
    after = names_in(vault)
    if outcome in (None, SaveUncertainError):
        assert after == {"first", "second"}
    else:
        assert after == {"first"}
        assert path.read_bytes() == before
    with unlock(path) as fresh:
        assert names_in(fresh) == after
    add(vault, "third")
    with unlock(path) as fresh:
        assert names_in(fresh) == after | {"third"}
    assert not [name for name in os.listdir(path.parent) if ".new-" in name]


@pytest.mark.parametrize(
    ("step", "code", "expected"),
    [
        ("write new", errno.ENOSPC, DiskFullError),
        ("sync new", errno.ENOSPC, DiskFullError),
        ("sync new", errno.EDQUOT, DiskFullError),
        ("open new", errno.EACCES, PermissionRefusedError),
        ("open new", errno.EROFS, PermissionRefusedError),
        ("write new", errno.EFBIG, SaveFailedError),
        ("sync new", errno.EIO, SaveFailedError),
        ("replace new vault.nkw", errno.EIO, SaveFailedError),
        ("open directory", errno.EMFILE, SaveUncertainError),
        ("sync directory", errno.EIO, SaveUncertainError),
    ],
)
def test_each_failure_has_its_class(
    path: Path, watch: Callable[..., Watched], step: str, code: int, expected: type[VaultError]
) -> None:
    vault = make(path, "first")
    watch(PROTOCOL.index(step) + 1, OSError(code, os.strerror(code)))
    with pytest.raises(VaultError) as caught:
        add(vault, "second")
    assert caught.type is expected


def test_a_file_system_that_cannot_sync_a_directory_is_no_failure(
    path: Path, watch: Callable[..., Watched]
) -> None:
    vault = make(path, "first")
    watched = watch(PROTOCOL.index("sync directory") + 1, OSError(errno.EINVAL, "no such thing"))
    add(vault, "second")
    assert watched.calls[: len(PROTOCOL)] == PROTOCOL
    assert names_in(vault) == {"first", "second"}


@pytest.mark.parametrize("call", range(1, len(PROTOCOL) + 1))
def test_an_interrupt_at_any_call_loses_nothing(
    path: Path, watch: Callable[..., Watched], call: int
) -> None:
    vault = make(path, "first")
    watch(call, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        add(vault, "second")
    watch()
    add(vault, "third")  # reloads when the interrupted save was in place already
    with unlock(path) as fresh:
        assert names_in(fresh) in ({"first", "third"}, {"first", "second", "third"})
        assert names_in(fresh) == names_in(vault)


@pytest.mark.parametrize("part", ["header", "body", "all of it"])
def test_a_header_or_body_that_rots_on_the_way_to_the_disk_never_becomes_the_vault(
    path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    class Rotten(files.System):
        def write(self, descriptor: int, data: memoryview) -> int:
            rotten = bytearray(data)
            if part == "all of it" or (len(rotten) == HEADER) is (part == "header"):
                rotten[len(rotten) // 2] ^= 1
            return super().write(descriptor, memoryview(rotten))

    vault = make(path, "first")
    before = path.read_bytes()
    monkeypatch.setattr(files, "system", Rotten())
    with pytest.raises(SaveFailedError, match="reads back differently"):
        add(vault, "second")
    assert path.read_bytes() == before
    assert names_in(vault) == {"first"}
    monkeypatch.undo()
    with unlock(path) as again:
        assert names_in(again) == {"first"}


def test_short_writes_are_carried_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(files.System):
        def write(self, descriptor: int, data: memoryview) -> int:
            return super().write(descriptor, data[:1000])

        def read(self, descriptor: int, length: int) -> bytes:
            return super().read(descriptor, min(length, 777))

    vault = make(path, "first")
    monkeypatch.setattr(files, "system", Slow())
    add(vault, "second")
    with unlock(path) as fresh:
        assert names_in(fresh) == {"first", "second"}


def test_where_hard_links_fail_the_backup_is_a_copy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoLinks(files.System):
        def link(self, old: Path, new: Path) -> None:
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    vault = make(path, "first")
    before = path.read_bytes()
    monkeypatch.setattr(files, "system", NoLinks())
    add(vault, "second")
    assert vault.backup_path.read_bytes() == before
    assert vault.backup_path.stat().st_nlink == 1
    assert vault.backup_path.stat().st_mode & 0o777 == 0o600


def test_a_link_planted_as_the_backup_is_replaced_and_not_followed(path: Path) -> None:
    vault = make(path, "first")
    precious = path.with_name("precious")
    precious.write_text("mine")
    vault.backup_path.unlink()
    vault.backup_path.symlink_to(precious)
    add(vault, "second")
    assert precious.read_text() == "mine"
    assert not vault.backup_path.is_symlink()


@pytest.mark.parametrize("plant", ["link", "dangling link", "directory", "pipe"])
def test_what_was_planted_as_the_lock_is_refused(path: Path, plant: str) -> None:
    if sys.platform == "win32":
        pytest.skip("needs what only POSIX has")
    vault = make(path, "first")
    before = path.read_bytes()
    lock, precious = path.with_name("vault.nkw.lock"), path.with_name("precious")
    lock.unlink()
    if plant == "directory":
        lock.mkdir()
    elif plant == "pipe":
        os.mkfifo(lock)
    else:
        lock.symlink_to(precious)
        if plant == "link":
            precious.write_text("mine")
    with pytest.raises(NotARegularFileError):
        add(vault, "second")
    assert path.read_bytes() == before
    assert names_in(vault) == {"first"}
    assert not precious.exists() or precious.read_text() == "mine"


def test_a_lock_that_someone_removed_meanwhile_is_not_trusted(path: Path) -> None:
    vault = make(path, "first")
    path.with_name("vault.nkw.lock").unlink()
    add(vault, "second")
    assert path.with_name("vault.nkw.lock").exists()


def test_a_vault_that_others_could_read_becomes_the_owners_alone(path: Path) -> None:
    make(path, "first").lock()
    path.chmod(0o644)
    with unlock(path) as vault:
        assert vault.warning is not None
        assert "Other users" in vault.warning
        add(vault, "second")
    assert path.stat().st_mode & 0o777 == 0o600


# The real thing, each in a process of its own.


def test_a_file_size_limit_leaves_the_old_vault(path: Path) -> None:
    make(path, "first").lock()
    before = path.read_bytes()
    said, key = run_changer("limited", path)
    assert said.startswith("SaveFailedError: ")
    assert files.backup_path(path).read_bytes() == before
    with unlock(path) as vault:
        assert vault.records.by_public(key) is not None
        assert vault.records.count() == 2


def _with_mounts(script: str) -> Callable[[list[str]], list[str]]:
    """Run a command after `script`, where mounts are seen by nobody else."""
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is not installed here")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    inside = [unshare, "--mount", *user, "sh", "-ec"]
    tried = subprocess.run([*inside, "mount -t tmpfs tmpfs /mnt"], capture_output=True, timeout=30)
    if tried.returncode:
        pytest.skip("this user may not mount a file system here, not even in a namespace")
    return lambda command: [*inside, script + '\nexec "$@"', "sh", *command]


def test_a_full_disk_leaves_the_old_vault(tmp_path: Path) -> None:
    mounted = _with_mounts(f"mount -t tmpfs -o size=400k tmpfs {tmp_path}")
    first, said, listed, third, *keys = run_changer("fill", tmp_path, through=mounted)
    assert said.startswith("DiskFullError: ")
    assert "as it was" in said
    assert listed.split() == ["filler", "vault.nkw", "vault.nkw.bak", "vault.nkw.lock"]
    assert set(" ".join(keys).split()) == {first, third}


def test_a_read_only_disk_leaves_the_old_vault(tmp_path: Path) -> None:
    path = tmp_path / "vault.nkw"
    make(path, "first").lock()
    before = path.read_bytes()
    mounted = _with_mounts(
        f"mount --bind {tmp_path} {tmp_path}\nmount -o remount,bind,ro {tmp_path}"
    )
    (said,) = run_changer("once", path, through=mounted)
    assert said.startswith("PermissionRefusedError: ")
    assert path.read_bytes() == before


def test_a_read_only_directory_leaves_the_old_vault(path: Path) -> None:
    make(path, "first").lock()
    before, listed = path.read_bytes(), sorted(os.listdir(path.parent))
    path.parent.chmod(0o500)
    try:
        (said,) = run_changer("once", path, through=_without_roots_powers)
        assert said.startswith("PermissionRefusedError: ")
        assert path.read_bytes() == before
        assert sorted(os.listdir(path.parent)) == listed
    finally:
        path.parent.chmod(0o700)


def test_a_vault_that_may_not_be_read_is_told_so(path: Path) -> None:
    make(path, "first").lock()
    path.chmod(0o000)
    said = run_changer("once", path, through=_without_roots_powers)
    assert said[0].startswith("PermissionRefusedError: ")


def _without_roots_powers(command: list[str]) -> list[str]:
    if sys.platform == "win32":
        raise NotImplementedError("POSIX only")
    if os.geteuid() != 0:
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is not installed here, and root may write anywhere")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search", *command]


# The negative control: the same tests must see that another way of saving loses the vault.


def test_the_control_that_writes_in_place_loses_the_vault_on_a_full_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch, watch: Callable[..., Watched]
) -> None:
    vault = make(path, "first")
    monkeypatch.setattr(durable_save, "save", in_place)
    watch(6, OSError(errno.ENOSPC, "no room"))
    with pytest.raises(OSError, match="no room"):
        add(vault, "second")
    with pytest.raises((TruncatedError, HeaderDamagedError)):
        unlock(path)
