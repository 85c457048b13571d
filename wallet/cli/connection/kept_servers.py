"""The servers that are kept, for a command that names none."""

from __future__ import annotations

from argparse import Namespace

from wallet.cli.named_files import passphrase_file
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError, WalletError

NO_SERVER = "Name the servers: --server URL, or the name of one that is kept."
_NAMED = 5  # at most


def require_server(arguments: Namespace, question: str) -> None:
    """Raise `UsageError` with `question` where no server is named, and name those that are kept.

    Nobody types a passphrase for that alone: then the command that lists them is named.
    """
    if arguments.server:
        return
    error = UsageError(question)
    error.on_command_line = "`nkey-wallet servers` lists those that are kept."
    if passphrase_file(arguments) is not None:
        try:
            with unlock(arguments) as vault:
                names = [profile.name for profile in vault.records.servers.profiles()]
        except WalletError:  # the command is not understood, whatever the vault is
            raise error from None
        kept = ", ".join(f"--server {name}" for name in names[:_NAMED])
        error.on_command_line = f"Kept are: {kept}." if names else ""
    raise error
