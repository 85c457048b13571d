"""`verify`: whether a signature is a key's."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import FILE, REF, add_json
from wallet.cli.messages.message_input import read_message, whole_public
from wallet.cli.vault_access import unlock
from wallet.errors import KeyFormatError, UsageError
from wallet.nats import signed_messages
from wallet.nats.nkeys import Kind, decode_public, verify
from wallet.show.signs import Sign
from wallet.tasks.keys.end_of_use import end_of_use
from wallet.text import without_seeds

EXAMPLES = [
    "nkey-wallet verify billing report.pdf report.sig",
    "nkey-wallet verify UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4 a.txt a.sig",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `verify`."""
    command.add_argument(
        "ref",
        metavar="REF",
        help=f"{REF}; a whole public key needs no vault, and nothing is told of its standing",
    )
    command.add_argument(
        "file", type=FILE, metavar="FILE", help="what was signed; -, standard input"
    )
    command.add_argument(
        "signature",
        metavar="SIGNATURE",
        help="the file with the signature, or the text itself; after --, if it begins with a dash",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`verify REF FILE SIGNATURE`: exit 0 when it is that key's over that file, else 1."""
    message = read_message(arguments, arguments.file)
    text = _text_of(arguments)
    public, standing = whole_public(arguments.ref), None
    looked = public is None
    if public is None:
        with unlock(arguments) as vault:
            record = vault.records.find(arguments.ref)
            public, standing = decode_public(record.public), end_of_use(vault.records, record)
    if public.kind is Kind.CURVE:
        raise UsageError("A curve key seals and opens messages; it signs none.")
    why = ""
    try:
        if not verify(public, message, signed_messages.read_signature(text)):
            why = "The signature is of another key, or over other bytes: even a line's end counts."
    except KeyFormatError as error:
        why = str(error)
    if arguments.json:
        told = standing.to_json() if standing else {"standing": ""} if looked else {}
        output.as_json({"ok": not why, "public": public.text, "why": why} | told)
    elif why:
        output.say(f"{Sign.BAD} Not signed by {public.text}. {why}")
    else:
        output.say(f"{Sign.GOOD} Signed by {public.text}")
    if standing is not None and not why:
        output.note(
            f"{arguments.ref} {standing.sentence}. The signature is right all the same, and does "
            "not tell when it was made."
        )
    return 1 if why else 0


def _text_of(arguments: Namespace) -> bytes:
    """The signature's text: in the file of that name, or the argument itself."""
    named = arguments.signature
    if named == "-" and arguments.file == "-":
        raise UsageError("Standard input cannot hold both the message and its signature.")
    try:
        there = named == "-" or os.path.exists(named)
    except (OSError, ValueError):
        there = False
    if there:
        return read_message(arguments, named)
    try:
        signed_messages.read_signature(named.encode())
    except (KeyFormatError, UnicodeEncodeError):
        raise UsageError(
            f"There is no file {without_seeds(named)}, and it is no signature itself."
        ) from None
    return bytes(named.encode())
