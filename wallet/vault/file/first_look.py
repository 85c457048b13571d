"""A look at a vault's file before any passphrase: what its header names, which proves nothing.

It loads no tables, so that the app can show at once what an opening will ask for.
"""

from __future__ import annotations

from pathlib import Path

from wallet.system.disk import files
from wallet.vault.file.container import HEADER, Header


def header_at(real: Path) -> Header:
    """The header of a vault that looks sound without its passphrase."""
    with files.reading(real) as file:
        return Header.parse(file.read(HEADER), file.size)
