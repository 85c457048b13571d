"""What passphrases and salts gave, remembered for the tests' process and those it starts.

The same give the same. The cheapest derivation takes 30 ms of the processor, most of it to get
19 MiB of memory, and a test opens its vault again for each command, often in a new process. The
memory is shared: what a process that was forked derived is known to whoever opens the vault after
it.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import sys

from wallet.vault.file import kdf
from wallet.vault.file.kdf import KdfCost

_CELLS = 1 << 15
_PART = 32  # bytes: a cell is what was given, hashed; what came of it; and a checksum of the two
_TRIED = 16  # cells, from the one whose number the hash begins with


class Derivations:
    """A table in memory; nothing of it is in a file."""

    def __init__(self, descriptor: int | None = None) -> None:
        """Of a process that was started with this descriptor open; or a new one."""
        if descriptor is None and sys.platform == "linux":
            descriptor = os.memfd_create("derivations", 0)
            os.ftruncate(descriptor, _CELLS * 3 * _PART)
        self.descriptor = descriptor
        self._memory = mmap.mmap(-1 if descriptor is None else descriptor, _CELLS * 3 * _PART)

    def argon2id(
        self,
        derived: bytearray,
        passphrase: bytearray,
        salt: bytes,
        cost: KdfCost,
        *,
        threads: int,
    ) -> int:
        """Instead of the wallet's own: the same outcome, derived or remembered, and its code."""
        given = hashlib.sha256(repr(cost).encode() + salt + passphrase).digest()
        if known := self._known(given):
            derived[:] = known
            return 0
        code = _argon2id(derived, passphrase, salt, cost, threads=threads)
        if code == 0:
            self._keep(given, bytes(derived))
        return code

    def _known(self, given: bytes) -> bytes | None:
        for at in _places(given):
            cell = self._memory[at : at + 3 * _PART]
            if cell[:_PART] == given and cell[2 * _PART :] == _checksum(cell[: 2 * _PART]):
                return cell[_PART : 2 * _PART]
        return None

    def _keep(self, given: bytes, derived: bytes) -> None:
        for at in _places(given):
            if not any(self._memory[at : at + _PART]):
                cell = given + derived
                self._memory[at : at + 3 * _PART] = cell + _checksum(cell)
                return


_argon2id = kdf._argon2id


def _checksum(cell: bytes) -> bytes:
    """Two processes may write into one cell at the same time."""
    return hashlib.sha256(cell).digest()


def _places(given: bytes) -> list[int]:
    first = int.from_bytes(given[:4], "big")
    return [(first + tried) % _CELLS * 3 * _PART for tried in range(_TRIED)]
