"""The header's eight slots: each is one way in to the vault's two keys. Pure.

A passphrase slot, 152 bytes, integers big-endian:

       0    1  kind: 1 passphrase, 3 passphrase and key file (0 is an empty slot, all zero)
       1    1  KDF: 1 is Argon2id 1.3
       2    2  lanes
       4    4  passes
       8    4  memory in KiB
      12    4  zero
      16   16  salt
      32   24  nonce
      56   16  check
      72   80  wrapped keys

Argon2id gives 32 bytes. BLAKE2b of nothing, keyed with them, is the wrapping key (32 bytes,
person `nkw1 wrap`) and the check (16 bytes, person `nkw1 check`), which tells a wrong
passphrase from an altered slot. Wrapped is XChaCha20-Poly1305 of body key ‖ seed key, with
the header's bytes 8..31 and the slot's bytes 0..71 as additional data.

With a key file, 32 bytes stand for it: BLAKE2b-256 of all its bytes, person `nkw1 key file`. They
join in after Argon2id: BLAKE2b-256 of them, keyed with its 32, person `nkw1 combined`, takes the
place of those. So the check tells nothing of either part alone.

A recovery slot: kind 2 · zero 7 · X25519 public key 32 · the two keys in a sealed box, 112.
The secret half is BLAKE2b-256 of the code's bytes, person `nkw1 recovery`. A new passphrase
thus seals new keys to it without the code.
"""

from __future__ import annotations

import struct

from wallet.errors import (
    AlteredError,
    HeaderDamagedError,
    ParametersRefusedError,
    StateRefusesError,
)
from wallet.secrets import sodium
from wallet.secrets.key_file import KeyFile
from wallet.vault.file import kdf
from wallet.vault.file.kdf import SALT, KdfCost

SLOTS = 8
SLOT = 152
EMPTY = bytes(SLOT)

PASSPHRASE = 1
RECOVERY = 2
PASSPHRASE_AND_KEY_FILE = 3
DERIVED_KINDS = (PASSPHRASE, PASSPHRASE_AND_KEY_FILE)
_WHAT_IS_RIGHT = {
    PASSPHRASE: "the passphrase is right",
    RECOVERY: "the recovery code is right",
    PASSPHRASE_AND_KEY_FILE: "the passphrase and the key file are right",
}

_ARGON2ID = 1
_HEAD = struct.Struct(">BBHII4s16s24s16s")
_CHECK = 16
_WRAP_PERSON = b"nkw1 wrap"
_CHECK_PERSON = b"nkw1 check"
_COMBINED_PERSON = b"nkw1 combined"
_RECOVERY_PERSON = b"nkw1 recovery"


class VaultKeys:
    """The two random keys of a vault: one for its body, one for seeds. 32 bytes each."""

    __slots__ = ("body", "seeds")

    def __init__(self, body: bytearray, seeds: bytearray) -> None:
        self.body = body
        self.seeds = seeds

    @classmethod
    def generate(cls) -> VaultKeys:
        return cls(sodium.random_secret(sodium.KEY), sodium.random_secret(sodium.KEY))

    @classmethod
    def split(cls, both: bytearray) -> VaultKeys:
        """Take a vault's keys from body key ‖ seed key, and wipe that buffer."""
        keys = cls(both[: sodium.KEY], both[sodium.KEY :])
        sodium.wipe(both)
        return keys

    def joined(self) -> bytearray:
        """Body key ‖ seed key, for the caller to wipe."""
        both = bytearray(2 * sodium.KEY)
        both[: sodium.KEY] = self.body
        both[sodium.KEY :] = self.seeds
        return both

    def wipe(self) -> None:
        sodium.wipe(self.body, self.seeds)

    def __repr__(self) -> str:
        return "VaultKeys()"

    def __reduce__(self) -> str:
        raise TypeError("a vault's keys are never copied or stored")


def check(slots: tuple[bytes, ...]) -> None:
    """Check every slot's fields, before any work.

    Raises `HeaderDamagedError` for what no wallet writes and `ParametersRefusedError` for a
    cost outside the limits, or for slots that all together ask for more than one of them may.
    """
    work = 0
    for slot in slots:
        kind = slot[0]
        if kind == 0:
            sound = slot == EMPTY
        elif kind == RECOVERY:
            sound = not any(slot[1:8])
        elif kind in DERIVED_KINDS:
            sound = slot[1] == _ARGON2ID and not any(slot[12:16])
        else:
            sound = False
        if not sound:
            raise HeaderDamagedError(
                "A way in to the vault holds a value that no wallet writes. Restore the file "
                "from a backup."
            )
        if kind in DERIVED_KINDS:
            cost_of(slot).check()
            work += cost_of(slot).work
    if work > kdf.MAX_WORK_KIB:
        raise ParametersRefusedError(
            "The vault's ways in together ask for more work to try a passphrase than this wallet "
            "allows. No wallet writes that: the file was changed, and nothing was tried."
        )
    if all(slot == EMPTY for slot in slots):
        raise HeaderDamagedError("The vault file has no way in. Restore it from a backup.")


def cost_of(slot: bytes) -> KdfCost:
    """The cost of a guess at a passphrase slot, as the slot says, unchecked."""
    _, _, lanes, passes, memory, *_ = _HEAD.unpack_from(slot)
    return KdfCost(memory, passes, lanes)


