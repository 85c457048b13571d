"""`open`: a message that was sealed for a curve key of the vault, or by one for another.

A box opens with either of the two keys: that it opens says that one of the two made it.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import REF, add_to
from wallet.cli.messages.message_input import add_message, public_of, read_message
from wallet.cli.vault_access import unlock
from wallet.errors import KeyFormatError, UsageError
from wallet.nats import signed_messages
from wallet.secrets import sodium
from wallet.system.disk import plainfiles
from wallet.text import is_unsafe

EXAMPLES = [
    "nkey-wallet open mine plan.sealed --from theirs --to plan.txt",
    "nkey-wallet open mine --from XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA < a",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `open`."""
    command.add_argument("ref", metavar="REF", help=f"whom it was sealed for, or by: {REF}")
    add_message(command, "the sealed message, as bytes or in base64")
    command.add_argument(
        "--from",
        dest="sender",
        required=True,
        metavar="KEY",
        help="the other of the two keys: X…, or one in the vault",
    )
    add_to(command)


def run(arguments: Namespace) -> int:
    """`open REF [FILE] --from KEY`: the message, byte for byte; exit 1 when it does not open."""
    data = read_message(arguments, arguments.file)
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        sender = public_of(vault.records, arguments.sender)
        with vault.open_seed(record.public) as seed:
            try:
                message = seed.open(signed_messages.read_sealed(data), sender)
            except KeyFormatError as error:
                output.note(str(error))
                return 1
    try:
        _give(arguments.to, message)
    finally:
        sodium.wipe(message)
    return 0


def _give(to: str | None, message: bytearray) -> None:
    """Write the message: to a new file, to a program as it is, to a person as text."""
    if to not in {None, "-"}:
        plainfiles.write(to, message)
        output.path(Path(to))
    elif not output.results.is_terminal:
        output.results.write_bytes(message)
    else:
        try:
            text = message.decode()
        except UnicodeDecodeError:
            raise UsageError("It is no text to show: --to FILE keeps it.") from None
        if any(is_unsafe(character) for character in text if character not in "\n\t"):
            output.note("What a terminal would obey in it is left out here: --to FILE keeps it.")
        output.exact(text)
