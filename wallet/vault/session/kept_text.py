"""A text that waits in memory while the vault is locked, sealed under the key of its body.

Whoever gives the vault another passphrase gives it another key: then nothing opens it any more.
"""

from __future__ import annotations

from wallet.errors import AlteredError
from wallet.secrets import sodium
from wallet.vault.session.unlocked_state import UnlockedState

_PURPOSE = b"nkey-wallet text over a lock"


def seal(opened: UnlockedState, text: bytearray) -> bytes:
    """The sealed text, to outlive a lock in memory. `text` is wiped."""
    nonce = sodium.random(sodium.NONCE)
    data = _PURPOSE + opened.header.vault_id
    try:
        return nonce + sodium.encrypt(text, key=opened.keys.body, nonce=nonce, data=data)
    finally:
        sodium.wipe(text)


def unseal(opened: UnlockedState, sealed: bytes) -> bytearray:
    """The text, for the caller to wipe.

    Raises `AlteredError` in another vault, and where this one has other keys by now.
    """
    nonce, box = sealed[: sodium.NONCE], sealed[sodium.NONCE :]
    data = _PURPOSE + opened.header.vault_id
    try:
        return sodium.decrypt(box, key=opened.keys.body, nonce=nonce, data=data)
    except sodium.SodiumError:
        raise AlteredError("The text that was kept over the lock is not this vault's.") from None
