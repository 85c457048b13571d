"""`rename`: another name for a key, in its JWT too."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli.arguments import REF, add_json
from wallet.cli.keys.key_changes import change_each, changing

EXAMPLES = [
    "nkey-wallet rename acme/orders/billing invoices",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `rename`."""
    command.add_argument("ref", metavar="REF", help=REF)
    command.add_argument("name", metavar="NAME", help="what it is called from now on")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`rename REF NAME`: the key keeps its place and all that it may do."""
    return change_each(
        arguments,
        [arguments.ref],
        changing(lambda issuing, _records, record: issuing.rename(record.id, arguments.name)),
        "is its name now",
    )
