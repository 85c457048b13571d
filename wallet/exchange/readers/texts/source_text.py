"""A text to be read, and how it came: pasted, met in a directory, or a file that somebody named."""

from __future__ import annotations

import os

from wallet.nats.nkeys import PUBLIC_LENGTH, is_public_key

# Endings of names that promise a key: what cannot be read of these is reported, the rest passed
# over.
TELLING = frozenset({".nk", ".creds", ".jwt", ".seed", ".nkey"})


def tells_of_keys(name: str) -> bool:
    """Whether the name of a file promises a key."""
    return os.path.splitext(name)[1].lower() in TELLING


class SourceText:
    """A text in UTF-8 without a byte-order mark; `content` stays its owner's to wipe.

    `shown` says in messages where it is from. `place` is its file's path, None for what was
    pasted. `named` is whether a person named it, rather than the directory that it lies in. Of its
    file's name, `suffix` is the ending, as `.creds`, and `stem` what stands before; empty for what
    was pasted. `named_for_a_key`: the file is called by a public key, as nsc does.
    """

    __slots__ = (
        *("content", "file_name", "named", "named_for_a_key", "place", "shown", "stem", "suffix"),
    )

    def __init__(
        self, content: bytearray, shown: str, place: str | None = None, *, named: bool = True
    ) -> None:
        self.content, self.shown, self.place, self.named = content, shown, place, named
        self.file_name = os.path.basename(place or "")
        self.stem, suffix = os.path.splitext(self.file_name)
        self.suffix = suffix.lower()
        self.named_for_a_key = len(self.stem) == PUBLIC_LENGTH and is_public_key(self.stem)
