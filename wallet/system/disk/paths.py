"""Paths as a person writes them, and the platform's own places: in one manner everywhere."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

from wallet.errors import NoHomeError, UsageError
from wallet.system.oserrors import explain

APP = "nkey-wallet"
USUAL_VAULT = "vault.nkw"


def given(text: str | os.PathLike[str]) -> Path:
    """The path that a flag, a variable or a field names; `~` at its beginning is a home.

    A shell expands it too, but not in quotes, nor in a variable. Raises `UsageError` for a home
    that nobody knows, and for what is no path at all: an empty text is not the current directory.
    """
    named = os.fspath(text)
    if not named:
        raise UsageError(
            "A path is empty: so is a variable of a shell that nobody set. Nothing was done. For "
            "the current directory write a dot."
        )
    if "\0" in named:
        raise UsageError("A path cannot hold a NUL character.")
    path = Path(named)
    if not named.startswith("~"):
        return path
    try:
        expanded = path.expanduser()
    except RuntimeError:
        expanded = path
    if str(expanded).startswith("~") or (path.parts[0] == "~" and not has_home()):
        raise UsageError(
            f"There is no such home directory here: {path.parts[0]}. Write the whole path, or "
            f"./{path} for a file of that name."
        )
    return expanded


def has_home() -> bool:
    """Whether this user has a home directory, by the environment or the system's list of users.

    In a container there may be neither.
    """
    home = os.path.expanduser("~")
    return home not in {"", "~"} and os.environ.get("HOME", home) != ""


def data_directory() -> Path:
    """The vault's directory when nobody says another. Raises `NoHomeError` without a home."""
    if not has_home() and not (os.environ.get("XDG_DATA_HOME") and sys.platform != "win32"):
        raise NoHomeError(
            "This user has no home directory, so there is no usual place for the vault. Say where "
            "it is with --vault FILE, or in NKEY_WALLET_VAULT."
        )
    if (place := _on_linux("XDG_DATA_HOME", ".local/share")) is not None:
        return place
    import platformdirs

    return platformdirs.user_data_path(APP, appauthor=False)


def default_vault() -> Path:
    """`NKEY_WALLET_VAULT`, else `vault.nkw` in the platform's data directory."""
    named = os.environ.get("NKEY_WALLET_VAULT")
    return given(named) if named else data_directory() / USUAL_VAULT


def state_directory() -> Path:
    """The directory of the newest save that was seen. Raises `NoHomeError` without a home."""
    if not has_home() and not (os.environ.get("XDG_STATE_HOME") and sys.platform != "win32"):
        raise NoHomeError("This user has no home directory, so nothing can be remembered here.")
    if (place := _on_linux("XDG_STATE_HOME", ".local/state")) is not None:
        return place
    import platformdirs

    return platformdirs.user_state_path(APP, appauthor=False)


def _on_linux(variable: str, beneath_home: str) -> Path | None:
    """The place that platformdirs names there in the plain case, without a dozen modules of its.

    None where it may be another: on other systems, Android among them, or without a plain home.
    """
    home, named = os.environ.get("HOME", ""), os.environ.get(variable, "")
    if sys.platform != "linux" or "ANDROID_DATA" in os.environ or not home.startswith("/"):
        return None
    return Path(named, APP) if named.startswith("/") else Path(home, beneath_home, APP)


def is_there(path: Path) -> bool:
    """Whether anything stands at the path, a broken link too.

    Not allowed to look is not absent: raises `PermissionRefusedError` then, and what `explain`
    makes of other errors.
    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise explain(error, path, "looked for") from error
    except ValueError as error:
        raise UsageError("That is no path of a file.") from error
    return True


def keep_out_of_backups(directory: Path) -> None:
    """On macOS: let Time Machine leave a directory out, so that it never comes back older.

    It lies beside the data there, and a restored vault would bring the memory of its own age.
    Best effort. Source: tmutil(8), addexclusion.
    """
    if sys.platform == "darwin":
        import subprocess  # with selectors and threads, which no other system needs here

        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                ["tmutil", "addexclusion", str(directory)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=5,
                check=False,
            )


def close_to_others(directory: Path) -> None:
    """Take away what others may do with a directory of ours (0700). Best effort."""
    try:
        status = os.lstat(directory)
        if stat.S_ISDIR(status.st_mode) and status.st_mode & 0o077:
            directory.chmod(0o700)
    except OSError:
        return


def without_home(path: Path | str) -> str:
    """A path with the person's home as `~`."""
    text = str(path)
    home = os.path.expanduser("~")
    if home not in {"", "~", "/"} and (text == home or text.startswith(home + os.sep)):
        return "~" + text[len(home) :]
    return text
