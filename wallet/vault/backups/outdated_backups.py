"""The backups that open by what was taken away since: a passphrase, key file or code of before.

That is told by the order in which things were done, as far as history and ancestors name it; clocks
are put back. Only where they do not, the times of backups and notes are compared.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from wallet.errors import VaultError
from wallet.vault.backups import older_saves
from wallet.vault.backups.older_saves import Backup
from wallet.vault.db.journal.kinds import What
from wallet.vault.file.container import Header
from wallet.vault.records import Records

FIRST_CODE = "made"
"""The detail of the note on a recovery code that came where there was none: it takes none away."""


def outdated(backups: Sequence[Backup], present: Header, records: Records) -> list[Backup]:
    """Find the backups, of these (the newest save first), that open by what was taken away since.

    After a first code those are spared that were saved with the ways in just before it.
    """
    kinds = (What.PASSPHRASE_CHANGED, What.KEY_FILE_CHANGED, What.RECOVERY_CHANGED)
    notes = records.history.of_kind(*kinds)
    _, forgotten = records.history.folded()
    times = [note.at for note in notes if note.detail != FIRST_CODE]
    taken_away = max([*times, *([forgotten] if forgotten else [])], default=None)
    if taken_away is None:
        return []
    headers = [(one, header) for one in backups if (header := _header(one)) is not None]
    others = [(one, header) for one, header in headers if header.slots != present.slots]
    ours = [(one, header) for one, header in others if _is_ancestor(header, records)]
    spared = ours[0][1].slots if ours and notes and notes[-1].detail == FIRST_CODE else None
    earlier = {one.path for one, header in ours if times and header.slots != spared}
    return [one for one, _ in others if one.saved <= taken_away or one.path in earlier]


def _header(backup: Backup) -> Header | None:
    with contextlib.suppress(OSError, VaultError):
        return older_saves.look(backup.path)
    return None


def _is_ancestor(header: Header, records: Records) -> bool:
    return records.ancestors.header_of(header.generation) == header.digest()