def cost_of_any(slots: tuple[bytes, ...]) -> KdfCost:
    """The cost of the first passphrase slot; the standard one where there is none."""
    costs = (cost_of(slot) for slot in slots if slot[0] in DERIVED_KINDS)
    return next(costs, KdfCost.STANDARD)


def wrap(
    keys: VaultKeys,
    passphrase: bytearray,
    cost: KdfCost,
    identity: bytes,
    key_file: KeyFile | None = None,
) -> bytes:
    """A passphrase slot that opens to `keys`. `identity` is the header's bytes 8 to 31."""
    salt, nonce = sodium.random(SALT), sodium.random(sodium.NONCE)
    derived = _combined(kdf.derive(passphrase, salt, cost), key_file)
    wrapping, check = _wrapping_and_check(derived)
    both = keys.joined()
    try:
        head = _HEAD.pack(
            PASSPHRASE if key_file is None else PASSPHRASE_AND_KEY_FILE,
            _ARGON2ID,
            cost.lanes,
            cost.passes,
            cost.memory_kib,
            bytes(4),
            salt,
            nonce,
            check,
        )
        return head + bytes(sodium.encrypt(both, key=wrapping, nonce=nonce, data=identity + head))
    finally:
        sodium.wipe(both, wrapping)


def unwrap(
    slot: bytes, passphrase: bytearray, identity: bytes, key_file: KeyFile | None = None
) -> VaultKeys | None:
    """The keys behind a passphrase slot, or None when passphrase or key file is another.

    Raises `AlteredError` when they are right and the slot was changed.
    """
    head, wrapped = slot[: _HEAD.size], slot[_HEAD.size :]
    *_, salt, nonce, expected = _HEAD.unpack(head)
    derived = _combined(kdf.derive(passphrase, salt, cost_of(slot)), key_file)
    wrapping, check = _wrapping_and_check(derived)
    try:
        if not sodium.same(check, expected):
            return None
        both = sodium.decrypt(wrapped, key=wrapping, nonce=nonce, data=identity + head)
        return VaultKeys.split(both)
    except sodium.SodiumError:
        raise _altered(slot) from None
    finally:
        sodium.wipe(wrapping)


def unwrap_any(
    slots: tuple[bytes, ...],
    passphrase: bytearray,
    identity: bytes,
    key_file: KeyFile | None = None,
) -> tuple[int, VaultKeys] | None:
    """The number of the first passphrase slot that opens, and the keys; None when none does."""
    for number, slot in enumerate(slots):
        if slot[0] == PASSPHRASE:
            keys = unwrap(slot, passphrase, identity)
        elif slot[0] == PASSPHRASE_AND_KEY_FILE and key_file is not None:
            keys = unwrap(slot, passphrase, identity, key_file)
        else:
            continue
        if keys is not None:
            return number, keys
    return None


def recovery_slot(keys: VaultKeys, public: bytes) -> bytes:
    """A slot that seals `keys` to the X25519 public key (32 bytes) of a recovery code."""
    both = keys.joined()
    try:
        sealed = sodium.seal_to(both, public)
    finally:
        sodium.wipe(both)
    return bytes([RECOVERY]) + bytes(7) + public + bytes(sealed)


def filled(*slots: bytes) -> tuple[bytes, ...]:
    """All eight slots of a header, the last ones empty. Raises `UsageError` for more than eight."""
    if len(slots) > SLOTS:
        raise StateRefusesError(
            "The vault has eight ways in, which is the most. Nothing was changed."
        )
    return (*slots, *[EMPTY] * (SLOTS - len(slots)))


def recovery_secret(code: bytearray) -> bytearray:
    """The X25519 secret (32 bytes, to be wiped) of a recovery code of 128 bits or more."""
    return sodium.blake2b(code, person=_RECOVERY_PERSON)


def open_recovery(slot: bytes, code: bytearray) -> VaultKeys | None:
    """The keys behind a recovery slot, or None when the code is another."""
    public, sealed = slot[8:40], slot[40:]
    secret = recovery_secret(code)
    try:
        if sodium.x25519_public(secret) != public:
            return None
        return VaultKeys.split(sodium.seal_open(sealed, public=public, secret=secret))
    except sodium.SodiumError:
        raise _altered(slot) from None
    finally:
        sodium.wipe(secret)


def what_is_right(slot: bytes) -> str:
    """Say that what a person gave for this slot is right, as part of a sentence."""
    return _WHAT_IS_RIGHT[slot[0]]


def _altered(slot: bytes) -> AlteredError:
    return AlteredError(
        f"{what_is_right(slot).capitalize()}, but this way in to the vault was changed after the "
        "wallet wrote it. Restore the file from a backup."
    )


def _combined(derived: bytearray, key_file: KeyFile | None) -> bytearray:
    """Let a key file join in: 32 bytes in the place of Argon2id's, which are wiped."""
    if key_file is None:
        return derived
    try:
        return sodium.blake2b(key_file.raw, key=derived, person=_COMBINED_PERSON)
    finally:
        sodium.wipe(derived)


def _wrapping_and_check(derived: bytearray) -> tuple[bytearray, bytes]:
    """Wrapping key (32) and check (16) from Argon2id's output, which is wiped."""
    try:
        wrapping = sodium.blake2b(b"", key=derived, person=_WRAP_PERSON)
        check = bytes(sodium.blake2b(b"", key=derived, person=_CHECK_PERSON, length=_CHECK))
    finally:
        sodium.wipe(derived)
    return wrapping, check
