"""The revocations of accounts in exports that they have no more.

Such an export says nothing, so servers need not know. But what was activated for it would count
again once the account exports that subject anew: then the revocations are to come back with it.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from wallet.nats.claims.revocations import Revocations, united
from wallet.vault.db.database import Database

_NOTE = """
INSERT INTO removed_exports VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET until = max(until, excluded.until)
"""


class RemovedExports:
    """The activations that are revoked where no JWT says so any more, by the exporting account's
    public key. Of two times for one the later counts, and none goes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, account: str, revoked: Revocations) -> None:
        """Note what an account revokes in exports that its JWT does not have."""
        rows = [
            (account, *place, who, max(0, until))
            for place, whom in revoked.items()
            for who, until in whom.items()
        ]
        self._write(rows)

    def of(self, account: str) -> Revocations:
        """Give what an account revoked in exports that it had, some of which it may have again."""
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT kind, subject, who, until FROM removed_exports WHERE account = ?",
                (account,),
            ).fetchall()
        revoked: Revocations = {}
        for kind, subject, who, until in rows:
            revoked = united(revoked, {(str(kind), str(subject)): {str(who): int(until)}})
        return revoked

    def join(self, others: RemovedExports, *, but: Container[str] = frozenset()) -> None:
        """Know also what other records know, `but` for what they know of these accounts."""
        with others._database.question() as sql:
            rows = sql.execute("SELECT * FROM removed_exports").fetchall()
        self._write([row for row in rows if row[0] not in but])

    def _write(self, rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        with self._database.change() as sql:
            sql.executemany(_NOTE, rows)
