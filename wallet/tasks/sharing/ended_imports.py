"""The imports in other accounts that end when the account they are from is deleted or moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wallet.nats.claims import content as fields
from wallet.nats.claims.shared_subjects import IMPORTS, entries, words
from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def by_deleting(records: Records, keys: Iterable[KeyRecord]) -> str:
    """Name, in a sentence, the imports that end when keys are deleted; empty for none."""
    going = {account.public for key in keys for account in _accounts(records, key)}
    named = [text for _, text in _imports_from(records, going)]
    return f"These imports in other accounts end by that: {fields.few(named)}." if named else ""


def by_moving(records: Records, key: KeyRecord, under: int | None) -> str:
    """Name, in a sentence, the imports that end when a key is moved there; empty for none.

    A server that trusts one operator knows no accounts of another.
    """
    if key.parent == under:
        return ""
    going = {account.public for account in _accounts(records, key)}
    named = [
        text
        for importer, text in _imports_from(records, going)
        if under is None or importer.parent != under
    ]
    if not named:
        return ""
    where = "" if under is None else " on servers that do not trust both operators"
    return f"These imports of it in other accounts end{where}: {fields.few(named)}."


def _accounts(records: Records, key: KeyRecord) -> list[KeyRecord]:
    """The accounts that go with a key: itself, or those of an operator."""
    if key.signing:
        return []
    if key.kind is Kind.OPERATOR:
        return list(records.beneath(key.id))
    return [key] if key.kind is Kind.ACCOUNT else []


def _imports_from(records: Records, going: set[str]) -> Iterator[tuple[KeyRecord, str]]:
    """The imports from accounts in the others, each with the account that has it, in words."""
    for importer, claims in records.tokens.of_accounts() if going else ():
        account = records.get(importer)
        if account.public not in going:
            for one in entries(claims.nats, IMPORTS):
                if one.get("account") in going:
                    yield account, f"{words(one)} in {account.path}"
