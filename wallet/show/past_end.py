"""An end that is past already, as a mistyped year makes it, and whom it shuts out."""

from __future__ import annotations

from datetime import UTC, datetime

from wallet.nats.nkeys import Kind
from wallet.vault.key_record import KeyRecord
from wallet.when import to_the_second

_SHUT_OUT = {
    Kind.OPERATOR: "It has expired. nats-server does not look at that: users are let in as before.",
    Kind.ACCOUNT: "It has expired: servers let none of its users in once they have its JWT.",
    Kind.USER: "It has expired: servers refuse it.",
}


def past_end(record: KeyRecord, ends: datetime | None = None) -> str:
    """Say that the JWT of a key ends in the past, or would with this end in the place of its own.

    Nothing where it does not.
    """
    ends = ends or record.expires
    if ends is None or ends > datetime.now(UTC) or record.kind not in _SHUT_OUT:
        return ""
    return f"Its end lies in the past, {to_the_second(ends)}. {_SHUT_OUT[record.kind]}"
