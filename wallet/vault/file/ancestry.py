"""The past of a vault: the saves that it came from, and what another file of it is beside them.

Each save keeps the hashes of its ancestors' headers. A header names its save's number, its
nonce and its ways in, and is bound to what it holds, so that no two saves share one. A file
that has the save which was seen before among its ancestors has all that was in it; any other
file of the same number or a higher one went another way: it is a fork.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from wallet.errors import ForkedError, OlderThanSeenError, VaultError


class Save(NamedTuple):
    """A save of a vault: its number, and BLAKE2b-256 of its header, None where unknown.

    `version` is that of its tables; those of version 1 tell no ancestors.
    """

    generation: int
    header: bytes | None
    version: int = 1


class Relation(Enum):
    """The standing of a file beside the save that was seen before."""

    SAME = "same"
    SUCCESSOR = "successor"
    OLDER = "older"
    FORK = "fork"


class Past(Protocol):
    """The ancestors that a file's contents name."""

    def header_of(self, generation: int) -> bytes | None:
        """The hash of the header of that save; None when it is no ancestor, or thinned out."""

    def has_joined(self, header: bytes) -> bool:
        """Whether the save with that header's hash was joined with what these are ancestors of."""

    def first(self) -> int | None:
        """The number of the first save whose successors kept their ancestors."""

    def names_all_from(self, generation: int) -> bool:
        """Whether no ancestor of that number or a higher one was thinned out, or never kept."""


def relation(file: Save, past: Past, before: Save | None) -> Relation:
    """Tell what a file, whose contents name its `past`, is beside the save seen `before`.

    One with a lower number counts as older: that it is a fork shows only where the past of what was
    seen is known (`is_outside`). A file or a memory from when no past was kept raises no alarm.
    Where the past of a file was thinned out so far that nothing can be told, it counts as a fork.
    """
    if before is None:
        return Relation.SUCCESSOR
    if file.generation < before.generation:
        return Relation.OLDER
    if before.header is None:
        return Relation.SUCCESSOR
    if file.generation == before.generation:
        return Relation.SAME if file.header == before.header else Relation.FORK
    if file.version == 1:  # saved by a program that kept no past; yet it never follows a later one
        return Relation.SUCCESSOR if before.version == 1 else Relation.FORK
    first = past.first()
    if before.version == 1 and (first is None or before.generation < first):
        return Relation.SUCCESSOR
    ours = past.header_of(before.generation) == before.header or past.has_joined(before.header)
    return Relation.SUCCESSOR if ours else Relation.FORK


def is_outside(file: Save, past: Past) -> bool:
    """Whether a save is certainly none of those that made up this past."""
    if file.header is None or past.has_joined(file.header):
        return False
    ancestor = past.header_of(file.generation)
    if ancestor is None:
        return past.names_all_from(file.generation)
    return ancestor != file.header


def refusal(related: Relation, file: Save, before: Save) -> VaultError:
    """The error for a file that is older than the save seen `before`, or a fork of it."""
    if related is Relation.OLDER:
        return OlderThanSeenError(
            f"This vault file is older than one seen here: it is save {file.generation}, and save "
            f"{before.generation} was seen before. Keys made in between are not in it, and it "
            "opens as it did then, also by a passphrase, key file or code that was replaced since. "
            "If you did not put a backup there yourself, look for who did.",
            generation=file.generation,
            seen=before.generation,
        )
    return ForkedError(
        "This vault file does not follow the one that was seen here: both come from the same "
        f"vault, and were changed apart (this is save {file.generation}, another save "
        f"{before.generation} was seen). Each may hold keys that the other lacks. Keep both files; "
        "nothing was changed.",
        generation=file.generation,
        seen=before.generation,
    )
