"""`seed`: a seed, alone, after asking."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF, add_unrecorded
from wallet.cli.vault_access import note_secrets, unlock
from wallet.errors import UsageError
from wallet.vault.db.journal.kinds import What

EXAMPLES = [
    "nkey-wallet seed billing",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `seed`."""
    command.add_argument("ref", metavar="REF", help=REF)
    command.add_argument("--yes", action="store_true", help="do not ask first")
    add_unrecorded(command)


def run(arguments: Namespace) -> int:
    """`seed REF`: the seed alone, after asking."""
    if not arguments.yes and not sys.stdin.isatty():
        raise UsageError("A seed is printed without asking only with --yes.")
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        if not arguments.yes and not output.confirm(
            f"Print the seed of {record.path}? Whoever sees it can be {record.path}."
        ):
            output.note("Nothing was printed.")
            return 1
        with vault.open_seed(record.public) as opened:
            note_secrets(arguments, vault, What.SEED_SHOWN, [record.public], "seed command")
            text = opened.encode()
            try:
                output.secret(text)
            finally:
                text[:] = bytes(len(text))
    return 0
