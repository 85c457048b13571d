"""Paths at which there is no file to read: never waited for, never read."""

from __future__ import annotations

import os
import socket
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vault.support import refused, unlock
from wallet.errors import (
    NotARegularFileError,
    VaultError,
    VaultMissingError,
    VaultTooLargeError,
)
from wallet.vault.file.kdf import KdfCost


@pytest.fixture
def placed(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    path = tmp_path / "vault.nkw"
    sockets: list[socket.socket] = []

    def place(what: str) -> Path:
        if sys.platform == "win32":
            raise NotImplementedError("POSIX only")
        if what == "directory":
            path.mkdir()
        elif what == "pipe":
            os.mkfifo(path)
        elif what == "socket":
            sockets.append(socket.socket(socket.AF_UNIX))
            sockets[0].bind(os.path.relpath(path))
        else:
            path.symlink_to(what)
        return path

    yield place
    for opened in sockets:
        opened.close()


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("directory", NotARegularFileError),
        ("pipe", NotARegularFileError),
        ("socket", NotARegularFileError),
        ("/dev/zero", NotARegularFileError),
        ("/dev/null", NotARegularFileError),
        ("/dev/tty", NotARegularFileError),
        ("/", NotARegularFileError),
        ("nowhere", VaultMissingError),
        ("vault.nkw", NotARegularFileError),
    ],
)
def test_what_is_no_regular_file_is_never_waited_for(
    placed: Callable[[str], Path],
    what: str,
    expected: type[VaultError],
    derivations: list[KdfCost],
) -> None:
    refused(placed(what), expected)
    assert derivations == []


@pytest.mark.parametrize("name", ["missing.nkw", "file/vault.nkw", "a\0b", "x" * 300])
def test_a_path_that_leads_nowhere_is_told_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(VaultError) as caught:
        unlock(tmp_path / name)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("size", [(1 << 30) + 1, 2 << 30, 1 << 40])
def test_a_huge_sparse_file_is_refused_without_reading_it(
    sound: bytes, tmp_path: Path, size: int, derivations: list[KdfCost]
) -> None:
    path = tmp_path / "vault.nkw"
    path.write_bytes(sound)
    os.truncate(path, size)
    tracemalloc.start()
    try:
        refused(path, VaultTooLargeError)
        assert tracemalloc.get_traced_memory()[1] < 256 * 1024
    finally:
        tracemalloc.stop()
    assert derivations == []
