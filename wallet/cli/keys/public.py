"""`public`: a public key, alone."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF
from wallet.cli.vault_access import unlock

EXAMPLES = [
    "nkey-wallet public billing",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `public`."""
    command.add_argument("ref", metavar="REF", help=REF)


def run(arguments: Namespace) -> int:
    """`public REF`: the public key alone."""
    with unlock(arguments) as vault:
        output.say(vault.records.find(arguments.ref).public)
    return 0
