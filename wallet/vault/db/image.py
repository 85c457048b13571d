"""The SQLite image inside a vault: made, opened with suspicion, checked.

The image is authenticated before it comes here, so whoever wrote it knew the passphrase. That
may still be someone who sends a vault together with its passphrase. So an image is opened
only when it holds exactly our tables and nothing else, every statement on it has a budget,
and whatever SQLite says about it becomes `ContentsInvalidError`.

Nothing here touches a disk: the database, its journal and its temporary tables are in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from wallet.errors import ContentsDamagedError, ContentsInvalidError, NewerContentsError
from wallet.vault.db import engine, migrations

if TYPE_CHECKING:
    from wallet.vault.db.single_keys import OpenCell
    from wallet.vault.db.soundness import Problem

APPLICATION_ID = 0x6E6B7731  # "nkw1"

# Up to here an image is checked page by page while it opens, in a few milliseconds. A larger
# one opens at once, and `check` looks through it afterwards.
CHECKED_AT_ONCE = 1024 * 1024

_LONGEST_WHY = 240  # of what is wrong, in an error
_CACHE_KIB = 8_192  # the image is in memory: a larger cache is only a second copy of it
# Small ones, for each table takes at least one: so an image with few keys is smaller than what it
# is padded to, and does not tell how few.
_PAGE = 2048
# What a question may take, in steps of SQLite's machine. The most that honest records need,
# deleting all that hangs beneath an operator, is about one for each byte of the image.
_STEPS_BETWEEN_CALLS = 100_000
_STEPS_AT_LEAST = 10_000_000
_STEPS_FOR_EACH_BYTE = 8

_Image = bytes | bytearray | memoryview


class _Connection(sqlite3.Connection):
    """A connection that the collector of garbage closes without a warning."""

    def __del__(self) -> None:
        self.close()


class _Budget:
    """The work that a question may take, counted down by SQLite while it works.

    It is apart from the image, which it knows nothing of: SQLite holds on to what it calls.
    """

    def __init__(self) -> None:
        self.allowed = self.left = 0

    def step(self) -> int:
        """Count one call of SQLite's; not 0 says that it is to give up."""
        self.left -= 1
        return int(self.left <= 0)


class ImageQuestion:
    """A question to an image, as a context manager: in it, errors are those of the vault.

    Raises `ContentsInvalidError` for whatever SQLite finds wrong with the image, and when
    answering takes more steps than an image of this size can need.
    """

    __slots__ = ("_opened",)

    def __init__(self, opened: OpenImage) -> None:
        self._opened = opened

    def __enter__(self) -> sqlite3.Connection:
        return self._opened.begin()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # What SQLite says of a damaged schema may be no UTF-8, a count no number of its own.
        if isinstance(error, sqlite3.Error | UnicodeDecodeError | OverflowError):
            raise invalid() from error


class OpenImage:
    """A connection to an image in memory, with a budget of work for each question.

    The connection may be used from several threads, one at a time: the owner holds a lock.
    It is closed as soon as nobody has the image any more: left to itself it would wait, its
    tables decrypted, for the collector of garbage, for it and its statements hold each other.
    """

    def __init__(self, connection: sqlite3.Connection, size: int, version: int) -> None:
        """`version` is the one that the image's tables had, before they were brought up."""
        self.connection = connection
        self.version = version
        self.checked = False  # whether it was looked through while it was opened
        self._budget = _Budget()
        self.allow(size)
        connection.set_progress_handler(self._budget.step, _STEPS_BETWEEN_CALLS)

    def __del__(self) -> None:
        self.connection.close()

    def question(self) -> ImageQuestion:
        """The connection for one question or change: see `ImageQuestion`."""
        return ImageQuestion(self)

    def begin(self) -> sqlite3.Connection:
        """The connection, with all of its budget to spend."""
        self._budget.left = self._budget.allowed
        return self.connection

    def allow(self, size: int) -> None:
        """Set the budget for an image of `size` bytes."""
        steps = _STEPS_AT_LEAST + _STEPS_FOR_EACH_BYTE * size
        self._budget.allowed = self._budget.left = steps // _STEPS_BETWEEN_CALLS

    def has_grown(self) -> None:
        """Set the budget anew, after a change."""
        pages, size = (
            self.connection.execute(f"PRAGMA page_{what}").fetchone()[0]
            for what in ("count", "size")
        )
        self.allow(pages * size)

    def close(self) -> None:
        """Let go of the memory."""
        self.connection.close()


def make() -> OpenImage:
    """An empty image with our tables."""
    connection = _connect()
    connection.execute(f"PRAGMA page_size = {_PAGE}")
    _make_tables(connection, migrations.VERSION)
    _prepare(connection)
    empty = OpenImage(connection, 0, migrations.VERSION)
    empty.checked = True
    return empty


def load(image: _Image, *, checked: bool = True) -> OpenImage:
    """Open an image, with its tables brought up to today's in memory.

    An image of up to `CHECKED_AT_ONCE` bytes is looked through too, if `checked`. Raises
    `ContentsInvalidError` unless it holds exactly the tables of its version, and
    `NewerContentsError` for a version that is not known yet.
    """
    size = memoryview(image).nbytes
    version = _check_header(bytes(memoryview(image).cast("B")[:100]), size)
    connection = _connect()
    opened = OpenImage(connection, size, version)
    try:
        with opened.question():
            connection.deserialize(image)
            _prepare(connection)
            _check_schema(connection, version)
        if checked and size <= CHECKED_AT_ONCE:
            _check_throughout(opened)
            opened.checked = True
        if version < migrations.VERSION:
            with opened.question():
                migrations.bring_up(connection, version, migrations.VERSION)
                _check_schema(connection, migrations.VERSION)
                opened.has_grown()
    except BaseException:
        connection.close()
        raise
    return opened


