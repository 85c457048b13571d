"""The steps of the tables to what they are today: one numbered step from each version to the next.

Version 1 is `records.sql`, fixed for ever. Each step is a small pure function over the tables
of the version before. A vault is opened at the version that its file holds, checked against
exactly that version's tables, and taken to today's in memory; only the next change writes it.

A step is never edited once released, not even a space in a statement: the tables of every
vault are compared with it letter for letter. A new version adds a step at the end, and a golden
vault of its own to the tests (`python -m tests.vault.golden.make`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from wallet.vault.db.journal import history_tables
from wallet.vault.db.journal.strands import BEFORE_STRANDS, JournalEntry

Step = Callable[[sqlite3.Connection], None]

# What came before the save that a vault is: the number of each earlier save and BLAKE2b-256 of
# its 1,344-byte header. With it a successor is told from a fork.
_ANCESTORS = """CREATE TABLE ancestors (
    generation INTEGER PRIMARY KEY CHECK (generation BETWEEN 1 AND 4611686018427387904),
    header BLOB NOT NULL CHECK (length(header) = 32)
) STRICT"""

# What happened to secrets: shown, copied, exported; the passphrase; what was put in place of
# what. `public` and `path` are the key's it happened to, as it was called then.
_HISTORY = """CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799),
    what TEXT NOT NULL CHECK (length(what) BETWEEN 1 AND 64),
    public TEXT CHECK (public IS NULL OR length(public) = 56),
    path TEXT NOT NULL CHECK (length(path) <= 512),
    detail TEXT NOT NULL CHECK (length(detail) <= 4096),
    by TEXT NOT NULL CHECK (length(by) <= 256)
) STRICT"""

_HISTORY_OF_KEY = "CREATE INDEX history_of_key ON history (public) WHERE public IS NOT NULL"


def _remember_ancestors_and_history(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 2: ancestors and history."""
    for statement in (_ANCESTORS, _HISTORY, _HISTORY_OF_KEY):
        sql.execute(statement)


# Keys that others take the place of. `phase` says which are in force: both; the old one is out;
# or, undone, the new one is. `name` is what the old one was called, and the new one is now.
# Keys are named by their public halves: what is open about one stays when it is deleted.
_ROTATIONS = """CREATE TABLE rotations (
    id INTEGER PRIMARY KEY,
    old TEXT NOT NULL CHECK (length(old) = 56),
    new TEXT NOT NULL CHECK (length(new) = 56 AND new <> old),
    manner TEXT NOT NULL CHECK (manner IN ('planned', 'leaked', 'handover', 'lost')),
    phase TEXT NOT NULL CHECK (phase IN ('both', 'out', 'undone')),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
    recipient TEXT NOT NULL CHECK (length(recipient) <= 256),
    begun INTEGER NOT NULL CHECK (begun BETWEEN 0 AND 253402300799),
    changed INTEGER NOT NULL CHECK (changed BETWEEN 0 AND 253402300799),
    closed INTEGER NOT NULL CHECK (closed IN (0, 1))
) STRICT"""

_ROTATING_OUT = "CREATE INDEX rotating_out ON rotations (old) WHERE phase = 'both'"

# Servers at which a test proved that the key that is out is refused.
_ROTATION_PROOFS = """CREATE TABLE rotation_proofs (
    rotation INTEGER NOT NULL REFERENCES rotations (id) ON DELETE CASCADE,
    server TEXT NOT NULL CHECK (length(server) BETWEEN 1 AND 4096),
    at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799),
    PRIMARY KEY (rotation, server)
) STRICT, WITHOUT ROWID"""


def _remember_rotations(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 3: rotations."""
    for statement in (_ROTATIONS, _ROTATING_OUT, _ROTATION_PROOFS):
        sql.execute(statement)


# JWTs that are not yet where they have to be. `written`: exported or copied since they changed.
# The row of an account stays until servers were proved to hold its JWT.
_DELIVERIES = """CREATE TABLE deliveries (
    key INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    changed INTEGER NOT NULL CHECK (changed BETWEEN 0 AND 253402300799),
    written INTEGER NOT NULL CHECK (written IN (0, 1))
) STRICT"""

# Whom accounts revoke, a public key or `*`, while it is not proved that servers refuse them.
_OPEN_REVOCATIONS = """CREATE TABLE open_revocations (
    account INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    who TEXT NOT NULL CHECK (who = '*' OR length(who) = 56),
    PRIMARY KEY (account, who)
) STRICT, WITHOUT ROWID"""

# Servers that were seen to hold an account's JWT (`who` is empty), or to refuse whom it revokes.
# `valid` is 0 once the JWT has changed: the server is known, and has to be proved again.
_DELIVERY_PROOFS = """CREATE TABLE delivery_proofs (
    account INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    who TEXT NOT NULL CHECK (length(who) IN (0, 1, 56)),
    server TEXT NOT NULL CHECK (length(server) BETWEEN 1 AND 4096),
    at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799),
    valid INTEGER NOT NULL CHECK (valid IN (0, 1)),
    PRIMARY KEY (account, who, server)
) STRICT, WITHOUT ROWID"""


def _remember_deliveries(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 4: what is not yet on servers or in files."""
    for statement in (_DELIVERIES, _OPEN_REVOCATIONS, _DELIVERY_PROOFS):
        sql.execute(statement)


