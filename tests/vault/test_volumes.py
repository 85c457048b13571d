"""What is said about the place that a vault stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from wallet.system.disk import volumes

# From real machines' /proc/self/mountinfo; the fields are described in proc(5).
MOUNTS = """\
21 98 0:20 / /proc rw,nosuid shared:12 - proc proc rw
98 0 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
310 98 0:52 / /home/ann rw,relatime shared:160 - nfs4 files:/ann rw,vers=4.2
311 98 0:53 / /mnt/cloud rw,nosuid - fuse.sshfs ann@host:/ rw,user_id=1000
313 98 0:55 / /run/user/1000/gvfs rw,nosuid - fuse.gvfsd-fuse gvfsd-fuse rw,user_id=1000
314 98 0:56 / /mnt/c rw,noatime - 9p C:\\134 rw,aname=drvfs;path=C:\\;uid=1000,trans=fd
315 98 0:57 / /mnt/host rw - 9p hostshare rw,trans=virtio
316 98 0:58 / /media/sf_x rw - vboxsf x rw
317 98 0:59 / /home/ann/secret rw - fuse.gocryptfs /home/ann/c rw
312 98 0:54 / /run/user/1000 rw,nosuid - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("device", "kind"),
    [
        ((254, 0), "ext4"),
        ((0, 52), "nfs4"),
        ((0, 53), "fuse.sshfs"),
        ((0, 54), "tmpfs"),
        ((0, 55), "fuse.gvfsd-fuse"),
        ((0, 56), "a Windows drive"),
        ((0, 57), "9p"),
        ((9, 9), None),
    ],
)
def test_the_file_system_is_read_from_the_mounts(device: tuple[int, int], kind: str | None) -> None:
    assert volumes.kind_of_device(MOUNTS, *device) == kind


def test_a_vault_on_a_network_file_system_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "vault.nkw"
    file.touch(mode=0o600)
    assert volumes.warning(file) is None
    monkeypatch.setattr(volumes, "file_system", lambda path: "nfs4")
    warning = volumes.warning(file)
    assert warning is not None
    assert "nfs4" in warning
    assert "one machine at a time" in warning


def test_a_directory_that_others_may_write_to_is_warned_about(tmp_path: Path) -> None:
    file = tmp_path / "vault.nkw"
    file.touch(mode=0o600)
    tmp_path.chmod(0o777)
    assert "another file in the place" in (volumes.warning(file) or "")
    tmp_path.chmod(0o1777)  # as /tmp is: nobody may replace another's file
    assert volumes.warning(file) is None


def test_a_place_that_cannot_be_looked_at_gives_no_warning(tmp_path: Path) -> None:
    assert volumes.warning(tmp_path / "nowhere" / "vault.nkw") is None


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("fuse.gvfsd-fuse", "network file system"),
        ("fuse.sshfs", "network file system"),
        ("fuse.rclone", "network file system"),
        ("nfs4", "network file system"),
        ("9p", "network file system"),
        ("a Windows drive", "Windows drive"),
        ("vboxsf", "VirtualBox"),
        ("ext4", None),
        ("fuse.gocryptfs", None),
        ("fuseblk", None),
    ],
)
def test_a_place_is_told_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, told: str | None
) -> None:
    file = tmp_path / "vault.nkw"
    file.touch(mode=0o600)
    monkeypatch.setattr(volumes, "file_system", lambda _path: kind)
    warning = volumes.warning(file)
    assert (told in (warning or "")) if told else warning is None
