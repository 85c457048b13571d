"""The orders of siblings in the tree. What hangs beneath what is the same in all of them."""

from __future__ import annotations

import sqlite3
from enum import Enum

_NEVER = 1 << 62

_BY = {
    "age": "k.created",
    "expiry": f"ifnull(k.expires, {_NEVER})",
    "test": "ifnull((SELECT max(t.at) FROM tests AS t WHERE t.key = k.id), -1)",
}


class Order(Enum):
    """The orders: by name; the oldest first; the next to expire; the longest untested first.

    Signing keys stay before what they sign, and retired keys last.
    """

    NAME = "name"
    AGE = "age"
    EXPIRY = "expiry"
    TEST = "test"

    @property
    def next(self) -> Order:
        """The order that comes after this one, the first after the last."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


def siblings_in(sql: sqlite3.Connection, branch: int, order: Order) -> list[int]:
    """The ids of all keys on a branch, in an order that no index has."""
    rows = sql.execute(
        "SELECT k.id FROM keys AS k WHERE k.branch = ? "  # noqa: S608
        f"ORDER BY substr(k.place, 1, 1), k.signing DESC, {_BY[order.value]}, k.place, k.id",
        (branch,),
    )
    return [key for (key,) in rows]
