"""Key files on the disk: read as what they are, never waited for, and made."""

from __future__ import annotations

import os
from pathlib import Path

from wallet.errors import KeyFileRefusedError, SaveFailedError
from wallet.secrets import sodium
from wallet.secrets.key_file import LARGEST, KeyFile
from wallet.secrets.passphrase import Passphrase
from wallet.system.disk import plainfiles, regular_files

NEW_SIZE = 64


def read(path: Path) -> KeyFile:
    """Read a key file, for the caller to wipe. Raises `KeyFileRefusedError`."""
    content = bytearray()
    try:
        descriptor, status = regular_files.open_regular(path)
        try:
            content = regular_files.read_whole(descriptor, status.st_size, LARGEST)
        finally:
            os.close(descriptor)
        return KeyFile.of(content)
    except OSError as error:
        raise _refused(path, regular_files.reason(error)) from None
    except ValueError as error:
        raise _refused(path, str(error)) from None
    finally:
        sodium.wipe(content)


def join(passphrase: Passphrase, path: Path | None) -> None:
    """Let the key file at `path` go with a passphrase, which is wiped where it cannot.

    None is no key file. Raises `KeyFileRefusedError`.
    """
    if path is None:
        return
    try:
        with read(path) as key_file:
            passphrase.with_key_file(key_file)
    except BaseException:
        passphrase.wipe()
        raise


def make(path: Path) -> KeyFile:
    """Make a new key file of random bytes, 0600, and read it back; for the caller to wipe.

    Raises `KeyFileRefusedError` where its directory is not there, as that of a stick that is not
    plugged in; what `plainfiles.write` raises; `SaveFailedError` for what reads back differently.
    """
    if not os.path.isdir(path.parent):
        raise KeyFileRefusedError(
            f"{path.parent} is no directory, so no key file was made there, and the vault was not "
            "changed. Is its disk plugged in?"
        )
    content = sodium.random_secret(NEW_SIZE)
    try:
        # Its name is on the disk then: without that a vault that needs it would be lost.
        plainfiles.write(path, content)
        key_file = KeyFile.of(content)
    finally:
        sodium.wipe(content)
    with read(path) as again:
        if not again.matches(key_file):
            raise SaveFailedError(f"{path} reads back differently. The vault was not changed.")
    return key_file


def _refused(path: Path, why: str) -> KeyFileRefusedError:
    return KeyFileRefusedError(
        f"The key file {path} cannot be used: {why}. Nothing was changed. Name the very file that "
        "was set, or another for a new one."
    )
