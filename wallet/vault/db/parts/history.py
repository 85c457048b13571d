"""The history: what was done to each key, to secrets and to the vault as a whole, with the time.

The public half of a key that is shown or copied is no event. Nothing here is secret, and each
entry is bound to those before it: see `journal/strands.py`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from wallet.nats.nkeys import Kind, PublicKey
from wallet.secrets import sodium
from wallet.system import author
from wallet.text import without_seeds
from wallet.vault.db.database import Database
from wallet.vault.db.journal import history_tables, strands, triggers
from wallet.vault.db.journal.kinds import What
from wallet.vault.db.journal.strands import JournalEntry, raw_of
from wallet.vault.db.journal.triggers import Change, Touched
from wallet.vault.key_record import moment, rfc3339

if TYPE_CHECKING:
    from wallet.vault.db.journal.drafts import Origin

_KINDS = {kind.prefix: kind for kind in Kind}
_RAW = 33  # bytes of a key in an entry about many

_OF_KINDS = """
SELECT number, place, at, what, public, path, detail, by, jwt, keys FROM entries
WHERE what IN ({}) ORDER BY place, strand, number
"""
_EVENTS = """
SELECT number, place, at, what, public, path, detail, by, jwt, keys FROM entries
WHERE ?1 IS NULL OR public = ?1 OR (public IS NULL AND instr(keys, ?2) > 0)
ORDER BY place, strand, number
"""
_SINCE = """
SELECT number, place, at, what, public, path, detail, by, jwt, keys FROM entries
WHERE at > ? ORDER BY place, strand, number
"""


@dataclass(frozen=True, slots=True)
class Event:
    """A note: `public` and `path` are of the key it is about, None and empty for the vault.

    One about many keys has none, and the path that they are under; `publics` are theirs then. Of a
    JWT that was issued, `jwt` says when, who signed and when it ends, with blanks between.
    """

    at: datetime
    what: str
    public: str | None
    path: str
    detail: str
    by: str
    jwt: str = ""
    keys: bytes = field(default=b"", repr=False)

    @property
    def publics(self) -> Iterator[str]:
        """The public keys that it is about."""
        if self.public is not None:
            yield self.public
        for start in range(0, len(self.keys), _RAW):
            raw = self.keys[start : start + _RAW]
            yield PublicKey.from_raw(_KINDS[raw[0]], raw[1:]).text

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
    """The notes on what happened to keys, to secrets and to the vault as a whole.

    `origin` says how keys that are new come into the vault, and in detail: made, unless a change
    says otherwise before it adds them. `origins` says so of single keys, by their public keys, and
    where seeds and JWTs come from that keys here get.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._machine: bytes | None = None
        self.origin: Origin = (What.MADE, "")
        self.origins: dict[str, Origin] = {}

    def watch(self, machine: bytes) -> None:
        """Note from now on every change of a key, as one of this machine, until it is saved."""
        with self._database.question() as sql:
            triggers.begin(sql)
        self._machine = machine
        self.origin, self.origins = (What.MADE, ""), {}

    def note(self, what: What, public: str | None = None, detail: str = "") -> None:
        """Note that something happened now, to one key or to the vault as a whole."""
        self.note_each(what, [public], detail)

    def note_each(self, what: What, publics: Sequence[str | None], detail: str = "") -> None:
        """Note that something happened now to each of these keys."""
        with self._database.change() as sql:
            if triggers.is_begun(sql):
                triggers.note(sql, what.value, publics, detail)
            else:
                notes = [Touched(Change.NOTE, None, one, what.value, detail) for one in publics]
                self._write(sql, notes)

    def touched(self) -> tuple[frozenset[int], frozenset[str]]:
        """The ids of the keys that a change touched so far, and what it notes beside that.

        Both are empty where nothing is watched.
        """
        with self._database.question() as sql:
            return (
                triggers.touched_keys(sql) if triggers.is_begun(sql) else (frozenset(), frozenset())
            )

    def write_down(self) -> None:
        """Make entries of what was done since the last time, before it is saved."""
        with self._database.question() as sql:
            if not triggers.is_begun(sql):
                return
            if sql.execute("SELECT 1 FROM touched LIMIT 1").fetchone() is None:
                return
        with self._database.change() as sql:
            self._write(sql, None)

    def _write(self, sql: sqlite3.Connection, touched: list[Touched] | None) -> None:
        # What is written of a JWT takes all that reads and compares claims; reading takes none.
        from wallet.vault.db.journal import bulk_entries
        from wallet.vault.db.journal.drafts import Drafting

        by = _who()
        machine = self._machine or bytes(sodium.blake2b(by.encode("utf-8"), length=strands.ID))
        now = int(time.time())
        drafting = Drafting(sql, self.origin, self.origins, now, watched=touched is None)
        noted = drafting.drafts(triggers.take(sql) if touched is None else touched)
        with history_tables.kept_bound(sql):
            history_tables.add(sql, machine, bulk_entries.entries(noted, now, by))
            keys = sql.execute("SELECT total(keys) FROM branches").fetchone()[0]
            history_tables.fold_oldest(sql, int(keys))

    def events(self, public: str | None = None) -> list[Event]:
        """Every note, or those about one key, oldest first."""
        self.write_down()
        raw = b"" if public is None else raw_of(public)
        with self._database.question() as sql:
            rows = sql.execute(_EVENTS, (public, raw))
            return [_event(history_tables.entry_of(row), public) for row in rows]

    def of_kind(self, *kinds: What) -> list[Event]:
        """Every note of these kinds that was written down, oldest first."""
        asked = _OF_KINDS.format(", ".join("?" * len(kinds)))
        with self._database.question() as sql:
            rows = sql.execute(asked, [what.value for what in kinds])
            return [_event(history_tables.entry_of(row), None) for row in rows]

    def since(self, moment_before: datetime) -> list[Event]:
        """Every note that was written down later than that, oldest first."""
        with self._database.question() as sql:
            rows = sql.execute(_SINCE, (int(moment_before.timestamp()),))
            return [_event(history_tables.entry_of(row), None) for row in rows]

    def folded(self) -> tuple[int, datetime | None]:
        """The number of the oldest notes, which are folded together, and the time of the last."""
        with self._database.question() as sql:
            count, until = sql.execute("SELECT total(folded), max(until) FROM strands").fetchone()
        return int(count), moment(until) if count else None

    def join(self, others: History) -> None:
        """Take in the notes of other records: those of each machine stand in their order.

        What both have stands once, and nothing of either is lost: see `strands.united`. What is
        done in a change that runs is noted behind that.
        """
        with others._database.question() as sql:
            theirs = history_tables.load(sql)
        with self._database.change() as sql, history_tables.kept_bound(sql):
            history_tables.store(sql, strands.united(history_tables.load(sql), theirs))

    def join_of_keys(self, others: History, publics: Container[str]) -> None:
        """Take in what the records of another vault note of keys that came from there.

        They may be anybody's: nothing else is believed, and none of ours goes for it.
        """
        with others._database.question() as sql:
            theirs = history_tables.load(sql)
        with self._database.change() as sql, history_tables.kept_bound(sql):
            own = history_tables.load(sql)
            free = max(
                0, history_tables.LEAST_KEPT // 2 - sum(len(each.entries) for each in own.values())
            )
            one = strands.of_keys(theirs.values(), publics, int(time.time()), free)
            if one.entries:
                history_tables.store(sql, strands.united(own, {one.id: one}))

    def take_as_it_is(self) -> bool:
        """Bind anew what does not hold together, so that later damage shows; False if all does."""
        with self._database.change() as sql:
            own = history_tables.load(sql)
            broken = [strand for strand in own.values() if not strands.is_whole(strand)]
            own.update((each.id, strands.taken_as_it_is(each)) for each in broken)
            if broken:
                history_tables.store(sql, own)
            holds = not broken and history_tables.are_bound_together(sql)
            history_tables.bind_together(sql)
            return not holds


def _event(entry: JournalEntry, asked: str | None) -> Event:
    """An entry as an event; where it is about many keys, of the one that was asked for."""
    public = asked if entry.keys and asked is not None else entry.public
    return Event(
        *(moment(entry.at), entry.what, public, entry.path, entry.detail, entry.by),
        *(entry.jwt, entry.keys),
    )


def _who() -> str:
    """Name who does it: `user@host`, and by which command."""
    return without_seeds(author.in_words(), 256)
