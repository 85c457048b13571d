"""Settings that a person chose and the vault keeps: a name and a value each."""

from __future__ import annotations

from wallet.vault.db.database import Database

COPIED_AT = "copied-at"
"""The setting with the time of the vault's last copy at another place, seconds since 1970."""


class Settings:
    """The settings in a vault."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str, default: str) -> str:
        """A setting's value, or `default` when it was never set."""
        with self._database.question() as sql:
            row = sql.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
            return default if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        """Keep a setting."""
        with self._database.change() as sql:
            sql.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
