"""One database in memory, asked by one thread at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from wallet.errors import LockedError, UsageError
from wallet.vault.db import image as images
from wallet.vault.db.soundness import Problem


class Asked:
    """What every part of the records stands on: questions, changes, and the image they make.

    `version` grows with each change, so that a view can tell that it is out of date.
    `tables_version` is the version of the tables in the image that these records came from,
    `problems` what the last check found, None before the first. `lenient` are those that a
    person took as they are, damaged or not.
    """

    def __init__(self, database: images.Database) -> None:
        self._database: images.Database | None = database
        self.tables_version = database.version
        self.problems: tuple[Problem, ...] | None = () if database.checked else None
        self.lenient = False
        self._lock = RLock()
        self.version = 0

    def serialize(self) -> bytes:
        """The SQLite image of these records, made smaller when much of it has become empty."""
        with self.question() as sql:
            return images.serialize(sql)

    def check(self) -> None:
        """Look at every page and row. About 15 ms for each MiB; others may ask meanwhile.

        Raises `ContentsDamagedError`.
        """
        self.problems = tuple(images.problems(self._copy()))
        self.require_sound()

    def require_sound(self) -> None:
        """Raise `ContentsDamagedError` when a check found something, made now if none was yet."""
        if self.problems is None:
            self.check()
        if self.problems:
            raise images.damaged(self.problems)

    def take_state(self, of: Asked) -> None:
        """These are a copy of those records: what was found about them holds for these too."""
        self.problems, self.lenient = of.problems, of.lenient

    def _copy(self) -> bytes:
        with self.question() as sql:
            return sql.serialize()

    def close(self) -> None:
        """Let go of the memory. Every method raises `LockedError` from then on."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    @contextmanager
    def question(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one question by another module of the vault."""
        with self._lock:
            if self._database is None:
                raise LockedError("The vault is locked: unlock it first.")
            try:
                with self._database.question() as sql:
                    yield sql
            except UnicodeEncodeError:
                # Half a character, as a terminal in another encoding leaves it.
                raise UsageError("That text holds what is no character; type it anew.") from None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several changes as one: all of them, or, when one raises, none."""
        with self._change():
            yield

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
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
            if self._database is not None:
                self._database.has_grown()
