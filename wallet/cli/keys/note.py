"""`note`: a note kept with a key, in the vault alone."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli.arguments import REF, add_json
from wallet.cli.keys.key_changes import change_each, changing

EXAMPLES = [
    "nkey-wallet note billing 'belongs to the payments team'",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `note`."""
    command.add_argument("ref", metavar="REF", help=REF)
    command.add_argument("text", metavar="TEXT", help='in place of the note it has; "" for none')
    add_json(command)


def run(arguments: Namespace) -> int:
    """`note REF TEXT`: the text takes the place of the note that is there."""
    return change_each(
        arguments,
        [arguments.ref],
        changing(lambda _issuing, records, record: records.set_notes(record.id, arguments.text)),
        "has that note now" if arguments.text else "has no note now",
    )
