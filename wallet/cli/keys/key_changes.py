"""Changing several keys at once, as some commands do: in one change, then a word about each."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims.flags import tell_changes
from wallet.cli.vault_access import unlock
from wallet.tasks import mass_changes
from wallet.tasks.mass_changes import Change, Find, MassOutcome
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.vault import Vault


def add_refs(command: ArgumentParser) -> None:
    """Declare the keys that a command changes, and `--json`."""
    command.add_argument("refs", nargs="+", metavar="REF", help=f"{REF}; several at once")
    add_json(command)


def find_each(records: Records, refs: list[str]) -> list[KeyRecord]:
    """The keys that are named, each once. Raises `NoSuchKeyError`, `AmbiguousKeyError`."""
    keys = {record.id: record for record in map(records.find, refs)}
    return list(keys.values())


def changing(change: Change) -> Callable[[Vault, Find], MassOutcome]:
    """Make of a change of one key one of all that are found."""
    return lambda vault, find: mass_changes.change_each(vault, find, change)


def change_each(
    arguments: Namespace, refs: list[str], change: Callable[[Vault, Find], MassOutcome], done: str
) -> int:
    """Change the keys that are named, all or none, and tell of each; the exit code.

    `done` follows a key's path in the sentence for people.
    """
    with unlock(arguments) as vault:
        find_each(vault.records, refs)  # before another window is kept waiting
        outcome = change(vault, lambda records: find_each(records, refs))
        tell_changes(vault, outcome.issuing)
    if arguments.json:
        output.as_json([record.to_json() for record in outcome.keys])
    for record in outcome.keys:
        output.note(f"{record.path} {done}.")
    return 0
