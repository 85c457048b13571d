"""Results of tests: how each key fared at each server, the newest of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from wallet.errors import NoSuchKeyError
from wallet.vault.db.database import Database
from wallet.vault.db.last_test import last_test_of
from wallet.vault.db.parts.known_servers import LET_IN, KnownServers
from wallet.vault.db.parts.servers import MOST_URLS
from wallet.vault.key_record import TestResult, moment, rfc3339

KEPT_OF_EACH_KEY = 100

# Of tests only those where a server answered: another address may be mistyped. Users without an
# account are like one another.
_NEAREST = """
WITH own AS (
    SELECT k.id, k.public, k.kind, p.public AS above, g.public AS top,
        CASE k.kind WHEN 'account' THEN k.id ELSE k.parent END AS account,
        CASE k.kind WHEN 'operator' THEN k.id WHEN 'account' THEN k.parent ELSE p.parent END
            AS operator
    FROM keys AS k LEFT JOIN keys AS p ON p.id = k.parent LEFT JOIN keys AS g ON g.id = p.parent
    WHERE k.public = ?
), relative (id, near) AS (
    SELECT k.id, CASE WHEN k.id = own.id THEN 0 WHEN k.parent IS own.account THEN 1 ELSE 2 END
    FROM own, keys AS k LEFT JOIN keys AS p ON p.id = k.parent
    WHERE k.kind = 'user' AND (k.parent = own.account OR p.parent = own.operator
        OR k.parent IS NULL AND own.kind = 'user' AND own.account IS NULL)
), place (server, near, at) AS (
    SELECT t.server, CASE WHEN near = 0 OR t.ok THEN near ELSE near + 3 END, t.at
    FROM relative JOIN tests AS t ON t.key = relative.id
    WHERE t.verdict <> 'failed' OR t.server IN (SELECT url FROM servers WHERE used > 0)
    UNION ALL
    SELECT n.server, 3, 0 FROM own, known_servers AS n
    WHERE n.owner IN (own.public, own.above, own.top)
    UNION ALL
    SELECT s.url, 6, 0 FROM servers AS s
    WHERE s.used > 0 AND NOT EXISTS (SELECT 1 FROM tests AS t WHERE t.server = s.url)
    AND NOT EXISTS (SELECT 1 FROM known_servers AS n WHERE n.server = s.url)
)
SELECT server FROM place LEFT JOIN servers AS s ON s.url = server
ORDER BY near, at DESC, s.used DESC, server LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class LastResult:
    """The last result of one key at one server."""

    public: str
    server_url: str
    at: datetime
    ok: bool
    verdict: str

    def to_json(self) -> dict[str, object]:
        return {
            "public": self.public,
            "server": self.server_url,
            "at": rfc3339(self.at),
            "ok": self.ok,
            "verdict": self.verdict,
        }


