"""The claims of a key as they are now: those of its JWT, or those that it would have."""

from __future__ import annotations

from typing import Any

from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind
from wallet.vault.records import Records


def present_claims(records: Records, key_id: int) -> dict[str, Any]:
    """The `nats` fields that a key's JWT has, or would have, without type and version."""
    record = records.get(key_id)
    own = records.tokens.claims(key_id)
    if own is None:
        if record.kind is Kind.USER:
            return records.tokens.unsigned(key_id)
        return fields.starting(record.kind)
    if own.version == 1:  # arranged otherwise; what it says is not taken over blindly
        return fields.starting(record.kind)
    return {name: value for name, value in own.nats.items() if name not in {"type", "version"}}
