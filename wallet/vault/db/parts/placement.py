"""The places that a key may take in the tree: beneath which parent, under which name."""

from __future__ import annotations

import sqlite3

from wallet.errors import StateRefusesError, UsageError
from wallet.nats.nkeys import Kind
from wallet.text import an
from wallet.vault.db import rows
from wallet.vault.key_record import PARENTS, KeyRecord


def parent_for(
    sql: sqlite3.Connection, kind: Kind, under: int | None, *, signing: bool = False
) -> KeyRecord | None:
    """The key with id `under`, when one of that kind may hang beneath it. Raises `UsageError`."""
    if signing and (under is None or kind not in PARENTS.values()):
        raise UsageError("A signing key is an operator or account key, and goes under its own.")
    if under is None:
        return None
    wanted = kind if signing else PARENTS.get(kind)
    if wanted is None:
        raise UsageError(f"A key of kind {kind.value} hangs under no other; it stands alone.")
    parent = rows.select_one(sql, under)
    if parent.signing:
        raise UsageError(f"{parent.path} is a signing key; nothing hangs beneath it.")
    if parent.kind is not wanted:
        raise UsageError(
            f"A key of kind {kind.value} goes under {an(wanted.value)}; "
            f"{parent.path} is of kind {parent.kind.value}."
        )
    return parent


def checked_parent(parent: KeyRecord) -> KeyRecord:
    """The key itself, where keys may hang beneath it. Raises `UsageError`."""
    if parent.kind not in PARENTS.values() or parent.signing:
        kind = "signing" if parent.signing else parent.kind.value
        raise UsageError(f"{parent.path} is {an(kind)} key: no key goes under it.")
    return parent


def require_free(sql: sqlite3.Connection, name: str, under: int | None) -> None:
    """Raise `UsageError` when another key there is called so."""
    if not rows.is_free(sql, name, under):
        where = "there" if under is not None else "at the top"
        raise StateRefusesError(
            f"Another key {where} is already called {name}. Choose another name."
        )