class Results:
    """The results of tests in a vault."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known_servers = KnownServers(database)

    def add(
        self,
        public: str,
        server_url: str,
        ok: bool,  # noqa: FBT001 (the fields of a result, in their order)
        verdict: str,
        summary: str,
        at: datetime,
    ) -> None:
        """Remember how a check went; the newest 100 of each key are kept."""
        with self._database.change() as sql:
            row = sql.execute("SELECT id FROM keys WHERE public = ?", (public,)).fetchone()
            if row is None:
                raise NoSuchKeyError("That key is no longer in this vault.")
            (key,) = row
            sql.execute(
                "INSERT INTO tests (key, at, server, ok, verdict, summary) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (key, int(at.astimezone(UTC).timestamp()), server_url, ok, verdict, summary),
            )
            sql.execute(
                "DELETE FROM tests WHERE id IN (SELECT id FROM tests WHERE key = ? "
                "ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)",
                (key, KEPT_OF_EACH_KEY),
            )
            if verdict in LET_IN:
                self._known_servers.note(public, [server_url])

    def forget(self, server_url: str) -> None:
        """Drop every result at a server: it tells nothing of one that is gone."""
        with self._database.change() as sql:
            sql.execute("DELETE FROM tests WHERE server = ?", (server_url,))

    def of_key(self, public: str, limit: int = 20) -> list[TestResult]:
        """The last results of a key, the newest first."""
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT server, at, ok, verdict, summary FROM tests "
                "WHERE key = (SELECT id FROM keys WHERE public = ?) "
                "ORDER BY at DESC, id DESC LIMIT ?",
                (public, limit),
            )
            return [
                TestResult(server, moment(at), bool(ok), verdict, summary)
                for server, at, ok, verdict, summary in rows
            ]

    def telling(self, public: str) -> TestResult | None:
        """The result that says how a key stands, as `last_test_of` picks it."""
        own = last_test_of("(SELECT id FROM keys WHERE public = ?)")
        with self._database.question() as sql:
            row = sql.execute(
                f"SELECT l.server, l.at, l.ok, l.verdict, l.summary {own}",
                (public,),
            ).fetchone()
        if row is None:
            return None
        server, at, ok, verdict, summary = row
        return TestResult(server, moment(at), bool(ok), verdict, summary)

    def last_taken(self, server_url: str, besides: str) -> tuple[str, datetime] | None:
        """A user's key, other than `besides`, whose last test on this server was good, and when.

        One of the same account before others, then the one that was tested last.
        """
        with self._database.question() as sql:
            row = sql.execute(
                "SELECT k.public, t.at FROM tests t JOIN keys k ON k.id = t.key "
                "JOIN seeds s ON s.key = t.key "
                "WHERE t.server = ?1 AND t.ok = 1 AND k.public <> ?2 AND k.kind = 'user' "
                "AND k.status = 'active' AND NOT EXISTS (SELECT 1 FROM tests l "
                "WHERE l.key = t.key AND l.server = t.server AND (l.at, l.id) > (t.at, t.id)) "
                "ORDER BY k.parent IS (SELECT parent FROM keys WHERE public = ?2) DESC, "
                "t.at DESC, t.id DESC LIMIT 1",
                (server_url, besides),
            ).fetchone()
        if row is None:
            return None
        public, at = row
        return str(public), moment(at)

    def taken_by(self, public: str) -> str | None:
        """The server whose last test of this key was good, else of another of its account.

        The newest of several; None where no server takes any of them. One that refused this key
        last is not named, whatever other it takes.
        """
        with self._database.question() as sql:
            row = sql.execute(
                "SELECT t.server FROM tests t JOIN keys k ON k.id = t.key, "
                "(SELECT id, parent FROM keys WHERE public = ?) AS own "
                "WHERE t.ok = 1 AND (k.id = own.id OR k.parent = own.parent) "
                "AND NOT EXISTS (SELECT 1 FROM tests l WHERE l.key = t.key "
                "AND l.server = t.server AND (l.at, l.id) > (t.at, t.id)) "
                "AND coalesce((SELECT l.ok FROM tests l WHERE l.key = own.id "
                "AND l.server = t.server ORDER BY l.at DESC, l.id DESC LIMIT 1), 1) = 1 "
                "ORDER BY k.id = own.id DESC, t.at DESC, t.id DESC LIMIT 1",
                (public,),
            ).fetchone()
        return None if row is None else str(row[0])

    def server_to_offer(self, public: str) -> str | None:
        """The server to offer for a test of a user, or of an account's: none of somebody else's.

        Where this key was tested last, else where one of its account was taken last, one of its
        operator, else where either is known or was refused; else a server that was never seen to
        have to do with any key. None where there is no such server.
        """
        with self._database.question() as sql:
            row = sql.execute(_NEAREST, (public,)).fetchone()
        return None if row is None else str(row[0])

    def server_to_name(self, public: str) -> str | None:
        """The server to name in a program or context of a user: one that takes it or another of its
        account, else the one to offer for a test."""
        return self.taken_by(public) or self.server_to_offer(public)

    def last_by_jwt(self, server_url: str) -> tuple[str, datetime] | None:
        """A user's key that this server took last by its JWT, and when; None for none.

        It then named the account by its public key. One where a key without a JWT was taken since
        is none.
        """
        with self._database.question() as sql:
            row = sql.execute(
                "SELECT k.public, t.at FROM tests t JOIN keys k ON k.id = t.key "
                "JOIN keys a ON a.id = k.parent WHERE t.server = ?1 AND t.ok = 1 "
                "AND k.kind = 'user' AND instr(t.summary, a.public) > 0 "
                "AND NOT EXISTS (SELECT 1 FROM tests l WHERE l.server = ?1 AND l.ok = 1 "
                "AND (l.at, l.id) > (t.at, t.id) "
                "AND NOT EXISTS (SELECT 1 FROM tokens j WHERE j.key = l.key)) "
                "ORDER BY t.at DESC, t.id DESC LIMIT 1",
                (server_url,),
            ).fetchone()
        return None if row is None else (str(row[0]), moment(row[1]))

    def last_without_jwt(self, server_url: str) -> datetime | None:
        """Tell when this server last took a key that has no JWT; None where it took none."""
        with self._database.question() as sql:
            row = sql.execute(
                "SELECT max(t.at) FROM tests t WHERE t.server = ? AND t.ok = 1 "
                "AND NOT EXISTS (SELECT 1 FROM tokens j WHERE j.key = t.key)",
                (server_url,),
            ).fetchone()
        return None if row[0] is None else moment(row[0])

    def last(self, urls: Iterable[str]) -> list[LastResult]:
        """The last result of each key at each of these servers, the newest first."""
        wanted = list(dict.fromkeys(urls))[:MOST_URLS]
        places = ", ".join("?" * len(wanted))
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT k.public, t.server, t.at, t.ok, t.verdict FROM tests t "  # noqa: S608
                "JOIN keys k ON k.id = t.key WHERE t.id IN "
                f"(SELECT max(id) FROM tests WHERE server IN ({places}) GROUP BY key, server) "
                "ORDER BY t.at DESC, t.id DESC",
                wanted,
            )
            return [
                LastResult(public, server, moment(at), bool(ok), verdict)
                for public, server, at, ok, verdict in rows
            ]
