"""Changes that are not yet where they have to be: unwritten, or not proved on servers.

A JWT that was signed anew is open until it was written to a file or copied; an account's also
until every server that is known to have had it was seen to hold it, or a person says so. A
revocation is open by itself, until those servers hold that JWT or refuse the user.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from wallet.nats.claims.revocations import EVERYBODY
from wallet.vault.db.database import Database
from wallet.vault.db.parts.known_servers import KnownServers
from wallet.vault.key_record import moment

_KEY_LENGTH = 56
_WHOLE = ""  # in the column `who` of a proof: of the account's JWT as a whole

_SERVERS = """
SELECT n.server FROM known_servers AS n JOIN keys AS k ON k.public = n.owner WHERE k.id = ?
ORDER BY n.server
"""
_OF_ACCOUNTS = """
SELECT k.public, k.id, t.jwt, (SELECT d.written FROM deliveries AS d WHERE d.key = k.id)
FROM keys AS k JOIN tokens AS t ON t.key = k.id WHERE k.kind = 'account'
"""
_ANY_ARRIVED = """
SELECT 1 FROM keys AS k JOIN tokens AS t ON t.key = k.id
WHERE k.kind = 'account' AND NOT EXISTS (SELECT 1 FROM deliveries AS d WHERE d.key = k.id) LIMIT 1
"""
_SHUT_OUT = """
SELECT p.server, max(p.at) FROM delivery_proofs AS p
WHERE p.account = ?1 AND p.valid = 1 AND p.who IN ('', ?2, ?3) AND NOT EXISTS (
    SELECT 1 FROM delivery_proofs AS l WHERE l.account = p.account AND l.server = p.server
    AND l.who IN ('', ?2, ?3) AND l.valid = 0 AND l.at > p.at)
GROUP BY p.server
"""
# A proof of the JWT as a whole ends with the next one: of the revocations it goes on to count.
_KEEP_OF_REVOCATIONS = """
INSERT OR REPLACE INTO delivery_proofs
SELECT p.account, o.who, p.server, p.at, 1 FROM open_revocations AS o
JOIN delivery_proofs AS p ON p.account = o.account AND p.who = '' AND p.valid = 1
WHERE o.account = ?
"""
# Everybody is revoked once more: who was out before, as is proved, is so still. Of nobody else
# anything is proved.
_PROVED_BEFORE = """
SELECT k.parent, k.public, f.server, max(f.at), 1 FROM keys AS k
JOIN delivery_proofs AS f ON f.account = k.parent AND f.valid = 1 AND f.who IN ('', '*', k.public)
WHERE k.parent = ? AND k.kind = 'user' AND k.revoked
    AND NOT EXISTS (SELECT 1 FROM open_revocations AS o
        WHERE o.account = k.parent AND o.who IN (k.public, '*'))
GROUP BY k.public, f.server
"""
_OF_ITS_USERS = """
DELETE FROM delivery_proofs WHERE account = ?1
AND who IN (SELECT public FROM keys WHERE parent = ?1 AND kind = 'user')
"""
_ACCOUNTS = """
SELECT d.key, d.changed,
    (SELECT group_concat(o.who, ' ') FROM open_revocations AS o WHERE o.account = d.key)
