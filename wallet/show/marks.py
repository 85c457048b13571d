"""The two marks of what is open between the vault and servers, in words."""

from __future__ import annotations

from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord

UNWRITTEN, UNPROVED = "↑", "?"


def words_of(record: KeyRecord) -> list[str]:
    """Explain the signs of a key and say what to do, a sentence for each."""
    words = []
    if record.unwritten:
        what = "its creds" if record.kind is Kind.USER else "it"
        words.append(f"{UNWRITTEN} not written since it changed: export {what}")
    if record.unproved and record.kind is Kind.ACCOUNT:
        words.append(f"{UNPROVED} not proved on servers: push it")
    elif record.unproved:
        words.append(f"{UNPROVED} not proved to be refused: push its account")
    return words
