"""Writing what two files hold together to a file of its own, without a save of the vault.

For whoever joins versions of a vault without opening one to work with it, as git does: no backup,
no lock and no note of what was seen is left beside. A lock that is there already is taken, or what
another program saves meanwhile would be gone.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from wallet.errors import SaveFailedError, VaultError, VaultExistsError
from wallet.secrets import sodium
from wallet.system.disk import files
from wallet.system.oserrors import explain
from wallet.vault.backups.older_saves import LOCK_WAIT
from wallet.vault.copies.common_ancestor import saves_in
from wallet.vault.copies.vault_copy import VaultCopy
from wallet.vault.copies.vault_merge import VaultMerge, join
from wallet.vault.db import image as images
from wallet.vault.file.container import Header, open_body, seal_body
from wallet.vault.file.durable_save import confirm
from wallet.vault.file.first_look import header_at


def write_joined(merge: VaultMerge, to: Path) -> dict[str, str]:
    """Write the vault and the file that is joined with it to `to`, which may be one of the two.

    It opens as the vault does, and follows both. Gives the operators and accounts that could not
    be signed, by path. Raises `VaultExistsError` where something stands at `to` that is not in the
    two, and what a save raises; then `to` is as it was.
    """
    real = files.real_path(to)
    lock = files.lock_path(real)
    with contextlib.ExitStack() as stack:
        if os.path.lexists(lock):
            stack.enter_context(files.locked(real, LOCK_WAIT))
        ours = stack.enter_context(VaultCopy.of(merge.vault, merge.vault.path))
        ours.require_sound("joined")
        _require_known(real, to, ours, merge.copy)
        left = join(ours.records, merge.copy, merge.base, merge.plan, are_kin=merge.are_kin)
        ours.records.ancestors.add(ours.header.generation, ours.header.digest())
        theirs = merge.copy.header.generation if merge.are_kin else 0
        header, body = seal_body(
            ours.records.database.serialize(),
            ours.keys.body,
            ours.header.vault_id,
            max(ours.header.generation, theirs) + 1,
            ours.header.slots,
        )
        _write(real, header, body, ours.keys.body)
    return left


def _require_known(real: Path, to: Path, ours: VaultCopy, theirs: VaultCopy) -> None:
    """See that what stands at `real` is one of the two, went into one of them, or is empty."""
    if files.is_gone(real):
        return
    try:
        status = os.stat(real)
        if stat.S_ISREG(status.st_mode) and not status.st_size:
            return
        header = header_at(real)
    except (OSError, VaultError):
        known = False
    else:
        saves = saves_in(ours.save, ours.records) | saves_in(theirs.save, theirs.records)
        known = (header.generation, header.digest()) in saves
    if not known:
        raise VaultExistsError(
            f"There is something at {to} that is in neither of the two, and it was left as it is. "
            "Name another place."
        )


def _write(real: Path, header: Header, body: bytearray, key: bytearray) -> None:
    new = files.temporary_name(real)
    try:
        files.write_new(new, [header.pack(), body])
        with open_body(header, body, key) as image:
            images.load(image).close()
        files.replace(new, real)
    except OSError as error:
        raise explain(error, real, "saved") from error
    except VaultError as error:
        raise SaveFailedError(
            f"What was written for {real} reads back differently. It is as it was."
        ) from error
    finally:
        sodium.wipe(body)
        files.remove(new)
    confirm(real)
