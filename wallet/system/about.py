"""A description of what runs here: all versions, the system, the terminal; and where things lie.

For a report of a fault. It names no secret, no key and no vault, and writes the person's home
as `~`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sqlite3
import sys
from importlib import metadata
from pathlib import Path

import wallet
from wallet.errors import NoHomeError
from wallet.system.disk import paths
from wallet.system.disk.paths import without_home

PACKAGES = ("textual", "rich", "pynacl", "argon2-cffi", "platformdirs", "pyperclip")
_TERMINAL = ("TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "COLORTERM", "LANG", "LC_ALL")
_PRESENT = (
    ("TMUX", "tmux"),
    ("STY", "GNU screen"),
    ("SSH_CONNECTION", "SSH"),
    ("DISPLAY", "X11"),
    ("WAYLAND_DISPLAY", "Wayland"),
    ("WSL_DISTRO_NAME", "WSL"),
    ("NO_COLOR", "NO_COLOR"),
)


def in_one_line() -> str:
    """The versions that matter most."""
    return (
        f"nkey-wallet {wallet.__version__}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {sys.platform} {platform.machine()}"
    )


def everything() -> list[tuple[str, str]]:
    """Names and values, in the order in which they are shown."""
    return [
        ("nkey-wallet", wallet.__version__),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("SQLite", sqlite3.sqlite_version),
        ("libsodium", _libsodium()),
        *((name, _version(name)) for name in PACKAGES),
        ("system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("terminal", _terminal()),
        ("encodings", _encodings()),
        *_places(),
    ]


def _places() -> list[tuple[str, str]]:
    named = "NKEY_WALLET_VAULT is set" if os.environ.get("NKEY_WALLET_VAULT") else ""
    try:
        data, state = without_home(paths.data_directory()), without_home(paths.state_directory())
    except NoHomeError:
        data = state = "unknown: there is no home directory"
    return [
        ("vault's directory", named or data),
        ("state", state),
        ("program", without_home(Path(wallet.__file__).parent)),
        ("interpreter", without_home(sys.executable)),
    ]


def _libsodium() -> str:
    """Its version where PyNaCl is linked to the system's. PyNaCl's own copy does not tell it."""
    own = f"the copy inside PyNaCl {_version('pynacl')}, which does not tell its version"
    try:
        from nacl import _sodium  # type: ignore[attr-defined, unused-ignore]

        version = ctypes.CDLL(_sodium.__file__).sodium_version_string
        version.restype = ctypes.c_char_p
        return bytes(version()).decode("ascii", "replace")
    except AttributeError:
        return own
    except (ImportError, OSError):
        return "unknown"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _terminal() -> str:
    told = [f"{name}={os.environ[name]}" for name in _TERMINAL if os.environ.get(name)]
    told += [what for name, what in _PRESENT if os.environ.get(name)]
    return ", ".join(told) or "none"


def _encodings() -> str:
    streams = {
        name: getattr(getattr(sys, name), "encoding", None) or "closed"
        for name in ("stdin", "stdout", "stderr")
    }
    return ", ".join(
        [f"{name} {encoding}" for name, encoding in streams.items()]
        + [f"files {sys.getfilesystemencoding()}"]
    )
