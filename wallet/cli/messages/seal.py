"""`seal`: a message that only its sender and the owner of a curve key can open."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from wallet.cli import output
from wallet.cli.arguments import REF, add_to
from wallet.cli.messages.message_input import add_message, public_of, read_message
from wallet.cli.vault_access import unlock
from wallet.nats import signed_messages
from wallet.system.disk import plainfiles

EXAMPLES = [
    "nkey-wallet seal mine plan.txt --for XBUJMZHVOPQ2SK5VD3TY4VNBPVU2YFGRLK6EFPEPSMVDUYEBSROWZCEA",
    "nkey-wallet seal mine --for theirs --to plan.sealed < plan.txt",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `seal`."""
    command.add_argument("ref", metavar="REF", help=f"the sender, a curve key of yours: {REF}")
    add_message(command, "what is sealed")
    command.add_argument(
        "--for",
        dest="receiver",
        required=True,
        metavar="KEY",
        help="who can open it, as you can: a curve key X…, or one in the vault",
    )
    add_to(command)


def run(arguments: Namespace) -> int:
    """`seal REF [FILE] --for KEY`: one line of base64, as `nats auth nkey seal` writes it."""
    message = read_message(arguments, arguments.file)
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        receiver = public_of(vault.records, arguments.receiver)
        with vault.open_seed(record.public) as seed:
            text = signed_messages.write_sealed(seed.seal(message, receiver))
    if arguments.to in {None, "-"}:
        output.say(text)
    else:
        plainfiles.write(arguments.to, f"{text}\n".encode())
        output.path(Path(arguments.to))
    output.note(f"To open it the sender's public key is needed: {record.public}")
    return 0
