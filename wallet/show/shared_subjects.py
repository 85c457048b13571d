"""Rows for what an account exports, imports and maps, and the word on its new JWT."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wallet.nats.claims.content import few
from wallet.nats.claims.export_form import EXPORT_FIELDS, IMPORT_FIELDS, described
from wallet.nats.claims.shared_subjects import is_private
from wallet.tasks.sharing.account_links import ListedExport, ListedImport, activation_of
from wallet.text import without_seeds
from wallet.when import exactly, here_too

Entry = Mapping[str, Any]


def export_row(listed: ListedExport) -> tuple[str, ...]:
    """An export as columns: number, kind, subject, for whom it is, and what else is to be said."""
    entry = listed.entry
    phrases = described([field for field in EXPORT_FIELDS if field.id != "private"], entry)
    if listed.revoked:
        whom = [f"{who or 'all'} until {here_too(exactly(at))}" for who, at in listed.revoked]
        phrases.append(f"activations taken back: {few(whom)}")
    if listed.importers:
        phrases.append(f"imported by {few(listed.importers)}")
    return (*_first(listed.number, entry), _for_whom(entry), safe("; ".join(phrases), 600))


def _for_whom(export: Entry) -> str:
    if export.get("account_token_position"):
        return "own key"
    return "private" if is_private(export) else "public"


def import_row(listed: ListedImport) -> tuple[str, ...]:
    """An import as columns: number, kind, subject, from whom, and what else is to be said."""
    entry = listed.entry
    phrases = described(IMPORT_FIELDS, entry)
    if listed.expires is not None:
        phrases.append(f"activated until {here_too(exactly(listed.expires))}")
    elif activation_of(entry) is not None:
        phrases.append("activated")
    if listed.problem:
        phrases.append(f"! {listed.problem}")
    exporter = safe(listed.exporter) or "nobody"
    return (*_first(listed.number, entry), f"from {exporter}", safe("; ".join(phrases), 600))


def mapping_rows(source: str, destinations: Sequence[Entry]) -> list[tuple[str, ...]]:
    """A mapping as columns, a row for each destination: part, source, destination and cluster."""
    return [
        (
            f"{safe(str(one.get('weight') or 100))} %",
            safe(source),
            f"→ {safe(str(one.get('subject')))}",
            f"in the cluster {safe(str(one['cluster']))}" if one.get("cluster") else "",
        )
        for one in destinations
    ]


def signed_anew(accounts: Iterable[str]) -> str:
    """Name the accounts that were signed anew, by their paths, which servers do not know yet."""
    paths = list(accounts)
    if not paths:
        return "Nothing was to be changed."
    if len(paths) == 1:
        return f"{paths[0]} has a new JWT. Servers go by the old one until they have it."
    return f"{' and '.join(paths)} have new JWTs. Servers go by the old ones until they have them."


def safe(text: str, limit: int = 200) -> str:
    """Somebody else's text as it may be shown."""
    return without_seeds(text, limit)


def _first(number: int, entry: Entry) -> tuple[str, str, str]:
    kind, subject = str(entry.get("type") or "?"), str(entry.get("subject") or "?")
    return str(number), safe(kind, 10), safe(subject)
