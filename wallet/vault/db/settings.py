"""What a vault keeps beside its keys: settings, how checks went, the servers last used."""

from __future__ import annotations

from datetime import UTC, datetime

from wallet.errors import NoSuchKeyError
from wallet.vault.db.servers import Profiles
from wallet.vault.key_record import TestResult, moment

TESTS_KEPT = 100
SERVERS_KEPT = 20


class Kept(Profiles):
    """Settings, test results and servers."""

    def setting(self, name: str, default: str) -> str:
        """A setting's value, or `default` when it was never set."""
        with self.question() as sql:
            row = sql.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
            return default if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        """Keep a setting."""
        with self._change() as sql:
            sql.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def add_test_result(
        self,
        public: str,
        server_url: str,
        ok: bool,  # noqa: FBT001 (the fields of a result, in their order)
        verdict: str,
        summary: str,
        at: datetime,
    ) -> None:
        """Remember how a check went; the newest 100 of each key are kept."""
        with self._change() as sql:
            row = sql.execute("SELECT id FROM keys WHERE public = ?", (public,)).fetchone()
            if row is None:
                raise NoSuchKeyError("That key is no longer in this vault.")
            sql.execute(
                "INSERT INTO tests (key, at, server, ok, verdict, summary) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (row[0], int(at.astimezone(UTC).timestamp()), server_url, ok, verdict, summary),
            )
            sql.execute(
                "DELETE FROM tests WHERE id IN (SELECT id FROM tests WHERE key = ? "
                "ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?)",
                (row[0], TESTS_KEPT),
            )

    def test_results(self, public: str, limit: int = 20) -> list[TestResult]:
        """How the last checks of a key went, the newest first."""
        with self.question() as sql:
            found = sql.execute(
                "SELECT server, at, ok, verdict, summary FROM tests "
                "WHERE key = (SELECT id FROM keys WHERE public = ?) "
                "ORDER BY at DESC, id DESC LIMIT ?",
                (public, limit),
            )
            return [
                TestResult(server, moment(at), bool(ok), verdict, summary)
                for server, at, ok, verdict, summary in found
            ]

    def last_taken(self, server_url: str, besides: str) -> tuple[str, datetime] | None:
        """A user's key, other than `besides`, whose last test on this server was good, and when.

        One of the same account before others, then the one that was tested last.
        """
        with self.question() as sql:
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
            return None if row is None else (str(row[0]), moment(row[1]))

    def servers(self) -> list[str]:
        """The servers last tested against, the newest first."""
        with self.question() as sql:
            return [url for (url,) in sql.execute("SELECT url FROM servers ORDER BY used DESC")]

    def remember_server(self, url: str) -> None:
        """Put a server first among those tested against; the newest 20 are kept."""
        with self._change() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO servers SELECT ?, ifnull(max(used), 0) + 1 FROM servers",
                (url,),
            )
            sql.execute(
                "DELETE FROM servers WHERE url NOT IN "
                "(SELECT url FROM servers ORDER BY used DESC LIMIT ?)",
                (SERVERS_KEPT,),
            )
