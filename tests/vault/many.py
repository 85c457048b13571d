"""Records of any size, made in a moment: the public keys are only as long as real ones."""

from __future__ import annotations

import os

from wallet.nats.nkeys import PublicKey, Seed
from wallet.vault.key_record import place
from wallet.vault.records import Records

_NUMBERS = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) "

_ACCOUNTS = (
    _NUMBERS
    + """
INSERT INTO keys (public, kind, parent, branch, name, place, created, marks)
SELECT printf('A%055d', i), 'account', 1, 1, 'tenant-' || i, place('tenant-' || i, 'active'),
    1700000000, char(1) || 'A' || char(2) || 'A' || char(3) || 'N' || char(10)
FROM n
"""
)

_USERS = (
    _NUMBERS
    + """
INSERT INTO keys (public, kind, parent, branch, name, place, created, marks)
SELECT printf('U%055d', i), 'user', parent, parent, name, place(name, 'active'),
    1700000000, char(1) || 'U' || char(2) || 'A' || char(3) || 'N' || char(10)
FROM (SELECT i, 2 + (i - 1) % ? AS parent, 'device-' || i AS name FROM n)
"""
)


class Cells:
    """Instead of a seed box: cells of the right length, with nothing in them."""

    def seal(self, seed: Seed) -> bytes:
        """72 bytes."""
        return os.urandom(72)

    def open(self, cell: bytes, public: PublicKey) -> Seed:
        """Never: there is none."""
        raise NotImplementedError


def many(users: int, accounts: int = 1) -> Records:
    """An operator `acme`, accounts `tenant-1`…, and users `device-1`… dealt out to them."""
    records = Records.empty(Cells())
    with records.database.question() as sql:
        sql.create_function("place", 2, place, deterministic=True)
        sql.execute(
            "INSERT INTO keys (public, kind, branch, name, place, created, marks) "
            "VALUES (?, 'operator', 0, 'acme', '0acme', 1700000000, ?)",
            ("O" + "A" * 55, "\x01O\x02A\x03N\n"),
        )
        sql.execute(_ACCOUNTS, (accounts,))
        sql.set_progress_handler(None, 0)  # the records' own budget is for smaller changes
        sql.execute(_USERS, (users, accounts))
        sql.create_function("place", 2, None)
    return Records.load(records.database.serialize(), Cells())
