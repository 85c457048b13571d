"""The scope of a signing key: a role whose limits all users that it signs have."""

from __future__ import annotations

from typing import Any

from wallet.nats.claims import signing_keys
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.present_claims import present_claims


def scope_of(records: Records, signing_key: KeyRecord) -> dict[str, Any] | None:
    """Look up a signing key's scope in its account's JWT; None for a plain one, or no such key."""
    if not signing_key.signing or signing_key.parent is None:
        return None
    account_claims = present_claims(records, signing_key.parent)
    return signing_keys.scope_of(account_claims, signing_key.public)
