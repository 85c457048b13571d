"""`sign`: a key's signature over a message."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF
from wallet.cli.messages.message_input import add_message, read_message
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats import signed_messages
from wallet.tasks.keys.end_of_use import end_of_use

EXAMPLES = [
    "nkey-wallet sign billing report.pdf > report.sig",
    "nkey-wallet sign acme < release.txt",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `sign`."""
    command.add_argument("ref", metavar="REF", help=REF)
    add_message(command, "what is signed, byte for byte")
    command.add_argument(
        "--yes",
        action="store_true",
        help="also what is a server's nonce or the text of a JWT, without asking",
    )


def run(arguments: Namespace) -> int:
    """`sign REF [FILE]`: 86 characters of base64, as nk and `nats auth nkey sign` write it."""
    message = read_message(arguments, arguments.file)
    meaning = "" if arguments.yes else signed_messages.other_meaning(message)
    if meaning and not sys.stdin.isatty():
        raise UsageError(f"{meaning} Nothing was signed; --yes signs it nevertheless.")
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        if meaning and not output.confirm(f"{meaning} Sign it with {record.path}?"):
            output.note("Nothing was signed.")
            return 1
        with vault.open_seed(record.public) as seed:
            signature = seed.sign(message)
        standing = end_of_use(vault.records, record)
    output.say(signed_messages.write_signature(signature))
    if standing is not None:
        output.note(f"{record.path} {standing.sentence}.")
    return 0
