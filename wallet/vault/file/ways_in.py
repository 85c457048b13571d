"""The ways in to a vault: which a header has, what opens one, and all of them after a change. Pure.

Whoever changes a way in gives the vault new keys, so that what was taken away opens nothing that
is saved from then on.
"""

from __future__ import annotations

from typing import NamedTuple

from wallet.errors import (
    KeyFileNeededError,
    StateRefusesError,
    WrongKeyFileError,
    WrongPassphraseError,
    WrongRecoveryCodeError,
)
from wallet.secrets import sodium
from wallet.secrets.passphrase import Passphrase
from wallet.secrets.recovery_code import RecoveryCode
from wallet.vault.file import slots
from wallet.vault.file.slots import EMPTY, RECOVERY, VaultKeys, filled

Opener = Passphrase | RecoveryCode
"""A secret that a person opens a vault with; a passphrase may have a key file with it."""


class WaysIn(NamedTuple):
    """The ways in that a header names: what opens the vault, and what does not exist for it.

    `passphrase` is one that opens it alone, `key_file` one that does so with a key file.
    """

    passphrase: bool
    key_file: bool
    recovery: bool

    @classmethod
    def of(cls, all_slots: tuple[bytes, ...]) -> WaysIn:
        """Read them off the slots, which prove nothing until the body was opened."""
        kinds = {slot[0] for slot in all_slots}
        return cls(
            slots.PASSPHRASE in kinds, slots.PASSPHRASE_AND_KEY_FILE in kinds, RECOVERY in kinds
        )

    @property
    def needs_key_file(self) -> bool:
        """Whether no passphrase opens it without a key file."""
        return self.key_file and not self.passphrase


def opened_by(
    all_slots: tuple[bytes, ...], opener: Opener, identity: bytes
) -> tuple[int, VaultKeys]:
    """The number of the slot that the passphrase or code opens, and the vault's keys.

    Raises `WrongPassphraseError`, `WrongKeyFileError` or `WrongRecoveryCodeError` when there is
    none, `KeyFileNeededError` before any work, and `AlteredError` for a slot that was changed.
    """
    if isinstance(opener, RecoveryCode):
        return _recovered_by(all_slots, opener)
    ways_in = WaysIn.of(all_slots)
    if opener.key_file is None:
        require_key_file(ways_in, given=False)
    opened_slot = slots.unwrap_any(all_slots, opener.raw, identity, opener.key_file)
    if opened_slot is not None:
        return opened_slot
    if ways_in.key_file and opener.key_file is not None:
        raise WrongKeyFileError(
            "This passphrase and this key file do not open the vault together. Which of the two "
            "is another, nothing tells."
        )
    raise WrongPassphraseError("This passphrase does not open the vault.")


def require_key_file(ways_in: WaysIn, *, given: bool) -> None:
    """Raise `KeyFileNeededError` where nothing opens without a key file and none is `given`."""
    if ways_in.needs_key_file and not given:
        beside = " The recovery code opens it without." if ways_in.recovery else ""
        raise KeyFileNeededError(
            "This vault opens with its passphrase and its key file together, and no key file was "
            f"named. Nothing was tried.{beside}"
        )


def _recovered_by(all_slots: tuple[bytes, ...], code: RecoveryCode) -> tuple[int, VaultKeys]:
    for number, slot in enumerate(all_slots):
        if slot[0] == RECOVERY and (keys := slots.open_recovery(slot, code.raw)) is not None:
            return number, keys
    raise WrongRecoveryCodeError(
        "This recovery code is of another vault, or of this one before its code was replaced."
        if WaysIn.of(all_slots).recovery
        else "This vault has no recovery code, so none opens it."
    )


def resealed(
    all_slots: tuple[bytes, ...], opened: int, keys: VaultKeys, passphrase_slot: bytes
) -> tuple[bytes, ...]:
    """The slots after a change of keys, in their order: to `keys`, with a new passphrase slot.

    It takes the place of the one that was `opened`. After an opening by a recovery slot it takes
    that of every passphrase slot: they are what was lost. Recovery slots are sealed to anew, so
    `all_slots` have to be those of a header that the body was opened with: only then are the
    public keys in them known to be what a wallet wrote. Raises `UsageError` when another
    passphrase or key file opens the vault too: the new keys cannot be given to that.
    """
    by_code = all_slots[opened][0] == RECOVERY
    after = [passphrase_slot]
    for number, slot in enumerate(all_slots):
        if slot[0] == RECOVERY:
            after.append(slots.recovery_slot(keys, slot[8:40]))
        elif slot != EMPTY and number != opened and not by_code:
            raise StateRefusesError(
                "The vault has another passphrase or key file too, which would stop working. "
                "Remove that way in first."
            )
    return filled(*after)


def with_recovery(
    all_slots: tuple[bytes, ...], keys: VaultKeys, code: RecoveryCode | None
) -> tuple[bytes, ...]:
    """The slots with a recovery slot for `code` in the place of any other; None: without one."""
    others = [slot for slot in all_slots if slot != EMPTY and slot[0] != RECOVERY]
    if code is None:
        return filled(*others)
    secret = slots.recovery_secret(code.raw)
    try:
        return filled(*others, slots.recovery_slot(keys, sodium.x25519_public(secret)))
    finally:
        sodium.wipe(secret)
