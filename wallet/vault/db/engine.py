"""Whether this machine's SQLite can hold a vault, asked before any vault is blamed for it."""

from __future__ import annotations

import sqlite3

from wallet.errors import MachineCannotError

NEEDED = (3, 37, 0)
"""The first with STRICT tables. Source: sqlite.org/stricttables.html."""


def require() -> None:
    """Raise `MachineCannotError` where Python has an SQLite that cannot read our tables."""
    if sqlite3.sqlite_version_info < NEEDED:
        raise MachineCannotError(
            f"This Python has SQLite {sqlite3.sqlite_version}, and a vault needs "
            f"{'.'.join(map(str, NEEDED[:2]))} or newer. The vault and its backups are untouched, "
            "and nothing is wrong with them. Use a Python that brings a newer SQLite: from your "
            "system's newer packages, from uv or pyenv, or a container."
        )
    if not hasattr(sqlite3.Connection, "deserialize"):
        raise MachineCannotError(
            "This Python was built with an SQLite that cannot open a database in memory "
            "(deserialize). The vault and its backups are untouched, and nothing is wrong with "
            "them. Use another build of Python."
        )
