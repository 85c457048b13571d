"""`tag`: tags put on keys, and taken off."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial

from wallet.cli.keys.key_changes import add_refs, change_each
from wallet.errors import UsageError
from wallet.tasks.keys import mass_changes

EXAMPLES = [
    "nkey-wallet tag billing reports --add prod --remove trial",
    "nkey-wallet tag billing --add region:eu --sign",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `tag`."""
    add_refs(command)
    command.add_argument(
        "--add", metavar="TAG", action="append", default=[], help="put it on; more than once"
    )
    command.add_argument(
        "--remove", metavar="TAG", action="append", default=[], help="take it off; more than once"
    )
    command.add_argument(
        "--sign",
        action="store_true",
        help="sign the keys' JWTs anew with the new tags: templates of roles go by what a JWT says",
    )


def run(arguments: Namespace) -> int:
    """`tag REF…`: what is added comes after the tags that are there; all keys or none."""
    if not arguments.add and not arguments.remove:
        raise UsageError("Say which tags: --add TAG, --remove TAG.")
    tag = partial(mass_changes.tag, add=arguments.add, remove=arguments.remove, sign=arguments.sign)
    return change_each(arguments, arguments.refs, tag, "has these tags now")
