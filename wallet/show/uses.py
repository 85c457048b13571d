"""The keys that use a key: beneath it, and in other accounts what it exports."""

from __future__ import annotations

from collections.abc import Iterator

from wallet.nats.claims.content import few
from wallet.nats.claims.shared_subjects import EXPORTS, IMPORTS, Entry, entries, is_private, words
from wallet.nats.jwt import Claims
from wallet.nats.nkeys import Kind
from wallet.tasks.sharing.account_links import is_of
from wallet.text import plain, without_seeds
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.tree.children import children_of

_SHOWN = 4  # exports, and imports
_LOOKED_THROUGH = 200  # accounts: parsing more is felt while the cursor moves


def beneath(records: Records, record: KeyRecord) -> str:
    """Say how many keys stand beneath one, and of which kinds; empty where none does."""
    if not record.children:
        return ""
    direct, signing, deeper = children_of(records, record)
    what = "account" if record.kind is Kind.OPERATOR else "user"
    counts = [_counted(direct, what), _counted(signing, "signing key")]
    text = ", ".join(filter(None, counts))
    return f"{text}, and {_counted(deeper, 'key')} beneath those" if deeper else text


def shares(records: Records, account: KeyRecord, claims: Claims) -> Iterator[tuple[str, str]]:
    """The exports of an account, and who imports them here; its imports, and from whom."""
    exports = entries(claims.nats, EXPORTS)
    importers = _importers(records, account, exports) if exports else None
    for place, one in enumerate(exports[:_SHOWN]):
        private = ", private" if is_private(one) else ""
        used = "" if importers is None else f" → {few(importers[place]) or 'nobody here'}"
        yield "Exports" * (not place), f"{_called(one)}{private}{used}"
    if more := exports[_SHOWN:]:
        yield "", f"and {len(more):,} more: s lists them"
    imports = entries(claims.nats, IMPORTS)
    for place, one in enumerate(imports[:_SHOWN]):
        exporter = str(one.get("account") or "")
        known = records.by_public(exporter)
        whose = plain(known.path, 120) if known else without_seeds(exporter, 60)
        yield "Imports" * (not place), f"{_called(one)} from {whose}"
    if more := imports[_SHOWN:]:
        yield "", f"and {len(more):,} more: s lists them"


def _called(entry: Entry) -> str:
    return without_seeds(words(entry), 80)


def _importers(
    records: Records, account: KeyRecord, exports: list[Entry]
) -> list[list[str]] | None:
    """The accounts beneath the same operator that import each export; None where there are many."""
    if account.parent is None or records.get(account.parent).children > _LOOKED_THROUGH:
        return None
    importers: list[list[str]] = [[] for _ in exports]
    for other in records.beneath(account.parent):
        of_other = records.tokens.claims(other.id) if other.has_jwt else None
        for one in entries(of_other.nats, IMPORTS) if of_other else ():
            for place, export in enumerate(exports):
                meant = one.get("account") == account.public and is_of(one, export)
                if meant and other.path not in importers[place]:
                    importers[place].append(plain(other.path, 120))
    return importers


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else ""