# Servers at which users of an account or operator were let in, or that had its JWT: `owner` is its
# public key, so that they are known whatever becomes of the keys.
_KNOWN_SERVERS = """CREATE TABLE known_servers (
    owner TEXT NOT NULL CHECK (length(owner) = 56),
    server TEXT NOT NULL CHECK (length(server) BETWEEN 1 AND 4096),
    PRIMARY KEY (owner, server)
) STRICT, WITHOUT ROWID"""

# As far as tests and proofs of before tell.
_KNOWN_UNTIL_NOW = """
WITH at (key, server) AS (
    SELECT key, server FROM tests WHERE verdict IN ('accepted', 'unchecked', 'taken-unproved')
    UNION SELECT account, server FROM delivery_proofs
)
INSERT INTO known_servers
SELECT DISTINCT o.public, at.server FROM at JOIN keys AS k ON k.id = at.key
LEFT JOIN keys AS p ON p.id = k.parent
JOIN keys AS o ON o.id IN (k.id, k.parent, p.parent)
WHERE o.kind IN ('operator', 'account') AND NOT o.signing
"""


def _remember_known_servers(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 5: the servers that accounts and operators are known at."""
    for statement in (_KNOWN_SERVERS, _KNOWN_UNTIL_NOW):
        sql.execute(statement)


# Configurations of servers that were given out. `chosen` are the public keys that they were asked
# for, with blanks between, none for all; `digest` is BLAKE2b-256 of what they say.
_CONFIGURATIONS = """CREATE TABLE configurations (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL CHECK (length(target) BETWEEN 1 AND 32),
    chosen TEXT NOT NULL CHECK (length(chosen) <= 1000000),
    place TEXT NOT NULL CHECK (length(place) <= 4096),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799),
    UNIQUE (target, chosen, place)
) STRICT"""


def _remember_configurations(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 6: configurations that were given out."""
    sql.execute(_CONFIGURATIONS)


# Accounts that were shut, by their public keys: the limits by which they let anybody in, as JSON,
# and up to when they revoked everybody before, so that they can be opened as they were.
_SHUT_ACCOUNTS = """CREATE TABLE shut_accounts (
    account TEXT PRIMARY KEY CHECK (length(account) = 56),
    limits TEXT NOT NULL CHECK (length(limits) <= 4096),
    everybody INTEGER NOT NULL
) STRICT, WITHOUT ROWID"""


