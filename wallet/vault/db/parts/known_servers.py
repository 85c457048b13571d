"""The servers that accounts and operators are known at, whatever became of the keys tested there.

They are kept by public key: a user that is deleted or moved, or an account that another one took
the place of, is no reason for a server to let nobody in any more. Only a person's word that a
server is gone takes it out.
"""

from __future__ import annotations

from collections.abc import Iterable

from wallet.vault.db.database import Database

LET_IN = ("accepted", "unchecked", "taken-unproved")
"""The verdicts of a test in which a server let the key in."""

# Of a user its account and operator; of an account itself and its operator.
_NOTE = """
INSERT OR IGNORE INTO known_servers
SELECT o.public, ?2 FROM keys AS k LEFT JOIN keys AS p ON p.id = k.parent
JOIN keys AS o ON o.id IN (k.id, k.parent, p.parent)
WHERE k.public = ?1 AND o.kind IN ('operator', 'account') AND NOT o.signing
"""

_OF_DELETED = """
SELECT owner, server FROM known_servers WHERE owner LIKE 'A%'
AND NOT EXISTS (SELECT 1 FROM keys AS k WHERE k.public = owner) ORDER BY owner, server
"""


class KnownServers:
    """The addresses at which servers let in users of an account or operator, or had its JWT."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, public: str, servers: Iterable[str]) -> None:
        """Note servers that let a key in, or were given its JWT, by the key's public half."""
        with self._database.change() as sql:
            sql.executemany(_NOTE, [(public, server) for server in servers])

    def of(self, *owners: str) -> list[str]:
        """The addresses of servers that any of these accounts or operators is known at."""
        places = ", ".join("?" * len(owners))
        with self._database.question() as sql:
            rows = sql.execute(
                f"SELECT DISTINCT server FROM known_servers WHERE owner IN ({places}) "  # noqa: S608
                "ORDER BY server",
                owners,
            )
            return [str(server) for (server,) in rows]

    def any(self) -> bool:
        """Whether any server is known."""
        with self._database.question() as sql:
            return sql.execute("SELECT 1 FROM known_servers LIMIT 1").fetchone() is not None

    def at(self, server: str) -> list[str]:
        """The public keys of the accounts and operators that are known at a server."""
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT owner FROM known_servers WHERE server = ? ORDER BY owner", (server,)
            )
            return [str(owner) for (owner,) in rows]

    def of_deleted(self) -> dict[str, list[str]]:
        """The accounts, by public key, that are here no more and are known at servers, by address.

        No push takes an account away: servers may hold it still.
        """
        with self._database.question() as sql:
            at: dict[str, list[str]] = {}
            for owner, server in sql.execute(_OF_DELETED):
                at.setdefault(owner, []).append(server)
            return at

    def forget_owner(self, owner: str) -> None:
        """Know an account or operator at no server any more."""
        with self._database.change() as sql:
            sql.execute("DELETE FROM known_servers WHERE owner = ?", (owner,))

    def know_again(self, then: KnownServers, left: KnownServers, owners: Iterable[str]) -> None:
        """Know owners where they were known `then`, and a change `left` them unknown."""
        for owner in owners:
            self.note(owner, set(then.of(owner)) - set(left.of(owner)))

    def inherit(self, before: str, after: str) -> None:
        """Let one account or operator be known wherever another is, whose place it takes."""
        with self._database.change() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO known_servers "
                "SELECT ?, server FROM known_servers WHERE owner = ?",
                (after, before),
            )

    def forget(self, server: str) -> None:
        """Know nobody at a server any more."""
        with self._database.change() as sql:
            sql.execute("DELETE FROM known_servers WHERE server = ?", (server,))

    def join(self, others: KnownServers) -> None:
        """Know also what other records know, whose place these take."""
        with others._database.question() as sql:
            theirs = sql.execute("SELECT owner, server FROM known_servers").fetchall()
        with self._database.change() as sql:
            sql.executemany("INSERT OR IGNORE INTO known_servers VALUES (?, ?)", theirs)