def problems(image: _Image, open_cell: OpenCell | None = None) -> list[Problem]:
    """The problems in the pages, rows and tree of an image that `load` opens.

    About 15 ms for each MiB. With `open_cell`, which opens a sealed seed, every key is looked
    at too, some 80 µs for each.
    """
    with closing(load(image, checked=False)) as opened:
        return problems_in(opened, open_cell)


def problems_in(opened: OpenImage, open_cell: OpenCell | None = None) -> list[Problem]:
    """The problems in an image that is open, which nobody else asks meanwhile."""
    from wallet.vault.db import single_keys, soundness

    all_problems: list[Problem] = []
    try:
        with opened.question() as connection:
            all_problems += soundness.of_tables(connection)
        if open_cell is not None:
            with opened.question() as connection:
                all_problems += single_keys.of_keys(connection, open_cell)
    except ContentsInvalidError:
        why = "What is in the vault cannot all be read."
        all_problems.append(soundness.Problem("unreadable", why, soundness.RESTORE))
    return all_problems


def serialize(connection: sqlite3.Connection) -> bytes:
    """The image, made smaller first when a quarter of it or more has become empty."""
    free: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
    pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
    if free > 16 and free * 4 > pages and not connection.in_transaction:
        # VACUUM attaches a second database, in memory as everything here.
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)
        connection.execute("VACUUM")
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    return connection.serialize()


def _connect() -> sqlite3.Connection:
    engine.require()
    connection = sqlite3.connect(
        ":memory:",
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        factory=_Connection,
    )
    for limit, value in (
        (sqlite3.SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024),
        (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_COLUMN, 64),
        (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100),
        (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 8),
        (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 32),
        (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
    ):
        connection.setlimit(limit, value)
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Set up a connection, once its image is in place."""
    for pragma in (
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        "journal_mode = MEMORY",
        "secure_delete = ON",
        f"cache_size = -{_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _check_header(header: bytes, size: int) -> int:
    """The version that the database header names, checked before SQLite sees it.

    Source: sqlite.org/fileformat2.html, 1.3.
    """
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise invalid()
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    if page < 512 or page & (page - 1) or page * int.from_bytes(header[28:32], "big") != size:
        raise invalid()
    # Rollback journal, no reserved bytes, the fixed fractions, schema format 4, UTF-8.
    if header[18:24] != b"\x01\x01\x00\x40\x20\x20" or header[44:48] != b"\0\0\0\x04":
        raise invalid()
    if header[56:60] != b"\0\0\0\x01" or header[52:56] != bytes(4):
        raise invalid()
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise invalid()
    version = int.from_bytes(header[60:64], "big")
    if version > migrations.VERSION:
        raise NewerContentsError(
            f"A newer nkey-wallet arranged what is in this vault, in version {version}; this one "
            f"knows versions up to {migrations.VERSION}. The vault is whole, and nothing was "
            "changed. Update nkey-wallet to open it."
        )
    if version < 1:
        raise invalid()
    return version


def _check_schema(connection: sqlite3.Connection, version: int) -> None:
    wanted = schema(version)
    rows = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT ?", (len(wanted) + 1,)
    )
    # The number too, not the sets alone: two equal rows would be damage.
    present = rows.fetchall()
    if len(present) != len(wanted) or frozenset(present) != wanted:
        raise invalid()


def _check_throughout(opened: OpenImage) -> None:
    from wallet.vault.db import soundness  # a large one opens without it

    with opened.question() as connection:
        problems_of_tables = soundness.of_tables(connection)
    if problems_of_tables:
        raise damaged(problems_of_tables)


@cache
def _script() -> str:
    return Path(__file__).with_name("records.sql").read_text(encoding="utf-8")


def _make_tables(connection: sqlite3.Connection, version: int) -> None:
    connection.executescript(_script())
    migrations.bring_up(connection, 1, version)


@cache
def schema(version: int = migrations.VERSION) -> frozenset[tuple[str, str, str, str | None]]:
    """The rows of `sqlite_schema` that our own tables of a version make."""
    with closing(_connect()) as connection:
        _make_tables(connection, version)
        return frozenset(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))


def damaged(all_problems: Sequence[Problem]) -> ContentsDamagedError:
    """The error for contents that are a wallet's, and failed their check."""
    gravest, *others = all_problems
    more = " (That is not all.)" if others else ""
    why = gravest.why if len(gravest.why) <= _LONGEST_WHY else f"{gravest.why[:_LONGEST_WHY]}…"
    return ContentsDamagedError(
        f"What is in this vault is damaged, so nothing was changed. {why}{more} "
        "Look through it with nkey-wallet check, and restore a backup.",
        problems=all_problems,
    )


def invalid() -> ContentsInvalidError:
    """The error for whatever our own writer does not leave."""
    return ContentsInvalidError(
        "The vault opened, but what is inside is not what a vault holds, so it was not used. "
        "Nothing was changed. Restore a backup of the vault."
    )
