"""The vault: one encrypted file, its bytes, its records and its changes."""
