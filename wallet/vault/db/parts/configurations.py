"""Configurations of servers that were written, copied or printed: of which keys, and a mark of
their text, so that it can be told later whether they would be the same today."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from wallet.vault.db.database import Database
from wallet.vault.db.image import invalid
from wallet.vault.key_record import moment

_MOST_CHOSEN = 10_000
_LONGEST_PLACE = 4096
_KEPT = 20  # the newest ones
_COLUMNS = "target, chosen, place, digest, at"
_SELECT = f"SELECT {_COLUMNS} FROM configurations ORDER BY at, id"  # noqa: S608
_INSERT = f"INSERT OR REPLACE INTO configurations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
_TRIM = (
    "DELETE FROM configurations WHERE id NOT IN "
    "(SELECT id FROM configurations ORDER BY at DESC, id DESC LIMIT ?)"
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """The form of a configuration, and the public keys that it was asked for: none for all."""

    target: str
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenConfiguration:
    """A configuration that was given out: into the file `place`, or without one on a screen, a
    pipe or a clipboard. `digest` is a mark of its text, 32 bytes."""

    recipe: Recipe
    place: str
    digest: bytes
    at: datetime


class Configurations:
    """The configurations that were given out, the last of each recipe and place."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, recipe: Recipe, place: str, digest: bytes) -> None:
        """Keep that a configuration was given out now, in the place of an earlier one like it."""
        if len(recipe.chosen) > _MOST_CHOSEN or len(place) > _LONGEST_PLACE:
            return  # so many keys are named by what stands above them
        with self._database.change() as sql:
            self._keep(recipe, place, digest, int(time.time()))
            sql.execute(_TRIM, (_KEPT,))

    def all(self) -> list[WrittenConfiguration]:
        """Every configuration that is remembered, the oldest first."""
        with self._database.question() as sql:
            return [_written(*row) for row in sql.execute(_SELECT)]

    def join(self, others: Configurations) -> None:
        """Take in what was given out from records whose place these take: the later one counts."""
        theirs = others.all()
        with self._database.change() as sql:
            for one in sorted([*self.all(), *theirs], key=lambda each: each.at):
                self._keep(one.recipe, one.place, one.digest, int(one.at.timestamp()))
            sql.execute(_TRIM, (_KEPT,))

    def _keep(self, recipe: Recipe, place: str, digest: bytes, at: int) -> None:
        with self._database.change() as sql:
            sql.execute(_INSERT, (recipe.target, " ".join(recipe.chosen), place, digest, at))


def _written(
    target: object, chosen: object, place: object, digest: object, at: object
) -> WrittenConfiguration:
    texts = (target, chosen, place)
    if not (all(isinstance(text, str) for text in texts) and isinstance(digest, bytes)):
        raise invalid()
    recipe = Recipe(str(target), tuple(str(chosen).split()))
    return WrittenConfiguration(recipe, str(place), digest, moment(at))
