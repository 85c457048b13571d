"""`inspect`: what a text is, and what is wrong with it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import add_json
from wallet.errors import UsageError
from wallet.shell import file_word
from wallet.tasks.inspection import Inspection
from wallet.tasks.inspection import inspect as inspect_text

LARGEST_TEXT = 1 << 20

EXAMPLES = [
    "nkey-wallet inspect < billing.creds",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `inspect`."""
    command.add_argument(
        "text",
        nargs="?",
        default="-",
        metavar="TEXT",
        help="a key, JWT or creds text; left out or -, it is read from standard input, which is "
        "the way for secrets",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`inspect TEXT`: exit 0 when it is valid, 1 when it is not."""
    if arguments.text == "-":
        if sys.stdin.isatty():
            from wallet.system.terminal import PASTE, read_hidden  # most often it is piped

            content = read_hidden(PASTE, LARGEST_TEXT + 1)
        else:
            content = bytearray(sys.stdin.buffer.read(LARGEST_TEXT + 1))
        if len(content) > LARGEST_TEXT:
            raise UsageError("That is more than 1 MiB: no key, JWT or creds text is so long.")
        try:
            inspection = inspect_text(bytes(content))
        finally:
            content[:] = bytes(len(content))
    else:
        inspection = inspect_text(arguments.text)
        if inspection.what == "unknown" and os.path.isfile(arguments.text):
            output.note(
                "There is a file of that name, and only the name was looked at. To look at the "
                f"file: nkey-wallet inspect < {file_word(arguments.text)}"
            )
        if inspection.secret:
            output.note(
                "That was a secret, and it stood in the command: your shell's history and the list "
                "of processes may have kept it. Next time give it on standard input."
            )
    if arguments.json:
        output.as_json(inspection.to_json())
    else:
        _show_inspection(inspection)
    return 0 if inspection.valid else 1


def _show_inspection(inspection: Inspection) -> None:
    output.fields(
        [
            ("what", inspection.what),
            ("kind", inspection.kind or ""),
            ("public", inspection.public or ""),
        ]
    )
    for problem in inspection.problems:
        output.say(f"\n{problem.code}\n  {problem.why}\n  → {problem.fix}")
    if inspection.words:
        output.say("\n".join(["", *inspection.words]))
    if inspection.claims:
        output.say()
        output.as_json(inspection.claims)
