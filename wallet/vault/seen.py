"""Remembers, beside the vault, the newest save that was seen here: best effort.

One small file per vault under the platform's state directory, named by the vault's id and
holding the generation in digits. It tells a person that an older copy was put in the vault's
place; it is no proof, for whoever can write the vault may often write this too. Anything
that goes wrong here counts as "never seen".
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from wallet.system.filelock import lock_file

_DIGITS = 20


_place: Path | None = None


@contextlib.contextmanager
def kept_in(directory: Path) -> Iterator[None]:
    """Within the block this process remembers in `directory`: for vaults that leave no trace."""
    global _place  # noqa: PLW0603, RUF100
    before, _place = _place, directory
    try:
        yield
    finally:
        _place = before


def _file(vault_id: bytes) -> Path:
    state = _place or platformdirs.user_state_path("nkey-wallet", appauthor=False)
    return state / "seen" / vault_id.hex()


def newest(vault_id: bytes) -> int:
    """The highest generation seen of a vault; 0 when none was, or the memory is gone."""
    try:
        with _file(vault_id).open("rb") as file:
            return int(file.read(_DIGITS))
    except (OSError, ValueError):
        return 0


def remember(vault_id: bytes, generation: int) -> None:
    """Note a generation, unless a higher one is noted."""
    with contextlib.suppress(Exception):
        file = _file(vault_id)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with lock_file(file.with_name(file.name + ".lock"), 0.2):
            if newest(vault_id) < generation:
                _write(file, generation)


def _write(file: Path, generation: int) -> None:
    spare = file.with_name(file.name + ".new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(spare, flags, 0o600)
    try:
        os.write(descriptor, b"%020d" % generation)
    finally:
        os.close(descriptor)
    os.replace(spare, file)
