"""The contents of exported files: seeds, creds, JWTs; and names that are safe everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from wallet.errors import StateRefusesError
from wallet.nats import creds
from wallet.nats.nkeys import decode_public
from wallet.secrets.sodium import Bytes
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault

_UNSAFE = re.compile(r"[^\w .@+=,-]")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")

Tell = Callable[[str], None]
"""Takes a sentence about what is not written, or will not be taken by servers."""


class ExportFile(NamedTuple):
    """A file that an export writes, at its `place`. `make` gives its contents, to be wiped.

    Where it is `secret`, the seed in it is that `of` this public key. It is `about` a key of the
    vault. The place is a text, for there may be many thousands.
    """

    place: str
    make: Callable[[], Bytes]
    secret: bool
    of: str = ""
    about: KeyRecord | None = None

    @property
    def path(self) -> Path:
        """The place as a path."""
        return Path(self.place)


def seeds_in(items: Iterable[ExportFile]) -> list[str]:
    """The public keys of the seeds in these files, each once."""
    return list(dict.fromkeys(item.of for item in items if item.secret))


def seed_file(vault: Vault, key: KeyRecord) -> bytearray:
    with vault.open_seed(decode_public(key.public)) as seed:
        return creds.write_nk(seed)


def creds_file(vault: Vault, key: KeyRecord) -> bytearray:
    token = vault.records.tokens.get(key.id)
    if token is None:  # another window took it away meanwhile
        raise StateRefusesError(f"{key.path} has no JWT any more.")
    with vault.open_seed(decode_public(key.public)) as seed:
        return creds.write_known_creds(token, seed)


def jwt_file(records: Records, key: KeyRecord, end: bytes = b"") -> bytes:
    token = records.tokens.get(key.id)
    if token is None:
        raise StateRefusesError(f"{key.path} has no JWT any more.")
    return token.encode("ascii") + end


def safe_name(name: str) -> str:
    """A name that is one plain file name on every system, whoever chose it."""
    safe = _UNSAFE.sub("_", name).strip(" ").rstrip(".")
    safe = safe.lstrip(".") or "_"
    return f"_{safe}" if _RESERVED.fullmatch(safe) else safe
