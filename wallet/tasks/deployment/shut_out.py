"""The servers that pushes and tests saw shut revoked users out: for all who tell it."""

from __future__ import annotations

from datetime import datetime

from wallet.nats.claims.revocations import revoked_as
from wallet.nats.config.writer import HOW_ACCOUNTS_ARRIVE
from wallet.shell import joined
from wallet.tasks.deployment.ways_there import ways_there
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.when import to_the_second

_NAMED = 5  # servers


def shut_out_at(records: Records, user: KeyRecord) -> dict[str, datetime]:
    """The servers, by address, that were seen to have the revocation of a user, each with when that
    was last; none for a user that is not revoked.

    A server can be given another JWT of the account at any time: that it still has it is not known.
    """
    if not user.revoked or user.parent is None:
        return {}
    account, own = records.tokens.claims(user.parent), records.tokens.claims(user.id)
    if account is None or own is None:
        return {}
    who = revoked_as(account.nats, user.public, own.issued)
    return {} if who is None else records.deliveries.shut_out(user.parent, who, user.public)


def standing(records: Records, user: KeyRecord) -> str:
    """Say how far a revocation has come: what servers were seen to have it, or how to prove it."""
    if user.unproved and user.parent is not None:
        account = records.get(user.parent)
        pushes = ways_there(records, [account.public])
        how = joined(pushes) if pushes else HOW_ACCOUNTS_ARRIVE
        return "That servers refuse it is not proved: " + how + "."
    seen = sorted(shut_out_at(records, user).items())
    return " ".join(f"{server} {sight_of(at)}." for server, at in seen[:_NAMED])


def sight_of(seen: datetime) -> str:
    """Say of a server when it was seen to have a revocation."""
    return f"was seen on {to_the_second(seen)} to have that revocation"
