"""Many files of an export reach the disk together, and each is as one that is written alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from wallet.system.disk import plainfiles

MANY = 40


def test_many_files_are_each_as_one_written_alone(tmp_path: Path) -> None:
    old = tmp_path / "a" / "0.nk"
    plainfiles.write(old, b"old")
    with plainfiles.together(MANY) as write_file:
        for number in range(MANY):
            write_file(tmp_path / "a" / f"{number}.nk", b"%d" % number, overwrite=True)
    assert [path.read_bytes() for path in tmp_path.glob("a/1*.nk")] != []
    assert old.read_bytes() == b"0"
    assert len(list((tmp_path / "a").iterdir())) == MANY
    if sys.platform != "win32":
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / "a").iterdir()} == {0o600}
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700


def test_one_of_many_files_is_never_written_over_another_unasked(tmp_path: Path) -> None:
    (tmp_path / "7.nk").write_bytes(b"mine")
    with (
        plainfiles.together(MANY) as write_file,
        pytest.raises(plainfiles.FileExistsAlreadyError),
    ):
        write_file(tmp_path / "7.nk", b"theirs")
    assert (tmp_path / "7.nk").read_bytes() == b"mine"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each file is flushed")
def test_many_files_are_flushed_once_also_where_writing_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[Path] = []
    monkeypatch.setattr(plainfiles, "sync_file_system", flushed.append)

    def stopped() -> None:
        with plainfiles.together(MANY) as write_file:
            write_file(tmp_path / "a" / "1.nk", b"1")
            write_file(tmp_path / "a" / "2.nk", b"2")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert flushed == [tmp_path / "a"]
