"""The next step on the way of a new account to servers, while no server is known here yet."""

from __future__ import annotations

from collections.abc import Iterable

from wallet.errors import UsageError
from wallet.tasks.deployment.system_account import system_account
from wallet.text import plain
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records


def any_server_known(records: Records) -> bool:
    """Whether a server has a profile, was tested, or has had an account of the vault."""
    servers, deliveries = records.servers, records.deliveries
    return (
        bool(servers.profiles() or servers.recent())
        or deliveries.known_servers.any()
        or deliveries.any_arrived()
    )


def first_step(records: Records, accounts: Iterable[KeyRecord]) -> str:
    """Say what to do next, with the first of these accounts that lacks something.

    One that has left its operator has no JWT that servers could get, and waits for nothing.
    """
    steps = [
        _step_of(records, records.get(account.parent), account)
        for account in accounts
        if account.parent is not None
    ]
    return min(steps, default=(0, ""), key=lambda step: step[0])[1]


def _step_of(records: Records, operator: KeyRecord, account: KeyRecord) -> tuple[int, str]:
    """The step that an account waits for, its number in the order of steps before it."""
    name, trusted = plain(account.path, 120), plain(operator.path, 120)
    if _is_to_be_system(records, operator, account):
        return 0, f"Next: ‹claims› on {trusted} makes {name} its system account, no user needed."
    has_users = records.beneath(account.id, most=1)
    if not has_users and not _is_system(records, operator, account):
        return 0, f"Next: ‹new› on {name} makes a user in it."
    if account.unwritten or operator.unwritten:
        return (
            1,
            f"Next: ‹export› on {trusted} writes the configuration of a server that trusts it.",
        )
    return 2, f"Next: start a server with what {trusted} has exported; ‹test› on a user asks it."


def _is_to_be_system(records: Records, operator: KeyRecord, account: KeyRecord) -> bool:
    """Whether an account is called as system accounts are, and its operator names none yet."""
    if account.name.upper().lstrip("$") != "SYS":
        return False
    claims = records.tokens.claims(operator.id)
    return not (claims and claims.nats.get("system_account"))


def _is_system(records: Records, operator: KeyRecord, account: KeyRecord) -> bool:
    try:
        return system_account(records, operator).id == account.id
    except UsageError:
        return False
