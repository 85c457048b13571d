"""`delete`: keys out of the vault, after saying what that costs."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.claims.flags import tell_changes
from wallet.cli.keys.key_changes import add_refs, find_each
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.tasks.keys import deletion
from wallet.tasks.keys.mass_changes import topmost
from wallet.tasks.sharing import ended_imports
from wallet.vault.copies import seed_copies

EXAMPLES = [
    "nkey-wallet delete acme/orders/billing",
    "nkey-wallet delete old-1 old-2 --yes",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `delete`."""
    add_refs(command)
    command.add_argument("--yes", action="store_true", help="do not ask first")


def run(arguments: Namespace) -> int:
    """`delete REF…`: with all that hangs beneath them, in one change; 1 when the person says no."""
    with unlock(arguments) as vault:
        keys = topmost(vault.records, find_each(vault.records, arguments.refs))
        costs = {record.id: vault.records.cost_of_deleting(record.id) for record in keys}
        for record in keys:
            output.note(costs[record.id].sentence)
        if ended := ended_imports.by_deleting(vault.records, keys):
            output.note(ended)
        if rotated := deletion.told_of_rotations(vault.records, keys):
            output.note(rotated)
        if there := deletion.told_of_servers(vault.records, keys):
            output.note(there)
        publics = frozenset[str]().union(*(vault.records.with_seeds(key.id) for key in keys))
        if publics:
            output.note(seed_copies.find(vault, publics).sentence)
        if not arguments.yes:
            if not sys.stdin.isatty():
                raise UsageError("Nothing was deleted. Without a terminal to ask on: add --yes.")
            if not output.confirm("Delete that?"):
                output.note("Nothing was deleted.")
                return 1
        with output.working("Deleting"):
            issuing = deletion.delete(vault, costs, "look again")
        tell_changes(vault, issuing)
    if arguments.json:
        output.as_json([{"public": record.public, "path": record.path} for record in keys])
    for record in keys:
        output.note(f"Deleted {record.path}.")
    return 0
