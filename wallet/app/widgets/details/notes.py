"""The tab of a key's tags and notes."""

from __future__ import annotations

from textual.content import Content

from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def notes(record: KeyRecord, _records: Records) -> Content:
    """Show the tags and notes, and the key that changes them."""
    tags = " ".join(f"#{plain(tag, 64)}" for tag in record.tags) or "no tags"
    lines = "\n".join(plain(line, 1000) for line in record.notes.splitlines()) or "No notes."
    return Content.assemble((tags, "bold"), "\n\n", lines, "\n\n‹notes› changes them.")
