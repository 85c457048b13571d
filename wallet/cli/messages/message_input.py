"""The message of a command: a file or standard input, whole and within bounds."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import FILE
from wallet.cli.exchange.file_input import read_named
from wallet.cli.named_files import uses_stdin
from wallet.errors import KeyFormatError, UsageError
from wallet.nats.nkeys import PublicKey, decode_public
from wallet.vault.records import Records

LARGEST_MESSAGE = 256 << 20  # bytes: it is held in memory, twice


def add_message(command: ArgumentParser, what: str) -> None:
    """Declare `FILE`: what is in it, standard input when it is left out or `-`."""
    command.add_argument(
        "file",
        nargs="?",
        default="-",
        type=FILE,
        metavar="FILE",
        help=f"{what}; left out or -, standard input",
    )


def read_message(arguments: Namespace, name: str) -> bytes:
    """Read the message in the file `name`, `-` for standard input. Raises `UsageError`."""
    if name == "-" and uses_stdin(arguments):
        raise UsageError(
            "Standard input cannot hold both the passphrase and the message: give one of them in "
            "a file."
        )
    if name == "-" and sys.stdin.isatty():
        output.note("Type or paste it, then Enter and Ctrl+D (Windows: Ctrl+Z).")
    message = read_named(name, LARGEST_MESSAGE)
    if len(message) > LARGEST_MESSAGE:
        raise UsageError(f"A message has at most {LARGEST_MESSAGE >> 20} MiB here.")
    return message


def whole_public(ref: str) -> PublicKey | None:
    """The public key that `ref` is, if it is a whole one. Raises `KeyFormatError` for a seed."""
    try:
        return decode_public(ref)
    except KeyFormatError as error:
        if error.problem == "seed-for-public":
            raise
        return None


def public_of(records: Records, ref: str) -> PublicKey:
    """The public key that `ref` is, or that it names in the vault. Raises as `find` does."""
    return whole_public(ref) or decode_public(records.find(ref).public)
