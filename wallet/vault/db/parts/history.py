"""The notes on what happened to secrets and to the vault as a whole, with the time.

The public half of a key that is copied, a test or a signature is no event. Nothing here is
secret, and nothing is ever taken out again.
"""

from __future__ import annotations

import getpass
import socket
import time
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from wallet.text import without_seeds
from wallet.vault.db.database import Database
from wallet.vault.key_record import moment, rfc3339

LONGEST_DETAIL = 4096

_COLUMNS = "at, what, public, path, detail, by"
_SELECT = f"SELECT {_COLUMNS} FROM history {{}} ORDER BY id"  # noqa: S608
_INSERT = f"INSERT INTO history ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608


class What(Enum):
    """The kinds of notes. The values are the contract of `history --json`: add, never rename."""

    SEED_SHOWN = "seed-shown"
    SEED_COPIED = "seed-copied"
    CREDS_COPIED = "creds-copied"
    EXPORTED = "exported"
    PASSPHRASE_CHANGED = "passphrase-changed"  # noqa: S105
    KEY_FILE_CHANGED = "key-file-changed"
    RECOVERY_CHANGED = "recovery-changed"
    RESTORED = "restored"
    OLDER_ACCEPTED = "older-accepted"
    FORK_ACCEPTED = "fork-accepted"
    DAMAGE_ACCEPTED = "damage-accepted"
    ROTATION_BEGUN = "rotation-begun"
    ROTATION_OLD_OUT = "rotation-old-out"
    ROTATION_UNDONE = "rotation-undone"
    ROTATION_CLOSED = "rotation-closed"
    DELIVERED_ON_WORD = "delivered-on-word"
    SERVER_FORGOTTEN = "server-forgotten"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Event:
    """A note: `public` and `path` are of the key it is about, None and empty for the vault."""

    at: datetime
    what: str
    public: str | None
    path: str
    detail: str
    by: str

    def to_json(self) -> dict[str, object]:
        """The fields of `history --json`."""
        return {
            "at": rfc3339(self.at),
            "what": self.what,
            "path": self.path,
            "public": self.public,
            "by": self.by,
            "detail": self.detail,
        }


class History:
    """The notes on what happened to secrets and to the vault as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, what: What, public: str | None = None, detail: str = "") -> None:
        """Note that something happened now, to one key or to the vault as a whole."""
        with self._database.change() as sql:
            path = "" if public is None else self._path_of(public)
            told = without_seeds(detail, LONGEST_DETAIL)
            sql.execute(_INSERT, (int(time.time()), what.value, public, path, told, _who()))

    def events(self, public: str | None = None) -> list[Event]:
        """Every note, or those about one key, oldest first."""
        with self._database.question() as sql:
            notes = sql.execute(
                _SELECT.format("WHERE ?1 IS NULL OR public = ?1"),
                (public,),
            )
            return [Event(moment(at), *rest) for at, *rest in notes]

    def join(self, others: History) -> None:
        """Take in the notes of other records, whose place these take.

        Notes stand in the order of their time; one that both have stands once.
        """
        with others._database.question() as sql:
            theirs = sql.execute(_SELECT.format("")).fetchall()
        with self._database.change() as sql:
            own = sql.execute(_SELECT.format("")).fetchall()
            notes = sorted(dict.fromkeys([*own, *theirs]), key=lambda note: note[0])
            sql.execute("DELETE FROM history")
            sql.executemany(_INSERT, notes)

    def _path_of(self, public: str) -> str:
        with self._database.question() as sql:
            row = sql.execute(
                "SELECT k.name, p.name, g.name FROM keys k LEFT JOIN keys p ON p.id = k.parent "
                "LEFT JOIN keys g ON g.id = p.parent WHERE k.public = ?",
                (public,),
            ).fetchone()
            return "/".join(name for name in reversed(row or ()) if name is not None)


def _who() -> str:
    """Name who sits at the keyboard, as far as the system says: `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in the system's list
        user = "?"
    return without_seeds(f"{user}@{socket.gethostname()}", 256)
