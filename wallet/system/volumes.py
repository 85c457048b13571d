"""What is doubtful about the place a vault stands in: other people's access, network disks."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

_NETWORK = {
    "9p",
    "afs",
    "afpfs",
    "ceph",
    "cifs",
    "davfs",
    "fuse.rclone",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
    "webdav",
}


def warning(path: Path) -> str | None:
    """One sentence about the place of the file at `path` (a real path), or None. Never raises."""
    try:
        return _network_warning(path) or _access_warning(path)
    except (OSError, ValueError):
        return None


def _network_warning(path: Path) -> str | None:
    kind = file_system(path)
    if kind is None or kind not in _NETWORK:
        return None
    return (
        f"The vault is on a network file system ({kind}), where locks may not reach other "
        "machines. Change it on one machine at a time."
    )


def _access_warning(path: Path) -> str | None:
    if os.name != "posix":
        return None
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return (
            f"Other users of this machine may read {path}. The next save makes it its owner's "
            "alone, and the backup that it leaves; other copies stay as they are."
        )
    directory = path.parent.stat().st_mode
    if directory & 0o022 and not directory & stat.S_ISVTX:
        return (
            f"Other users of this machine may put another file in the place of {path}: its "
            "directory is writable to them."
        )
    return None


def file_system(path: Path) -> str | None:
    """The kind of file system that holds `path`, as the system names it; None when unknown."""
    if sys.platform == "win32":
        import ctypes

        drive = f"{path.drive}\\"
        remote = ctypes.windll.kernel32.GetDriveTypeW(drive) == 4  # DRIVE_REMOTE
        return "smb3" if remote or drive.startswith("\\\\") else None
    if sys.platform == "linux":
        device = path.stat().st_dev
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        return kind_of_device(mounts, os.major(device), os.minor(device))
    return None


def kind_of_device(mounts: str, major: int, minor: int) -> str | None:
    """The file system's kind from the text of Linux's mountinfo; None when it is not there."""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) > 2 and fields[2] == f"{major}:{minor}" and right:
            return right.split()[0]
    return None
