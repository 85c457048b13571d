"""Records of any size for the benchmarks: one operator, its accounts, their users."""

from __future__ import annotations

from tests.vault.many import Cells
from wallet.nats.nkeys import Kind, generate_many
from wallet.vault.records import Records

__all__ = ["USERS_EACH", "Cells", "fill"]

USERS_EACH = {"one account": 10**9, "ten users an account": 10}


def fill(records: Records, keys: int, users_each: int) -> None:
    """Make it hold `keys` keys in all, `users_each` users in each account but the last."""
    (operator,) = records.add_many(generate_many(Kind.OPERATOR, 1), stem="acme")
    left = keys - 1
    accounts = -(-left // (users_each + 1))
    for account in records.add_many(
        generate_many(Kind.ACCOUNT, accounts), stem="tenant", under=operator.id
    ):
        users = min(users_each, left - 1)
        left -= users + 1
        records.add_many(generate_many(Kind.USER, users), stem="device", under=account.id)


def image(keys: int, users_each: int) -> bytes:
    """The SQLite image of such records."""
    records = Records.empty(Cells())
    fill(records, keys, users_each)
    return records.database.serialize()