def _remember_shut_accounts(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 7: how accounts that were shut are opened again."""
    sql.execute(_SHUT_ACCOUNTS)


# Saves of other files whose contents were joined with these, and theirs before them: whoever saw
# one of them has here a successor, and no fork.
_JOINED_SAVES = """CREATE TABLE joined_saves (
    header BLOB PRIMARY KEY CHECK (length(header) = 32),
    generation INTEGER NOT NULL CHECK (generation BETWEEN 1 AND 4611686018427387904)
) STRICT, WITHOUT ROWID"""

# When a key was last given its name, and its notes: of two versions the later counts. Without a
# row it has both since it was made.
_KEY_CHANGES = """CREATE TABLE key_changes (
    key INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    named INTEGER CHECK (named BETWEEN 0 AND 253402300799),
    noted INTEGER CHECK (noted BETWEEN 0 AND 253402300799)
) STRICT"""

_KEY_NAMED = """CREATE TRIGGER key_named AFTER UPDATE OF name ON keys
WHEN NEW.name <> OLD.name BEGIN
    INSERT INTO key_changes (key, named) VALUES (NEW.id, CAST(strftime('%s', 'now') AS INTEGER))
        ON CONFLICT (key) DO UPDATE SET named = excluded.named;
END"""

_KEY_NOTED = """CREATE TRIGGER key_noted AFTER UPDATE OF notes ON keys
WHEN NEW.notes <> OLD.notes BEGIN
    INSERT INTO key_changes (key, noted) VALUES (NEW.id, CAST(strftime('%s', 'now') AS INTEGER))
        ON CONFLICT (key) DO UPDATE SET noted = excluded.noted;
END"""

# JWTs that stand for those of two versions: when they were issued, and `origin`: of an operator or
# account when what it says is from, of a user when the latest of its JWTs was issued.
_CLAIM_ORIGINS = """CREATE TABLE claim_origins (
    key INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    issued INTEGER NOT NULL,
    origin INTEGER NOT NULL
) STRICT"""

# Revocations that belong into an account's JWT, which nobody here could sign. `export` is empty,
# or names the export that takes an activation back.
_MISSING_REVOCATIONS = """CREATE TABLE missing_revocations (
    account INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    export TEXT NOT NULL CHECK (length(export) <= 4096),
    who TEXT NOT NULL CHECK (length(who) BETWEEN 1 AND 4096),
    until INTEGER NOT NULL,
    PRIMARY KEY (account, export, who)
) STRICT, WITHOUT ROWID"""


def _remember_merges(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 8: what joining two versions of a vault needs to know."""
    for statement in (
        *(_JOINED_SAVES, _KEY_CHANGES, _KEY_NAMED, _KEY_NOTED),
        *(_CLAIM_ORIGINS, _MISSING_REVOCATIONS),
    ):
        sql.execute(statement)


# The history by strands, one for each machine that wrote: see `journal/strands.py`. `anchor` is the
# hash of entry `start`, which the first that is here follows; `head` that of the last. `folded`
# counts those that are gone, `until` is the place of the last of them.
_STRANDS = """CREATE TABLE strands (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    start INTEGER NOT NULL CHECK (start >= 0),
    anchor BLOB NOT NULL CHECK (length(anchor) = 32),
    head BLOB NOT NULL CHECK (length(head) = 32),
    folded INTEGER NOT NULL CHECK (folded >= 0),
    until INTEGER NOT NULL CHECK (until BETWEEN 0 AND 253402300799)
) STRICT, WITHOUT ROWID"""

_ENTRIES = """CREATE TABLE entries (
    strand BLOB NOT NULL CHECK (length(strand) = 16),
    number INTEGER NOT NULL CHECK (number >= 1),
    place INTEGER NOT NULL CHECK (place BETWEEN 0 AND 253402300799),
    at INTEGER NOT NULL CHECK (at BETWEEN 0 AND 253402300799),
    what TEXT NOT NULL CHECK (length(what) BETWEEN 1 AND 64),
    public TEXT CHECK (public IS NULL OR length(public) = 56),
    path TEXT NOT NULL CHECK (length(path) <= 512),
    detail TEXT NOT NULL CHECK (length(detail) <= 4096),
    by TEXT NOT NULL CHECK (length(by) <= 256),
    jwt TEXT NOT NULL CHECK (length(jwt) <= 128),
    keys BLOB NOT NULL CHECK (length(keys) % 33 = 0),
    PRIMARY KEY (strand, number)
) STRICT, WITHOUT ROWID"""

_ENTRIES_OF_KEY = "CREATE INDEX entries_of_key ON entries (public) WHERE public IS NOT NULL"


def _bind_history(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 9: the history bound by hashes, the same in every copy."""
    for statement in (_STRANDS, _ENTRIES, _ENTRIES_OF_KEY):
        sql.execute(statement)
    notes = sql.execute("SELECT at, what, public, path, detail, by FROM history ORDER BY id")
    entries = [JournalEntry._make((0, 0, *note, "", b"")) for note in notes.fetchall()]
    history_tables.add(sql, BEFORE_STRANDS, entries)
    sql.execute("DROP TABLE history")


# What accounts, by public key, revoke in exports that they have no more: `who` is the importing
# account, or `*`, and counts again once a like subject is exported.
_REMOVED_EXPORTS = """CREATE TABLE removed_exports (
    account TEXT NOT NULL CHECK (length(account) = 56),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    who TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (account, kind, subject, who)
) STRICT, WITHOUT ROWID"""


def _remember_removed_exports(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 10: revocations in exports that are there no more."""
    sql.execute(_REMOVED_EXPORTS)


# A digest of the strands of the history, so that it shows where whole ones are gone.
_HISTORY_DIGEST = """CREATE TABLE history_digest (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT"""


def _bind_strands(sql: sqlite3.Connection) -> None:
    """Bring the tables to version 11: the strands of the history bound together."""
    sql.execute(_HISTORY_DIGEST)
    history_tables.bind_together(sql)


STEPS: tuple[Step, ...] = (
    _remember_ancestors_and_history,
    _remember_rotations,
    _remember_deliveries,
    _remember_known_servers,
    _remember_configurations,
    _remember_shut_accounts,
    _remember_merges,
    _bind_history,
    _remember_removed_exports,
    _bind_strands,
)
"""The step at place n leads from version n + 1 to version n + 2."""

VERSION = 1 + len(STEPS)
"""The version of the tables that this program works with and writes."""


def bring_up(sql: sqlite3.Connection, version: int, to: int) -> None:
    """Take tables of `version` to those of version `to`: all the way, or not at all."""
    sql.execute("BEGIN")
    try:
        for number in range(version, to):
            STEPS[number - 1](sql)
        sql.execute(f"PRAGMA user_version = {to}")
    except BaseException:
        sql.execute("ROLLBACK")
        raise
    sql.execute("COMMIT")
