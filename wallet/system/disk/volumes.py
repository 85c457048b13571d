"""Doubts about the place a vault stands in: other people's access, network disks."""

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
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
    "webdav",
}


_NETWORK_BY_FUSE = (
    *("sshfs", "gvfsd-fuse", "gvfs-fuse-daemon", "kio-fuse", "rclone", "s3fs", "davfs", "davfs2"),
    *(
        "glusterfs",
        "ceph",
        "curlftpfs",
        "smbnetfs",
        "google-drive-ocamlfuse",
        "onedriver",
        "mount.s3",
    ),
)
_WINDOWS = "a Windows drive"
_SHARED = {"vboxsf": "VirtualBox", "prl_fs": "Parallels", "fuse.vmhgfs-fuse": "VMware"}
_SHARED |= {"virtiofs": "a virtual machine", "vmhgfs": "VMware"}


def warning(path: Path) -> str | None:
    """Warn in a sentence of the disk that the file at `path` (a real path) is on, or give None."""
    try:
        return _network_warning(path) or _access_warning(path) or store_warning(path)
    except (OSError, ValueError):
        return None


def _network_warning(path: Path) -> str | None:
    kind = file_system(path)
    if kind is None:
        return None
    if kind == _WINDOWS:
        return (
            "The vault is on a Windows drive. Programs of Windows do not see its lock, and its "
            "file mode does not keep others out: change it from one side only, or keep it in the "
            "home directory of this system."
        )
    if kind in _SHARED:
        return (
            f"The vault is in a folder that {_SHARED[kind]} shares with another system ({kind}), "
            "where locks may not reach that system. Change it on one of them at a time."
        )
    if kind in _NETWORK or kind.removeprefix("fuse.") in _NETWORK_BY_FUSE:
        return (
            f"The vault is on a network file system ({kind}), where locks may not reach other "
            "machines. Change it on one machine at a time."
        )
    return None


def store_warning(
    path: Path, prefix: str = sys.base_prefix, local: str | None = os.environ.get("LOCALAPPDATA")
) -> str | None:
    """Say what is to be known where Python comes from Microsoft's Store.

    It keeps what is written beneath %LOCALAPPDATA% in a place of its own, which goes with it.
    """
    beneath = local and str(path).lower().startswith(local.lower())
    if not beneath or "\\windowsapps\\" not in prefix.lower():
        return None
    return (
        "This Python is from the Microsoft Store: it keeps the vault in a place of its own, and "
        "removing it removes the vault. Name another place with --vault, such as your home."
    )


def _access_warning(path: Path) -> str | None:
    if os.name != "posix":
        return None
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return (
            f"Other users of this machine may read {path}. The next save makes it its owner's "
            "alone, and the backup that it leaves; other copies stay as they are."
        )
    if replaceable_by_others(path):
        return (
            f"Other users of this machine may put another file in the place of {path}: its "
            "directory is writable to them."
        )
    return None


def replaceable_by_others(path: Path) -> bool:
    """Whether other users of this machine may put another file in the place of this one."""
    if os.name != "posix":
        return False
    try:
        directory = path.parent.stat().st_mode
    except OSError:
        return False
    return bool(directory & 0o022) and not directory & stat.S_ISVTX


def readable_by_others(path: Path) -> bool:
    """Whether other users of this machine may read a file: by its mode, and those above it."""
    if os.name != "posix":
        return False
    try:
        real = path.resolve(strict=True)
        status = real.stat()
        ways = [part.stat().st_mode for part in real.parents]
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode):
        return False
    anybody = bool(status.st_mode & stat.S_IROTH) and all(way & stat.S_IXOTH for way in ways)
    in_group = stat.S_IXGRP | stat.S_IXOTH
    return anybody or (bool(status.st_mode & stat.S_IRGRP) and all(way & in_group for way in ways))


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
    if sys.platform == "darwin":
        return _asked_of_macos(path)
    return None


def _asked_of_macos(path: Path) -> str | None:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    # On Intel the plain name is that of an older structure.
    statfs = getattr(library, "statfs$INODE64", None) or library.statfs
    answer = ctypes.create_string_buffer(4096)
    if statfs(os.fsencode(path), answer) != 0:
        return None
    return kind_in_statfs(answer.raw)


def kind_in_statfs(answer: bytes) -> str | None:
    """The file system's kind in macOS' `struct statfs`, 64 bits (sys/mount.h): f_fstypename."""
    name = answer[72:88].split(b"\0")[0].decode("ascii", "replace")
    return name or None


def kind_of_device(mounts: str, major: int, minor: int) -> str | None:
    """The file system's kind from the text of Linux's mountinfo; None when it is not there."""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) > 2 and fields[2] == f"{major}:{minor}" and right:
            kind, *rest = right.split()
            return _WINDOWS if _is_of_windows(kind, rest) else kind
    return None


def _is_of_windows(kind: str, rest: list[str]) -> bool:
    """Whether a mount is one of WSL's drives: 9p with `aname=drvfs`, or `drvfs` in its first."""
    return kind == "drvfs" or (kind == "9p" and any("aname=drvfs" in word for word in rest))
