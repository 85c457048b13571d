"""Joining the marks of JWTs that are not where they have to be: what is open in one stays open."""

from __future__ import annotations

from wallet.vault.copies.merge.sides import JoinedTables, Row


def join_deliveries(tables: JoinedTables) -> None:
    """Leave open what is open in either, and each JWT that is not the one that both had.

    Servers may hold the other one. What was seen of the same JWT counts for both, the later of two.
    """
    ids = tables.key_ids()
    now = dict(
        tables.ours.execute(
            "SELECT k.public, t.jwt FROM tokens AS t JOIN keys AS k ON k.id = t.key"
        ).fetchall()
    )
    kinds = dict(tables.ours.execute("SELECT public, kind FROM keys").fetchall())
    marks = _Marks(tables)
    for public, token in now.items():
        sides = [of.get(public) for of in (tables.our_tokens, tables.their_tokens)]
        known = [side for side in sides if side is not None]
        if kinds[public] == "account":
            same = bool(known) and all(side == token for side in known)
            marks.join_account(public, ids[public], same=same)
        elif public in marks.theirs:
            marks.open(ids[public], *marks.theirs[public])


class _Marks:
    """The marks of both about what is not where it has to be, by public key."""

    def __init__(self, tables: JoinedTables) -> None:
        self._sql = tables.ours
        ours, theirs, _ = tables.rows(
            "SELECT k.public, d.changed, d.written FROM deliveries AS d JOIN keys AS k "
            "ON k.id = d.key"
        )
        self.ours, self.theirs = (
            {public: (changed, written) for public, changed, written in rows}
            for rows in (ours, theirs)
        )
        self.revoked = _by_first(
            tables.rows(
                "SELECT k.public, o.who FROM open_revocations AS o JOIN keys AS k "
                "ON k.id = o.account"
            )
        )
        self.proofs = _by_first(
            tables.rows(
                "SELECT k.public, p.who, p.server, p.at, p.valid FROM delivery_proofs AS p "
                "JOIN keys AS k ON k.id = p.account"
            )
        )

    def open(self, key: int, changed: int, written: int) -> None:
        """Mark a key's JWT as open; `written` only where it is in both."""
        self._sql.execute(
            "INSERT INTO deliveries VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "changed = max(changed, excluded.changed), written = min(written, excluded.written)",
            (key, changed, written),
        )

    def join_account(self, public: str, key: int, *, same: bool) -> None:
        """Join the marks of an account, whose JWT is the `same` in both or not."""
        marks = [of[public] for of in (self.ours, self.theirs) if public in of]
        if not same:
            latest_change = max((changed for changed, _ in marks), default=0)
            marks.append((latest_change, 0))
        for changed, written in marks:
            self.open(key, changed, written)
        for (who,) in self.revoked.get(public, ()):
            self._sql.execute("INSERT OR IGNORE INTO open_revocations VALUES (?, ?)", (key, who))
        latest: dict[tuple[str, str], tuple[int, int]] = {}
        for who, server, at, valid in self.proofs.get(public, ()):
            seen = (at, -valid)
            latest[who, server] = max(seen, latest.get((who, server), seen))
        self._sql.execute("DELETE FROM delivery_proofs WHERE account = ?", (key,))
        self._sql.executemany(
            "INSERT INTO delivery_proofs VALUES (?, ?, ?, ?, ?)",
            (
                (key, who, server, at, -valid if same else 0)
                for (who, server), (at, valid) in latest.items()
                if same or not who
            ),
        )


def _by_first(rows: tuple[list[Row], list[Row], list[Row]]) -> dict[str, set[Row]]:
    """The rows of ours and theirs by their first column, each once."""
    joined: dict[str, set[Row]] = {}
    for first, *rest in (*rows[0], *rows[1]):
        joined.setdefault(first, set()).add(tuple(rest))
    return joined
