"""The past of a vault: the saves that it came from, and what another file of it is beside them.

Each save keeps the hashes of its ancestors' headers. A header names its save's number, its
nonce and its ways in, and is bound to what it holds, so that no two saves share one. A file
that has the save which was seen before among its ancestors has all that was in it; any other
file of the same number or a higher one went another way: it is a fork.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wallet.errors import ForkedError, OlderThanSeenError, VaultError
from wallet.vault.db.database import Asked

NEWEST_KEPT = 1024
"""So many of the newest ancestors are all kept; of older ones ever fewer, and the first."""

_KEPT_OF_EACH_DOUBLING = 64


@dataclass(frozen=True, slots=True)
class Save:
    """One save of a vault: its number, and BLAKE2b-256 of its header, None where unknown.

    `version` is that of its tables; those of version 1 tell no ancestors.
    """

    generation: int
    header: bytes | None
    version: int = 1


class Relation(Enum):
    """What a file is beside the save that was seen before."""

    SAME = "same"
    SUCCESSOR = "successor"
    OLDER = "older"
    FORK = "fork"


class Past(Asked):
    """The ancestors of the save that these records are of."""

    def add_ancestor(self, save: Save) -> None:
        """Note the save that these records were changed from, and thin the older ones out."""
        with self._change() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO ancestors VALUES (?, ?)", (save.generation, save.header)
            )
            rows = sql.execute(
                "SELECT generation FROM ancestors ORDER BY generation DESC LIMIT -1 OFFSET ?",
                (NEWEST_KEPT,),
            ).fetchall()
            gone = [row for row in rows[:-1] if row[0] % _step(save.generation - row[0]) != 0]
            sql.executemany("DELETE FROM ancestors WHERE generation = ?", gone)

    def ancestor(self, generation: int) -> bytes | None:
        """The hash of the header of that save; None when it is no ancestor, or thinned out."""
        with self.question() as sql:
            row = sql.execute(
                "SELECT header FROM ancestors WHERE generation = ?", (generation,)
            ).fetchone()
            return None if row is None else bytes(row[0])

    def first_ancestor(self) -> int | None:
        """The number of the first save whose successors kept their ancestors."""
        with self.question() as sql:
            row = sql.execute("SELECT min(generation) FROM ancestors").fetchone()
            return None if row[0] is None else int(row[0])


def _step(age: int) -> int:
    """Of ancestors so many saves back, those are kept whose number is a multiple of this."""
    return int(1 << (age.bit_length() - 1)) // _KEPT_OF_EACH_DOUBLING


def relation(file: Save, records: Past, before: Save | None) -> Relation:
    """What a file is, whose contents are `records`, beside the save `before` it.

    A file or a memory from when no past was kept raises no alarm. Where the past of a file was
    thinned out so far that nothing can be told, it counts as a fork.
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
    first = records.first_ancestor()
    if before.version == 1 and (first is None or before.generation < first):
        return Relation.SUCCESSOR
    ours = records.ancestor(before.generation) == before.header
    return Relation.SUCCESSOR if ours else Relation.FORK


def refusal(found: Relation, file: Save, before: Save) -> VaultError:
    """The error for a file that is older than the save seen `before`, or a fork of it."""
    if found is Relation.OLDER:
        return OlderThanSeenError(
            f"This vault file is older than one seen here: it is save {file.generation}, and save "
            f"{before.generation} was seen before. Keys made in between are not in it. If you did "
            "not put a backup there yourself, look for who did.",
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
