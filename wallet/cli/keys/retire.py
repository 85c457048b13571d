"""`retire`: keys that are no longer used, kept and marked; and back."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial

from wallet.cli.keys.key_changes import add_refs, change_each
from wallet.tasks.keys import mass_changes

EXAMPLES = [
    "nkey-wallet retire billing reports",
    "nkey-wallet retire billing --undo",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `retire`."""
    add_refs(command)
    command.add_argument("--undo", action="store_true", help="take them back into use")


def run(arguments: Namespace) -> int:
    """`retire REF…`: left out of configurations and tests; servers are told by `revoke`."""
    return change_each(
        arguments,
        arguments.refs,
        partial(mass_changes.retire, undo=arguments.undo),
        "is in use again"
        if arguments.undo
        else "is retired: left out of configurations; a server that takes its JWT still does",
    )
