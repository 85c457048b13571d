"""The screen that the app begins with, and comes back to when it locks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from textual.screen import Screen

from wallet.app.host import Host
from wallet.errors import VaultError
from wallet.system.disk import paths

if TYPE_CHECKING:
    from wallet.vault.file.ways_in import Opener
    from wallet.vault.session.vanished_file import SealedVault


def first_screen(
    app: Host, given: Opener | None = None, *, sealed: SealedVault | None = None, why: str = ""
) -> Screen[None]:
    """The screen that asks for the passphrase, or that makes a vault where there is none.

    `given` is tried at once; it is wiped where there is nothing to open. `sealed` is the last copy
    of a vault whose file is gone, `why` the reason for a lock.
    """
    from wallet.app.screens.vault.unlock import UnlockScreen

    try:
        there = paths.is_there(app.path)
    except VaultError:  # not allowed to look is not absent: the unlocking says why
        there = True
    if there:
        note = app.demo.note if app.demo else ""
        return UnlockScreen(app.path, opener=given, why=why, note=note)
    if sealed is not None:
        from wallet.app.screens.vault.vanished_file import SEALED

        return UnlockScreen(app.path, why=why, note=SEALED, sealed=sealed)
    if given is not None:
        given.wipe()
    return _making_screen(app)


def _making_screen(app: Host) -> Screen[None]:
    """The screen that makes a vault, or that asks first where the backup of one stands."""
    from wallet.app.screens.vault.create import CreateScreen

    if os.path.isdir(os.path.dirname(os.path.realpath(app.path))):  # else there is no file at all
        from wallet.system.disk.files import real_path
        from wallet.vault.backups import older_saves

        if left := older_saves.left_behind(real_path(app.path)):
            from wallet.app.screens.vault.backup_only import BackupThereScreen

            return BackupThereScreen(app.path, left, app.cost)
    return CreateScreen(app.path, app.cost)
