"""A text to be read, and how it came: pasted, met in a directory, or a file that somebody named."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from wallet.errors import KeyFormatError
from wallet.nats.nkeys import PUBLIC_LENGTH, decode_public

# Endings of names that promise a key: what cannot be read of these is reported, the rest passed
# over.
TELLING = frozenset({".nk", ".creds", ".jwt", ".seed", ".nkey"})


def tells_of_keys(name: str) -> bool:
    """Whether the name of a file promises a key."""
    return os.path.splitext(name)[1].lower() in TELLING


@dataclass(frozen=True)
class SourceText:
    """A text in UTF-8 without a byte-order mark; `content` stays its owner's to wipe.

    `shown` says in messages where it is from. `path` is its file's, None for what was pasted.
    `named` is whether a person named it, rather than the directory that it lies in.
    """

    content: bytearray = field(repr=False)
    shown: str
    path: Path | None = None
    named: bool = True

    @cached_property
    def suffix(self) -> str:
        """The ending of its file's name, as `.creds`; empty for what was pasted."""
        return os.path.splitext(self.path.name)[1].lower() if self.path else ""

    @cached_property
    def stem(self) -> str:
        """Its file's name without the ending; empty for what was pasted."""
        return os.path.splitext(self.path.name)[0] if self.path else ""

    @cached_property
    def named_for_a_key(self) -> bool:
        """Whether its file is called by a public key, as nsc does."""
        if len(self.stem) != PUBLIC_LENGTH:
            return False
        try:
            return decode_public(self.stem).text == self.stem
        except KeyFormatError:
            return False
