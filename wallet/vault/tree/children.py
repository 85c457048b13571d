"""The numbers of keys beneath one, counted without reading them: an account may have 100,000."""

from __future__ import annotations

from typing import NamedTuple

from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

# Signing keys stand before all others on their branch, those in use and then retired ones.
_SIGNING = """
SELECT count(*) FROM keys WHERE branch = ?1
AND (place >= '0' || char(1) AND place < '0' || char(2)
OR place >= '1' || char(1) AND place < '1' || char(2))
"""
_DEEPER = "SELECT total(b.keys) FROM keys AS k JOIN branches AS b ON b.id = k.id WHERE k.branch = ?"


class Children(NamedTuple):
    """The keys directly beneath one, its signing keys apart, and what is beneath those again."""

    direct: int
    signing: int
    deeper: int


def children_of(records: Records, record: KeyRecord) -> Children:
    """Count what stands beneath a key."""
    with records.database.question() as sql:
        signing = int(sql.execute(_SIGNING, (record.id,)).fetchone()[0])
        deeper = 0
        if record.kind is Kind.OPERATOR:
            deeper = int(sql.execute(_DEEPER, (record.id,)).fetchone()[0])
    return Children(record.children - signing, signing, deeper)
