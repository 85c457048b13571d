"""An account that lets nobody in: its JWT says so, and what it allowed before is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallet.nats.claims.revocations import EVERYBODY, revocations
from wallet.nats.jwt_layout import UNLIMITED
from wallet.vault.db.parts.rotations import ShutAccount
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

if TYPE_CHECKING:
    from wallet.vault.signing.issuance import Issuing

_CONNECTIONS = ("conn", "leaf")  # the limits by which servers let nobody in, each 0


def is_shut(records: Records, account: KeyRecord) -> bool:
    """Whether an account's JWT lets nobody in, as `shut_account` has it."""
    claims = records.tokens.claims(account.id)
    limits = None if claims is None else claims.nats.get("limits")
    return isinstance(limits, dict) and not any(limits.get(name) for name in _CONNECTIONS)


def shut_account(issuing: Issuing, account_id: int) -> None:
    """Let nobody into an account, whoever signs users of it.

    To revoke everybody is not enough: a seed that leaked signs users with later times. What
    servers refuse in its claims is no hindrance.
    """
    account, nats = issuing.records.get(account_id), issuing.claims(account_id)
    limits, revoked = nats.get("limits") or {}, revocations(nats)
    before = {name: limits[name] for name in _CONNECTIONS if name in limits}
    was = ShutAccount(before, revoked.get(EVERYBODY, -1))
    issuing.records.rotations.note_shut(account.public, was)
    nats["limits"] = {**limits, **dict.fromkeys(_CONNECTIONS, 0)}
    nats["revocations"] = {**revoked, EVERYBODY: max(issuing.now, was.everybody)}
    issuing.signing.say(account, nats, despite=True)


def open_account(issuing: Issuing, account_id: int) -> None:
    """Let an account that was shut have as many connections as it had before."""
    account, nats = issuing.records.get(account_id), issuing.claims(account_id)
    before = issuing.records.rotations.shut(account.public)
    limits = {n: v for n, v in (nats.get("limits") or {}).items() if n not in _CONNECTIONS}
    opened = dict.fromkeys(_CONNECTIONS, UNLIMITED) if before is None else before.limits
    nats["limits"] = {**limits, **opened}
    issuing.signing.say(account, nats, despite=True)
    if before is None:
        issuing.signing.tell(
            account, "How many connections it allowed before is not known: any number."
        )
