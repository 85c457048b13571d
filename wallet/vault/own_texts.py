"""The texts that stand in a vault: none of them is a passphrase for it."""

from __future__ import annotations

from collections.abc import Iterator

from wallet.secrets.known_texts import MAX_KNOWN
from wallet.vault.records import Records

_KEYS = "SELECT name, tags, notes, public FROM keys ORDER BY id DESC"
_SERVERS = "SELECT name, urls FROM profiles"


def own_texts(records: Records) -> Iterator[str]:
    """Names, tags, notes and public keys, the newest first, and servers; so many as are judged."""
    left = MAX_KNOWN
    with records.database.question() as sql:
        for query in (_SERVERS, _KEYS):
            for row in sql.execute(query):
                for text in filter(None, row):
                    yield str(text)
                    left -= len(text)
                if left < 0:
                    return
        yield from records.servers.recent()
