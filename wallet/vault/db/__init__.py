"""The vault's tables, in a SQLite image in memory."""
