"""The JWTs that a vault keeps with its keys, and what the tree shows of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from wallet.errors import JwtError, StateRefusesError, UsageError
from wallet.nats import jwt
from wallet.nats.claims import union
from wallet.nats.claims.revocations import (
    EVERYBODY,
    Revocations,
    all_revocations,
    revocations,
    revoked_as,
    united,
    without_place,
)
from wallet.nats.claims.signing_keys import signing_keys
from wallet.nats.jwt import Claims
from wallet.nats.jwt_layout import go_json
from wallet.nats.nkeys import Kind
from wallet.vault.db import rows
from wallet.vault.db.database import Database
from wallet.vault.db.image import invalid
from wallet.vault.db.parts.deliveries import Deliveries
from wallet.vault.db.parts.merge import Merges
from wallet.vault.db.parts.removed_exports import RemovedExports
from wallet.vault.key_record import KeyRecord, joined_tags

_LAST = 253_402_300_799  # the end of the year 9999; what expires later has no end here


class Tokens:
    """The JWTs of keys, and what stands in for them where nobody signs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.deliveries = Deliveries(database)
        self.merges = Merges(database)
        self.removed_exports = RemovedExports(database)

    def get(self, key_id: int) -> str | None:
        """The JWT in force for a key, None where it has none."""
        with self._database.question() as sql:
            row = sql.execute("SELECT jwt FROM tokens WHERE key = ?", (key_id,)).fetchone()
            return None if row is None else str(row[0])

    def claims(self, key_id: int) -> Claims | None:
        """The claims of a key's JWT, None where it has none."""
        token = self.get(key_id)
        try:
            return None if token is None else jwt.parse(token)
        except JwtError as error:
            raise invalid() from error

    def of_accounts(self) -> Iterator[tuple[int, Claims]]:
        """Every account that has a JWT, by its id, with the claims of that."""
        with self._database.question() as sql:
            tokens = sql.execute(
                "SELECT key, jwt FROM tokens JOIN keys ON keys.id = tokens.key "
                "WHERE kind = 'account' AND NOT signing ORDER BY key"
            ).fetchall()
        for key_id, token in tokens:
            try:
                yield key_id, jwt.parse(str(token))
            except JwtError as error:
                raise invalid() from error

    def revoked(self, account: int) -> Revocations:
        """All that an account revokes: what its JWT says, what it said in exports that it may have
        again, and what nobody could sign when two vaults were joined."""
        with self._database.question() as sql:
            public = rows.select_one(sql, account).public
        own = self.claims(account)
        missing = union.by_place(self.merges.missing(account))
        beside = united(self.removed_exports.of(public), missing)
        return united(all_revocations(own.nats), beside) if own else beside

    def set(self, key_id: int, token: str | None, *, signed: bool = False) -> None:
        """Keep this JWT as the one in force, or none. Its tags become the key's too.

        `signed`: it was signed here just now, and is nowhere else yet.
        Raises `JwtError` when its signature is wrong, and `UsageError` when it is about another
        key, or the key is a signing key: those stand in their owner's JWT.
        """
        with self._database.change() as sql:
            record = rows.select_one(sql, key_id)
            if token is None:
                self._note_removed_exports(record, {})
                sql.execute("DELETE FROM tokens WHERE key = ?", (key_id,))
                self._note(sql, record, None)
                return
            claims = jwt.decode(token)
            if claims.subject != record.public:
                raise StateRefusesError(
                    f"That JWT is about {claims.subject}, not about {record.path}, "
                    f"{record.public}. Give it to the key that it is about."
                )
            if record.signing:
                raise StateRefusesError(
                    f"{record.path} is a signing key; it has no JWT of its own."
                )
            self._note_change(record, claims, signed=signed)
            self._note_removed_exports(record, claims.nats)
            sql.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?)", (key_id, claims.token))
            self._note(sql, record, claims)
            if (tags := joined_tags(record.tags, claims.tags)) != record.tags:
                sql.execute("UPDATE keys SET tags = ? WHERE id = ?", (" ".join(tags), key_id))
                rows.reindex(sql, key_id)

    def _note_change(self, record: KeyRecord, claims: Claims, *, signed: bool) -> None:
        """Note what a JWT in place of the one before leaves open: where it has to be brought."""
        before = self.get(record.id)
        if before == claims.token or (before is None and not signed):
            return
        if record.kind is Kind.ACCOUNT:
            own = self.claims(record.id)
            then = revocations(own.nats) if own else {}
            anew = [w for w, at in revocations(claims.nats).items() if at > then.get(w, -1)]
            self.deliveries.note_change(record.id, anew, written=not signed)
            if own is not None:
                self._void_proofs(record, own.nats, claims.nats, anew)
            self.merges.settle(record.id, union.all_revocations(claims))
        elif signed and (before is not None or record.kind is Kind.OPERATOR):
            self.deliveries.note_change(record.id, (), written=False)

    def _void_proofs(
        self,
        account: KeyRecord,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        revoked: list[str],
    ) -> None:
        """Void what is proved of rotations whose old key an account's JWT takes out once more."""
        from wallet.vault.db.parts.rotations import Rotations  # only changes need them

        gone = {*revoked, *signing_keys(before)} - {*signing_keys(after)}
        if EVERYBODY in gone:
            gone.add(account.public)
            with self._database.question() as sql:
                users = "SELECT public FROM keys WHERE parent = ? AND kind = 'user'"
                gone.update(public for (public,) in sql.execute(users, (account.id,)))
        if gone:
            Rotations(self._database).void_proofs(*gone)

    def _note_removed_exports(self, record: KeyRecord, nats: Mapping[str, Any]) -> None:
        """Note what an account revokes in exports that it has no more once it says this."""
        own = self.claims(record.id) if record.kind is Kind.ACCOUNT else None
        if own is not None:
            gone = without_place(nats, all_revocations(own.nats))
            self.removed_exports.note(record.public, gone)

    def unsigned(self, key_id: int) -> dict[str, Any]:
        """The `nats` fields of a user without a JWT: its rights; empty when it may do anything."""
        with self._database.question() as sql:
            row = sql.execute("SELECT nats FROM unsigned WHERE key = ?", (key_id,)).fetchone()
            try:
                rights = {} if row is None else json.loads(row[0])
            except ValueError as error:
                raise invalid() from error
            if not isinstance(rights, dict):
                raise invalid()
            return rights

    def set_unsigned(self, key_id: int, nats: dict[str, Any]) -> None:
        """Keep what a user may do in place of a JWT. Raises `UsageError` for any other key."""
        with self._database.change() as sql:
            record = rows.select_one(sql, key_id)
            if record.kind is not Kind.USER:
                raise UsageError(f"Only users have permissions; {record.path} is none.")
            sql.execute("DELETE FROM unsigned WHERE key = ?", (key_id,))
            if nats:
                text = go_json(nats).decode("utf-8")
                sql.execute("INSERT INTO unsigned VALUES (?, ?)", (key_id, text))

    def _note(self, sql: sqlite3.Connection, record: KeyRecord, claims: Claims | None) -> None:
        """Write down with the key what the tree shows of its JWT."""
        expires = None if claims is None else expiry(claims)
        sql.execute("UPDATE keys SET expires = ? WHERE id = ?", (expires, record.id))
        if record.kind is Kind.ACCOUNT:
            self._note_revoked(sql, record.id, claims)
        else:
            account = None if record.parent is None else self.claims(record.parent)
            revoked = claims is not None and account is not None and is_revoked(account, claims)
            sql.execute("UPDATE keys SET revoked = ? WHERE id = ?", (revoked, record.id))
        rows.reindex(sql, record.id)

    def _note_revoked(self, sql: sqlite3.Connection, account: int, claims: Claims | None) -> None:
        """Mark the users that an account revokes, and no others."""
        named = revocations(claims.nats) if claims else {}
        where, values = "1", list[str]()
        if EVERYBODY not in named and len(named) <= rows.MOST_VALUES:
            where = f"revoked = 1 OR public IN ({','.join('?' * len(named))})"
            values = list(named)
        users = sql.execute(
            "SELECT id, revoked FROM keys WHERE branch = ? AND kind = 'user' "  # noqa: S608
            f"AND ({where})",
            (account, *values),
        ).fetchall()
        for user, before in users:
            own = self.claims(user)
            now = claims is not None and own is not None and is_revoked(claims, own)
            if now is not bool(before):
                sql.execute("UPDATE keys SET revoked = ? WHERE id = ?", (now, user))
                rows.reindex(sql, user)


def is_revoked(account: Claims, user: Claims) -> bool:
    """Whether the account takes back this JWT of a user."""
    return revoked_as(account.nats, user.subject, user.issued) is not None


def expiry(claims: Claims) -> int | None:
    """Give the end of a JWT as the tree keeps it."""
    if claims.expires is None or claims.expires > _LAST:
        return None
    return claims.expires
