"""`backup`: a copy of the vault to keep, read back whole."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import FILE
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.tasks.health.copies_elsewhere import copy_vault

EXAMPLES = [
    "nkey-wallet backup /mnt/usb/vault.nkw",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `backup`."""
    command.add_argument("file", type=FILE, metavar="FILE", help="a file that is not there yet")


def run(arguments: Namespace) -> int:
    """`backup FILE`: a copy of the vault, read back whole."""
    to = Path(arguments.file)
    if arguments.file == "-":
        raise UsageError("A copy of the vault goes to a file, which is read back. Name one.")
    with unlock(arguments) as vault:
        generation, count = copy_vault(vault, to)
    output.note(
        f"Saved {to}: save {generation}, {count} key{'' if count == 1 else 's'}, all of it "
        "read back. It opens with the current passphrase."
    )
    return 0
