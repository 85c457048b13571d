"""The secret of a key file: what stands for its bytes when keys are derived. Pure.

A key file is any file that its owner keeps apart from the vault; where one is set, the passphrase
opens the vault only together with it. All of its bytes count, so it must never change.
"""

from __future__ import annotations

from wallet.secrets import sodium
from wallet.secrets.buffers import SecretBuffer

SMALLEST = 32
"""Bytes: with fewer, a file could be guessed."""
LARGEST = 16 << 20

_PERSON = b"nkw1 key file"
_VAULT = b"\x89NKW\r\n\x1a\n"


class KeyFile(SecretBuffer):
    """BLAKE2b-256 of a key file's bytes, person `nkw1 key file`: 32 bytes."""

    __slots__ = ()

    @classmethod
    def of(cls, content: bytearray) -> KeyFile:
        """Take the bytes of a file, which stay the caller's to wipe.

        Raises `ValueError`, with a reason in a few words, for what cannot be a key file.
        """
        if not content:
            raise ValueError("it is empty")
        if len(content) < SMALLEST:
            raise ValueError(f"it has fewer than {SMALLEST} bytes, which can be guessed")
        if len(content) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
        if content[: len(_VAULT)] == _VAULT:
            raise ValueError("it is a vault's file, which changes with every save")
        return cls(sodium.blake2b(content, person=_PERSON))

    def matches(self, other: KeyFile) -> bool:
        """Whether both are of the same bytes."""
        return sodium.same(self.raw, other.raw)

    def copy(self) -> KeyFile:
        """Another buffer with the same secret, to be wiped by whoever asked for it."""
        return KeyFile(bytearray(self.raw))
