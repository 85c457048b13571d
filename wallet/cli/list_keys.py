"""`list`: the keys that the vault holds."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import KINDS, add_json
from wallet.cli.vault_access import unlock
from wallet.nats.nkeys import Kind

EXAMPLES = [
    "nkey-wallet list --kind user",
    "nkey-wallet list --json",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `list`."""
    command.add_argument("--kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    add_json(command)


def run(arguments: Namespace) -> int:
    """`list`: every key, in the order of the tree."""
    kind = Kind(arguments.kind) if arguments.kind else None
    with unlock(arguments) as vault:
        keys = list(vault.records.all(kind))
    if arguments.json:
        output.as_json([record.to_json() for record in keys])
    else:
        output.columns(
            (
                record.path,
                record.role,
                record.public,
                record.standing,
            )
            for record in keys
        )
    return 0
