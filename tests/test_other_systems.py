"""Windows and macOS, as far as they can be simulated elsewhere: each test says what is made up."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import stat
import sys
import zoneinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wallet.errors import DiskFullError, SaveFailedError
from wallet.exchange.readers import directory
from wallet.nats.validation import shapes
from wallet.nats.validation.flaw import About, Review
from wallet.system import clipboard_helpers, oserrors, signals, terminal
from wallet.system.disk import descriptors, files, paths, plainfiles, regular_files, volumes


def windows_error(number: int, winerror: int) -> OSError:
    """As Windows' Python makes one: with `winerror` beside `errno`."""
    error = OSError(number, "Incorrect function")
    error.winerror = winerror  # type: ignore[attr-defined, unused-ignore]
    return error


@pytest.mark.parametrize("winerror", [39, 112])
def test_a_full_disk_on_windows_is_a_full_disk(winerror: int) -> None:
    """Simulated: the error."""
    told = oserrors.explain(windows_error(errno.EINVAL, winerror), Path("v.nkw"), "saved")
    assert isinstance(told, DiskFullError)
    other = oserrors.explain(windows_error(errno.EINVAL, 87), Path("v.nkw"), "saved")
    assert isinstance(other, SaveFailedError)


@pytest.mark.parametrize("winerror", [1, 50])
def test_where_fat_has_no_hard_links_a_copy_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int
) -> None:
    """Simulated: the error of the link; the copy is real."""

    def no_link(_old: Path, _new: Path) -> None:
        raise windows_error(errno.EINVAL, winerror)

    monkeypatch.setattr(files.system, "link", no_link)
    vault, kept = tmp_path / "vault.nkw", tmp_path / "vault.nkw.bak"
    vault.write_bytes(b"what was saved")
    files.second_name(vault, kept, over=True)
    assert kept.read_bytes() == b"what was saved"


def test_a_file_is_read_into_the_one_buffer_where_there_is_no_readv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated: the name of the system; Windows has no readv."""
    (tmp_path / "x").write_bytes(b"SU and so on")
    monkeypatch.setattr(sys, "platform", "win32")
    descriptor, status = regular_files.open_regular(tmp_path / "x")
    try:
        assert regular_files.read_whole(descriptor, status.st_size - 5, 100) == b"SU and so on"
        os.lseek(descriptor, 0, os.SEEK_SET)
        content = bytearray(4)
        assert descriptors.fill(descriptor, content) == 4
        assert content == b"SU a"
    finally:
        os.close(descriptor)


def test_who_can_read_an_exported_file_is_said_truly_on_each_system() -> None:
    assert "0600" in plainfiles.who_reads("linux")
    assert "0600" not in plainfiles.who_reads("win32")


def test_an_exported_secret_is_synced_as_a_vault_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS' F_FULLFSYNC is in `System.sync`: here it is only seen that it is called."""
    synced: list[bool] = []

    def sync(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))

    monkeypatch.setattr(files.system, "sync", sync)
    plainfiles.write(tmp_path / "a.creds", b"x")
    assert synced == [False, True]  # the file, then its name in the directory


def test_keys_typed_at_windows_console_are_read_unseen_until_ctrl_d() -> None:
    """Simulated: the console's `getwch`."""
    keys = iter("SUA\bABC\rzwei\r\xe0HÄ\x04never")
    assert terminal.lines_of_keys(lambda: next(keys), 100) == "SUABC\nzwei\nÄ".encode()
    keys = iter("abc\x03")
    with pytest.raises(KeyboardInterrupt):
        terminal.lines_of_keys(lambda: next(keys), 100)
    keys = iter("abcdef")
    assert terminal.lines_of_keys(lambda: next(keys), 4) == b"abcd"


