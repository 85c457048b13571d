"""`move`: keys to another account or operator, or to stand alone, with JWTs from there."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial

from wallet.cli.arguments import REF, add_json
from wallet.cli.keys.key_changes import change_each
from wallet.tasks.keys import mass_changes, moves
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

EXAMPLES = [
    "nkey-wallet move billing reports acme/metrics",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `move`."""
    command.add_argument("refs", nargs="+", metavar="REF", help=f"{REF}; several at once")
    command.add_argument(
        "under",
        metavar="PATH",
        help='the account of users (operator/account), or the operator of accounts; "" to let '
        "them stand alone",
    )
    command.add_argument("--yes", action="store_true", help="do not ask first")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`move REF… PATH`: all of them or none; a JWT from there takes the place of the old one.

    It asks first, where imports end by it or somebody is let in again.
    """

    def costs(records: Records, keys: list[KeyRecord]) -> list[str]:
        under = moves.place(records, arguments.under)
        return list(filter(None, (moves.cost_of_moving(records, key, under) for key in keys)))

    move = partial(mass_changes.move, path=arguments.under, agreed=True)
    return change_each(arguments, arguments.refs, move, "is its place now", costs)
