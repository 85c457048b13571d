"""The files that flags and variables name: the vault, and those that hold what opens it.

Nothing is opened here, and no vault loaded: the app asks for these before it paints.
"""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from wallet.system.disk import paths
from wallet.vault.db import engine

VARIABLE = "NKEY_WALLET_PASSPHRASE_FILE"
KEY_FILE_VARIABLE = "NKEY_WALLET_KEY_FILE"


def path_of(arguments: Namespace) -> Path:
    """The vault named by `--vault`, by `NKEY_WALLET_VAULT`, or the platform's own."""
    engine.require()  # before any vault is blamed, and any passphrase typed
    named = getattr(arguments, "vault", None)
    return paths.given(named) if named else paths.default_vault()


def passphrase_file(arguments: Namespace) -> str | None:
    """The file named by `--passphrase-file` or `NKEY_WALLET_PASSPHRASE_FILE`; `-` is stdin."""
    named = getattr(arguments, "passphrase_file", None) or os.environ.get(VARIABLE)
    return str(paths.given(named)) if named else None


def recovery_code_file(arguments: Namespace) -> str | None:
    """The file named by `--recovery-code-file`; `-` is stdin."""
    named: str | None = getattr(arguments, "recovery_code_file", None)
    return named


def key_file_name(arguments: Namespace) -> Path | None:
    """The path of the key file that `--key-file` or `NKEY_WALLET_KEY_FILE` names."""
    named = getattr(arguments, "key_file", None) or os.environ.get(KEY_FILE_VARIABLE)
    return paths.given(named) if named else None


def uses_stdin(arguments: Namespace) -> bool:
    """Whether the passphrase or the recovery code is to come from standard input."""
    return "-" in (passphrase_file(arguments), recovery_code_file(arguments))


def accepted(arguments: Namespace) -> dict[str, bool]:
    """Give `--accept-older` and `--accept-damaged` as `Vault.unlock` takes them."""
    return {name: getattr(arguments, name, False) for name in ("accept_older", "accept_damaged")}