async def test_closing_windows_console_is_a_hang_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: SetConsoleCtrlHandler, which calls back from a thread of its own."""
    routines: list[Any] = []

    def handler(routine: Any, _add: int) -> int:
        routines.append(routine)
        return 1

    windows = SimpleNamespace(SetConsoleCtrlHandler=handler)
    monkeypatch.setattr(ctypes, "WINFUNCTYPE", lambda *_: lambda call: call, raising=False)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=windows), raising=False)
    told: asyncio.Queue[int] = asyncio.Queue()
    signals.console_events(asyncio.get_running_loop(), told.put_nowait, 0.05)
    ctrl_c, close = 0, 2
    assert await asyncio.to_thread(routines[0], ctrl_c) is False
    assert told.empty()
    assert await asyncio.to_thread(routines[0], close) is True
    assert await told.get() == signals.HANG_UP


def test_windows_junctions_are_known_by_their_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: what `stat` says of a junction and of a directory."""
    monkeypatch.setattr(os, "name", "nt")
    for tag, junction in ((0xA0000003, True), (0xA000000C, False), (0, False)):
        status = SimpleNamespace(st_reparse_tag=tag, st_mode=stat.S_IFDIR)
        entry: Any = SimpleNamespace(stat=lambda *, follow_symlinks, status=status: status)
        assert directory.is_junction(entry) is junction


@pytest.mark.parametrize(("name", "fine"), [("UTC", True), ("Local", True), ("Europe/Oslo", False)])
def test_without_a_list_of_zones_a_zone_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, fine: bool
) -> None:
    """Simulated: a system without time zones, as Windows without the package tzdata."""
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    monkeypatch.setattr(shapes, "has_zones", shapes.has_zones.__wrapped__)
    found = Review(About())
    shapes.zone(found, (), name)
    assert (not found.flaws) is fine
    assert fine or "no list of time zones" in str(found.flaws[0])


def test_a_python_of_the_store_is_told_with_what_goes_with_it() -> None:
    """Simulated: the places of a Store Python."""
    local = r"C:\Users\ann\AppData\Local"
    store = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.11_qbz5n2kfra8p0"
    vault: Any = local + r"\nkey-wallet\vault.nkw"
    assert "removes the vault" in (volumes.store_warning(vault, store, local) or "")
    assert volumes.store_warning(vault, r"C:\Python311", local) is None
    elsewhere: Any = r"C:\Users\ann\vault.nkw"
    assert volumes.store_warning(elsewhere, store, local) is None


def test_macos_clipboard_is_given_utf_8_whatever_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated: pbcopy, by a program that writes down its locale."""
    if sys.platform == "win32":
        pytest.skip("a shell script")
    program = tmp_path / "pbcopy"
    program.write_text(
        f'#!/bin/sh\ncat > "{tmp_path}/held"; echo "$LC_ALL" > "{tmp_path}/locale"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr(sys, "platform", "darwin")
    (helper,) = clipboard_helpers.available({})
    helper.copy("Zoë ✓".encode())
    assert (tmp_path / "held").read_bytes() == "Zoë ✓".encode()
    assert (tmp_path / "locale").read_text().strip() == "en_US.UTF-8"


def test_on_macos_the_memory_of_saves_is_left_out_of_backups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated: tmutil, by a program that writes down its arguments."""
    if sys.platform == "win32":
        pytest.skip("a shell script")
    program = tmp_path / "tmutil"
    program.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/asked"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    paths.keep_out_of_backups(tmp_path)
    assert not (tmp_path / "asked").exists()
    monkeypatch.setattr(sys, "platform", "darwin")
    paths.keep_out_of_backups(tmp_path)
    assert (tmp_path / "asked").read_text() == f"addexclusion {tmp_path}\n"


def test_macos_tells_a_file_system_by_its_name() -> None:
    """Simulated: the structure, laid out as in macOS' sys/mount.h."""
    for name in (b"apfs", b"smbfs", b"nfs"):
        answer = bytes(72) + name.ljust(16, b"\0") + bytes(2048)
        assert volumes.kind_in_statfs(answer) == name.decode()
    assert volumes.kind_in_statfs(bytes(2048)) is None