FROM deliveries AS d JOIN keys AS k ON k.id = d.key WHERE k.kind = 'account'
ORDER BY k.branch, k.place, k.id
"""


@dataclass(frozen=True, slots=True)
class OpenDelivery:
    """An account that is not proved on servers since it `changed`.

    `revoked` are the users, or `*`, whose revocations are not proved either.
    """

    account: int
    changed: datetime
    revoked: tuple[str, ...]


class Deliveries:
    """The JWTs that were signed here and have not arrived."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.known_servers = KnownServers(database)

    def any_arrived(self) -> bool:
        """Whether servers have the JWT of any account as it is now, as was proved or said."""
        with self._database.question() as sql:
            return sql.execute(_ANY_ARRIVED).fetchone() is not None

    def unproved(self) -> list[OpenDelivery]:
        """The accounts that are not proved on servers, in the order of the tree's branches."""
        with self._database.question() as sql:
            return [
                OpenDelivery(key, moment(changed), tuple(sorted((revoked or "").split())))
                for key, changed, revoked in sql.execute(_ACCOUNTS)
            ]

    def unwritten(self) -> list[int]:
        """The ids of the keys in force whose JWT was not written since it changed."""
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT d.key FROM deliveries AS d JOIN keys AS k ON k.id = d.key "
                "WHERE d.written = 0 AND NOT k.revoked AND k.status = 'active' "
                "ORDER BY k.branch, k.place, k.id"
            )
            return [int(key) for (key,) in rows]

    def servers(self, account: int) -> list[str]:
        """The addresses of servers that are known to have, or to have had, an account."""
        with self._database.question() as sql:
            return [str(server) for (server,) in sql.execute(_SERVERS, (account,))]

    def unproved_servers(self, account: int) -> list[str]:
        """The addresses of servers that are known to have an account, and not to hold this JWT."""
        return sorted(set(self.servers(account)) - self._proved(account, _WHOLE))

    def proved_servers(self, account: int) -> set[str]:
        """The addresses of servers that were seen to hold an account's JWT in force."""
        return self._proved(account, _WHOLE)

    def last_proof_at(self, server: str) -> datetime | None:
        """Tell when a server was last proved to hold any account's JWT; None where none was."""
        with self._database.question() as sql:
            row = sql.execute(
                "SELECT max(at) FROM delivery_proofs WHERE server = ? AND valid = 1", (server,)
            ).fetchone()
            return None if row[0] is None else moment(row[0])

    def shut_out(self, account: int, who: str, user: str = "") -> dict[str, datetime]:
        """The servers, by address, that were seen to shut `who` out, each with when that was last;
        an account's JWT in force revokes it: a user, or `*`, which is asked of a `user`.

        They showed that JWT or an earlier one that revokes it, or were proved to refuse it for
        that, and nothing was seen to the contrary since.
        """
        with self._database.question() as sql:
            rows = sql.execute(_SHUT_OUT, (account, who, user or who))
            return {str(server): moment(at) for server, at in rows}

    def note_change(self, key: int, revoked: Iterable[str], *, written: bool) -> None:
        """Note that a key has another JWT, and whom that revokes, of an account, not as before.

        It was `written` where it came from outside.
        """
        with self._database.change() as sql:
            if EVERYBODY in (revoked := set(revoked)):
                proved = sql.execute(_PROVED_BEFORE, (key,)).fetchall()
                sql.execute(_OF_ITS_USERS, (key,))
                sql.executemany("INSERT INTO delivery_proofs VALUES (?, ?, ?, ?, ?)", proved)
            sql.execute(
                "INSERT OR REPLACE INTO deliveries (key, changed, written) VALUES (?, ?, ?)",
                (key, int(time.time()), written),
            )
            sql.execute(
                "UPDATE delivery_proofs SET valid = 0 WHERE account = ? AND who = ''", (key,)
            )
            for who in revoked:
                if who == EVERYBODY or len(who) == _KEY_LENGTH:
                    sql.execute("INSERT OR IGNORE INTO open_revocations VALUES (?, ?)", (key, who))
                    sql.execute(
                        "DELETE FROM delivery_proofs WHERE account = ? AND who = ?", (key, who)
                    )

    def note_written(self, key: int) -> None:
        """Note that the JWT in force of a key was written to a file, or copied."""
        with self._database.change() as sql:
            sql.execute("UPDATE deliveries SET written = 1 WHERE key = ?", (key,))
            sql.execute(
                "DELETE FROM deliveries WHERE key = ? AND NOT EXISTS "
                "(SELECT 1 FROM keys AS k WHERE k.id = deliveries.key AND k.kind = 'account')",
                (key,),
            )

    def note_seen(self, account: int, servers: Mapping[str, bool | None]) -> None:
        """Note at which addresses servers hold an account's JWT in force, or do not.

        None stands for servers that were sent it, and did not show what they hold. Where all that
        are known hold it, nothing is open of the account any more.
        """
        with self._database.change():
            self._know(account, servers)
            for server, holds in servers.items():
                if holds is not None:
                    self._prove(account, _WHOLE, server, valid=holds)
            if not all(servers.values()):
                self._open(account)
            self._settle_what_is_proved(account)

    def note_overwritten(
        self, account: int, servers: Iterable[str], revoked: Iterable[str]
    ) -> None:
        """Note that servers at these addresses were sent an older JWT of an account than that in
        force, by which those who are `revoked` since get in again."""
        with self._database.change() as sql:
            self.note_seen(account, dict.fromkeys(servers, False))
            for who in revoked:
                sql.execute("INSERT OR IGNORE INTO open_revocations VALUES (?, ?)", (account, who))
                sql.execute(
                    "DELETE FROM delivery_proofs WHERE account = ? AND who = ?", (account, who)
                )

    def forget_server(self, server: str) -> None:
        """Expect nothing of a server any more: what is proved at all others is open no longer."""
        with self._database.change() as sql:
            self.known_servers.forget(server)
            sql.execute("DELETE FROM delivery_proofs WHERE server = ?", (server,))
            for delivery in self.unproved():
                self._settle_what_is_proved(delivery.account)

    def note_new_server(self, account: int, server: str) -> None:
        """Note that a server let in users of an account before it was known to have that: what was
        proved of its revocations was proved at all others, and is open again."""
        with self._database.change() as sql:
            whom = sql.execute(
                "SELECT DISTINCT who FROM delivery_proofs WHERE account = ? AND who <> '' "
                "AND valid = 1",
                (account,),
            ).fetchall()
            opened = [who for (who,) in whom if server not in self._proved(account, who)]
            for who in opened:
                sql.execute("INSERT OR IGNORE INTO open_revocations VALUES (?, ?)", (account, who))
            if opened:
                self._open(account)

    def note_refusal(self, account: int, user: str, server: str, *, refused: bool) -> None:
        """Note that a server was proved to refuse a user for its revocation, or let it in."""
        with self._database.change() as sql:
            self._know(account, [server])
            if refused:
                self._prove(account, user, server, valid=True)
                self._settle_revocation(account, user)
                return
            self._prove(account, _WHOLE, server, valid=False)
            self._prove(account, user, server, valid=False)
            sql.execute("INSERT OR IGNORE INTO open_revocations VALUES (?, ?)", (account, user))
            self._open(account)

    def take_word(self, account: int) -> None:
        """Take a person's word that an account's JWT is where it has to be, revocations and all."""
        with self._database.change() as sql:
            sql.execute("DELETE FROM delivery_proofs WHERE account = ?", (account,))
            self._settle(account)

    def join(self, others: Deliveries) -> None:
        """Take in what is open, and which servers are known, of records whose place these take.

        An account with another JWT than theirs is open: servers may hold the other. One with the
        same is as open as it is there.
        """
        with others._database.question() as sql:
            theirs = {
                public: (token, written) for public, _, token, written in sql.execute(_OF_ACCOUNTS)
            }
            revoked: dict[str, list[str]] = {}
            for account, who in sql.execute(
                "SELECT k.public, o.who FROM open_revocations AS o JOIN keys AS k "
                "ON k.id = o.account"
            ):
                revoked.setdefault(account, []).append(who)
        with self._database.change() as sql:
            self.known_servers.join(others.known_servers)
            for public, key, token, _ in sql.execute(_OF_ACCOUNTS).fetchall():
                if public not in theirs:
                    continue
                before, written = theirs[public]
                if before == token:
                    self._settle(key)
                if before != token or written is not None:
                    is_written = before == token and bool(written)
                    self.note_change(key, revoked.get(public, ()), written=is_written)

    def _open(self, account: int) -> None:
        """Let an account be one that is not proved on servers, though its JWT is as it was."""
        with self._database.change() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO deliveries (key, changed, written) VALUES (?, ?, 1)",
                (account, int(time.time())),
            )

    def _know(self, account: int, servers: Iterable[str]) -> None:
        with self._database.change() as sql:
            row = sql.execute("SELECT public FROM keys WHERE id = ?", (account,)).fetchone()
            if row is not None:
                self.known_servers.note(str(row[0]), servers)

    def _proved(self, account: int, who: str) -> set[str]:
        with self._database.question() as sql:
            rows = sql.execute(
                "SELECT server FROM delivery_proofs WHERE account = ? AND valid = 1 "
                "AND who IN ('', ?)",
                (account, who),
            )
            return {str(server) for (server,) in rows}

    def _prove(self, account: int, who: str, server: str, *, valid: bool) -> None:
        """Keep what was seen of a server; what is seen to the contrary comes later than what it
        speaks against, also by a clock that was put back."""
        with self._database.change() as sql:
            at = int(time.time())
            if not valid:
                proved = sql.execute(
                    "SELECT max(at) FROM delivery_proofs WHERE account = ? AND server = ? "
                    "AND valid = 1",
                    (account, server),
                ).fetchone()
                at = max(at, (proved[0] or 0) + 1)
            sql.execute(
                "INSERT OR REPLACE INTO delivery_proofs VALUES (?, ?, ?, ?, ?)",
                (account, who, server, at, valid),
            )

    def _settle_what_is_proved(self, account: int) -> None:
        """Close of an account what is proved at all servers that are known, if any is."""
        with self._database.change() as sql:
            known = set(self.servers(account))
            if known and known <= self._proved(account, _WHOLE):
                self._settle(account)
            elif known:
                for (who,) in sql.execute(
                    "SELECT who FROM open_revocations WHERE account = ?", (account,)
                ).fetchall():
                    self._settle_revocation(account, str(who))

    def _settle_revocation(self, account: int, who: str) -> None:
        """Close a revocation of which all servers that are known are proved."""
        with self._database.change() as sql:
            known, proved = set(self.servers(account)), self._proved(account, who)
            if proved and known <= proved:
                sql.execute(
                    "DELETE FROM open_revocations WHERE account = ? AND who = ?", (account, who)
                )

    def _settle(self, account: int) -> None:
        with self._database.change() as sql:
            sql.execute(_KEEP_OF_REVOCATIONS, (account,))
            sql.execute("DELETE FROM deliveries WHERE key = ?", (account,))
            sql.execute("DELETE FROM open_revocations WHERE account = ?", (account,))
            sql.execute(
                "DELETE FROM delivery_proofs WHERE account = ? AND who <> '' AND valid = 0",
                (account,),
            )
