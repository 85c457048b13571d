"""One database in memory, asked by one thread at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from wallet.errors import LockedError, UsageError
from wallet.vault.db import image as images

if TYPE_CHECKING:
    from wallet.vault.db.single_keys import OpenCell
    from wallet.vault.db.soundness import Problem


class DatabaseQuestion:
    """One thread's question to a database, as a context manager; one may stand inside another.

    A class, for thousands are asked in a row: a function that yields takes five times as long.
    """

    __slots__ = ("_database", "_question")

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> sqlite3.Connection:
        self._question = self._database.begin()
        return self._question.__enter__()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._database.end()
        self._question.__exit__(kind, error, trace)
        if isinstance(error, UnicodeEncodeError):
            # Half a character, as a terminal in another encoding leaves it.
            raise UsageError("That text holds what is no character; type it anew.") from None


class Database:
    """The tables of one vault, for the parts of its records to ask and to change.

    Only modules of the vault are given the connection, by `question` and `change`.

    `version` grows with each change, so that a view can tell that it is out of date. `contents` is
    an object that stands for what the tables hold: a copy has the same one until either is changed.
    `tables_version` is the version of the tables in the image that these records came from,
    `problems` what the last check found, None before the first. `lenient` are those that a
    person took as they are, damaged or not.
    """

    def __init__(self, opened: images.OpenImage) -> None:
        self._opened: images.OpenImage | None = opened
        self.tables_version = opened.version
        self.problems: tuple[Problem, ...] | None = () if opened.checked else None
        self.lenient = False
        self._lock = RLock()
        self.version = 0
        self.contents = object()

    def serialize(self) -> bytes:
        """The SQLite image of these records, made smaller when much of it has become empty."""
        with self.question() as sql:
            return images.serialize(sql)

    def hand_over(self) -> bytes:
        """The image, and let go of the tables: large ones are not to be in memory twice.

        Nothing else can be asked until `go_on_with`.
        """
        image = self.serialize()
        self.close()
        return image

    def go_on_with(self, opened: images.OpenImage) -> None:
        """Hold these tables from now on, in the place of the own ones."""
        with self._lock:
            self.close()
            self._opened = opened
            self.tables_version = opened.version

    @property
    def closed(self) -> bool:
        return self._opened is None

    def take_over(self, other: Database) -> None:
        """Hold what another holds, whose tables they were, and what was found about them."""
        with other._lock:
            opened, other._opened = other._held(), None
        self.go_on_with(opened)
        self.take_state(other)
        self.version += 1

    def check(self, *, alone: bool = False) -> None:
        """Look at every page and row. About 15 ms for each MiB.

        Others may ask meanwhile, for a copy is looked at, unless nobody will: `alone`. Raises
        `ContentsDamagedError`.
        """
        self.find_problems(alone=alone)
        self.require_sound()

    def find_problems(
        self, open_cell: OpenCell | None = None, *, alone: bool = False
    ) -> tuple[Problem, ...]:
        """Look at every page and row, as `check` does, and with `open_cell` at every key."""
        if alone:
            with self._lock:
                problems = images.problems_in(self._held(), open_cell)
        else:
            problems = images.problems(self.copy(), open_cell)
        self.problems = tuple(problems)
        return self.problems

    def require_sound(self, *, alone: bool = False) -> None:
        """Raise `ContentsDamagedError` when a check found something, made now if none was yet."""
        if self.problems is None:
            self.check(alone=alone)
        if self.problems:
            raise images.damaged(self.problems)

    def take_state(self, of: Database) -> None:
        """Take over what was found about a database that this one is a copy of."""
        self.problems, self.lenient, self.contents = of.problems, of.lenient, of.contents

    def copy(self) -> bytes:
        """The image as it is, to be looked through while others ask."""
        with self.question() as sql:
            return sql.serialize()

    def close(self) -> None:
        """Let go of the memory. Every method raises `LockedError` from then on."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def question(self) -> DatabaseQuestion:
        """The connection for one question: several statements see the same state."""
        return DatabaseQuestion(self)

    def begin(self) -> images.ImageQuestion:
        """Let no other thread ask until `end`. Raises `LockedError`."""
        self._lock.acquire()
        try:
            return self._held().question()
        except LockedError:
            self._lock.release()
            raise

    def end(self) -> None:
        """Let others ask."""
        self._lock.release()

    def _held(self) -> images.OpenImage:
        if self._opened is None:
            raise LockedError("The vault is locked: unlock it first.")
        return self._opened

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """The connection for one change: all of it, or, when it raises, nothing."""
        with self.question() as sql:
            if sql.in_transaction:  # a change made of others
                yield sql
                return
            sql.execute("BEGIN")
            try:
                yield sql
            except BaseException:
                sql.execute("ROLLBACK")
                raise
            sql.execute("COMMIT")
            self.version += 1
            self.contents = object()
            if self._opened is not None:
                self._opened.has_grown()
