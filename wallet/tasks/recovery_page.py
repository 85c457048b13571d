"""The page with a recovery code, to be printed: written to a file that a person names, and read.

It says what it is to whoever finds it in a drawer years later. Nothing here goes to a temporary
file, and no `str` of the code is made.
"""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

from wallet.errors import (
    MistypedCodeError,
    SaveFailedError,
    VaultError,
    WalletError,
    WrongPassphraseError,
)
from wallet.secrets import encoding, sodium
from wallet.secrets.recovery_code import LONGEST, RecoveryCode
from wallet.system.disk import plainfiles
from wallet.system.disk.descriptors import fill
from wallet.system.disk.files import real_path
from wallet.text import plain
from wallet.vault.file.container import identity
from wallet.vault.file.first_look import header_at
from wallet.vault.file.ways_in import opened_by
from wallet.when import to_the_minute

MOST = 64 << 10  # bytes of a file that is looked at for a code

_LETTERS = 35  # of a code
_LABEL = b"Code:"
_BEFORE = """\
RECOVERY CODE OF A VAULT OF NKEY-WALLET

Vault:  {name}
        id {vault_id}
Made:   {made}

"""
_AFTER = """


What this is

  nkey-wallet keeps the secret keys of NATS servers, accounts and users in
  one encrypted file, its vault. Whoever has that file and this code can open
  it and use every key in it: without the passphrase, and without a key file.
  Keep this page as you would the keys themselves, and not with the file.

How to use it

  In the app, where it asks for the passphrase: Ctrl+R, and type the code.
  On a command line, with the code or this page in a file:

    nkey-wallet passphrase --vault VAULT --recovery-code-file FILE

  Either asks for a new passphrase. Small letters and blanks do not matter,
  nor does O for 0, or I or L for 1. A mistyped group is told by its number.
  The code is of no use once another was made, or it was removed, but for
  backups from before that.
"""


def text(path: Path, vault_id: bytes, code: RecoveryCode) -> bytearray:
    """The page for the vault at `path`, for the caller to wipe."""
    before = _BEFORE.format(
        name=plain(path.name, 300),
        vault_id=vault_id.hex(),
        made=to_the_minute(datetime.now(UTC)),
    )
    label = _LABEL + b"  "
    written = code.text()
    try:
        page = bytearray(
            len(before.encode()) + len(label) + len(written) + len(_AFTER.encode())
        )  # made beforehand: one that grows leaves copies behind
        at = 0
        for part in (before.encode(), label, written, _AFTER.encode()):
            page[at : at + len(part)] = part
            at += len(part)
        return page
    finally:
        sodium.wipe(written)


def write(to: Path, path: Path, vault_id: bytes, code: RecoveryCode) -> None:
    """Write the page to a new file, 0600, and read the code back from it.

    Raises what `plainfiles.write` raises, and `SaveFailedError` for what reads back differently.
    """
    page = text(path, vault_id, code)
    try:
        plainfiles.write(to, page)
    finally:
        sodium.wipe(page)
    try:
        with open(to, "rb", buffering=0) as file:
            again = read(file.fileno())
        with again:
            if not again.matches(code):
                raise SaveFailedError("another code")
    except (OSError, WalletError) as error:
        take_back(to)
        raise SaveFailedError(
            f"What was written to {to} reads back differently, so it was removed. The vault was "
            "not changed. Look at the disk."
        ) from error


def take_back(to: Path) -> None:
    """Remove a page that `write` has written, for its code opens nothing after all."""
    with contextlib.suppress(OSError):
        os.unlink(to)


def is_in_force(path: Path, code: RecoveryCode) -> bool:
    """Whether the code opens the vault at `path`, or may: not where its file says that it does not.

    Whoever was interrupted while the vault was saved does not know it otherwise.
    """
    try:
        header = header_at(real_path(path))
        _, keys = opened_by(header.slots, code, identity(header.vault_id))
    except WrongPassphraseError:
        return False
    except VaultError:
        return True
    keys.wipe()
    return True


def read(descriptor: int) -> RecoveryCode:
    """Read the code in an open file: a page, or the code alone. Raises `MistypedCodeError`.

    Nothing but buffers that are wiped ever holds the bytes. Raises `OSError` too.
    """
    content, page = bytearray(MOST), bytearray()
    try:
        filled = fill(descriptor, content)
        with memoryview(content) as view, view[:filled] as given:
            page = encoding.utf8(given)
        begin, end = _place(page)
        if end - begin > LONGEST:
            raise MistypedCodeError("The file is too long for a recovery code. Nothing was tried.")
        with memoryview(page) as view, view[begin:end] as line:
            typed = bytearray(line)
        try:
            return RecoveryCode.read(typed)
        finally:
            sodium.wipe(typed)
    except ValueError:
        raise MistypedCodeError("The file is no text, for its UTF-16 was cut off.") from None
    finally:
        sodium.wipe(content, page)


def is_like_a_code(text: str) -> bool:
    """Whether a text is as long as a code, mistyped or not, and nothing but its letters."""
    letters = [character for character in text if character.isalnum()]
    return len(letters) == _LETTERS and len(text) < 2 * _LETTERS and "/" not in text


def _place(page: bytearray) -> tuple[int, int]:
    """Say where the code stands: behind its label, or in all of a text without one."""
    start = 0 if page.startswith(_LABEL) else page.find(b"\n" + _LABEL) + 1
    if not start and not page.startswith(_LABEL):
        return 0, len(page)
    end = page.find(b"\n", start)
    return start + len(_LABEL), len(page) if end < 0 else end
