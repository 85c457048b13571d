"""A change of the ways in: new keys for all that is in the vault, and the slots that open to them.

Whatever is taken away, a passphrase, a code or a key file, may have been seen by others, with a
backup that it opens. So each change makes new keys: with the old ones nobody reads what comes.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from wallet.errors import StateRefusesError
from wallet.secrets.key_file import KeyFile
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.vault.backups.outdated_backups import FIRST_CODE
from wallet.vault.db.journal.kinds import What
from wallet.vault.file import slots, ways_in
from wallet.vault.file.container import KdfCost, SeedBox, VaultKeys, identity
from wallet.vault.file.ways_in import Opener, WaysIn
from wallet.vault.records import Records
from wallet.vault.session import storage
from wallet.vault.session.unlocked_state import UnlockedState


class Unchanged(Enum):
    """The value of a way in that stays as it is; None stands for one that is taken away."""

    AS_IT_IS = "as it is"


class WaysInChange(NamedTuple):
    """The ways in that are wanted: this passphrase, at this cost (None: as before), and these.

    After an opening by the code a key file is not kept: it may be what was lost.
    """

    passphrase: Passphrase
    cost: KdfCost | None = None
    key_file: KeyFile | Unchanged | None = Unchanged.AS_IT_IS
    recovery: RecoveryCode | Unchanged | None = Unchanged.AS_IT_IS


def sealed_anew(
    opened: UnlockedState, old: Opener, change: WaysInChange
) -> tuple[UnlockedState, tuple[bytes, ...]]:
    """Seal contents under new keys, with the slots that open to those.

    The slots of `opened` were proved by its body: no public key in them is an attacker's. Raises
    what `ways_in.opened_by` raises when `old` opens nothing.
    """
    vault_id, all_slots = opened.header.vault_id, opened.header.slots
    bound_to = identity(vault_id)
    number, old_keys = ways_in.opened_by(all_slots, old, bound_to)
    old_keys.wipe()
    if isinstance(old, RecoveryCode) and change.recovery is not Unchanged.AS_IT_IS:
        raise StateRefusesError(
            "Give the vault a new passphrase first; then its code can be another."
        )
    key_file = _key_file(old, all_slots[number][0], change)
    keys = VaultKeys.generate()
    seed_box = SeedBox(vault_id, keys.seeds)
    try:
        cost = change.cost or slots.cost_of_any(all_slots)
        way_in = slots.wrap(keys, change.passphrase.raw, cost, bound_to, key_file)
        new_slots = ways_in.resealed(all_slots, number, keys, way_in)
        if not isinstance(change.recovery, Unchanged):
            new_slots = ways_in.with_recovery(new_slots, keys, change.recovery)
        records = storage.resealed(opened.records, opened.seed_box, seed_box)
    except BaseException:
        seed_box.wipe()
        keys.wipe()
        raise
    return opened._replace(keys=keys, seed_box=seed_box, records=records), new_slots


def _key_file(old: Opener, kind: int, change: WaysInChange) -> KeyFile | None:
    """The key file that goes with the passphrase from now on."""
    if not isinstance(change.key_file, Unchanged):
        return change.key_file
    if isinstance(old, RecoveryCode) or kind != slots.PASSPHRASE_AND_KEY_FILE:
        return None
    return old.key_file


def note_ways_in(
    records: Records,
    old: Opener,
    change: WaysInChange,
    before: tuple[bytes, ...],
    after: tuple[bytes, ...],
) -> None:
    """Note in the vault's history what was changed of its ways in."""
    had, has = WaysIn.of(before), WaysIn.of(after)
    note = records.history.note
    if change.recovery is Unchanged.AS_IT_IS:
        by_code = isinstance(old, RecoveryCode)
        note(What.PASSPHRASE_CHANGED, detail="by the recovery code" if by_code else "")
    elif had.recovery or has.recovery:
        detail = "removed" if not has.recovery else "replaced" if had.recovery else FIRST_CODE
        note(What.RECOVERY_CHANGED, detail=detail)
    if had.key_file != has.key_file or isinstance(change.key_file, KeyFile):
        note(What.KEY_FILE_CHANGED, detail="set" if has.key_file else "removed")
