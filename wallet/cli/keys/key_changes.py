"""Changing several keys at once, as some commands do: in one change, then a word about each."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable

from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims.flags import tell_changes
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.tasks.keys import mass_changes
from wallet.tasks.keys.mass_changes import Change, Find, MassOutcome
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


def agreed(arguments: Namespace, sentences: Iterable[str]) -> bool:
    """Say what will change, and ask. Raises `UsageError` where nobody could answer."""
    for sentence in sentences:
        output.note(sentence)
    if arguments.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("Nothing was changed. Without a terminal to ask on: add --yes.")
    return output.confirm("Go on?")


def changing(change: Change) -> Callable[[Vault, Find], MassOutcome]:
    """Make of a change of one key one of all that are found."""
    return lambda vault, find: mass_changes.change_each(vault, find, change)


def change_each(
    arguments: Namespace,
    refs: list[str],
    change: Callable[[Vault, Find], MassOutcome],
    done: str,
    costs: Callable[[Records, list[KeyRecord]], list[str]] | None = None,
) -> int:
    """Change the keys that are named, all or none, and tell of each; the exit code.

    `done` follows a key's path in the sentence for people; `costs` are sentences to agree to first.
    """
    with unlock(arguments) as vault:
        keys = find_each(vault.records, refs)  # before another window is kept waiting
        sentences = [] if costs is None else costs(vault.records, keys)
        if sentences and not agreed(arguments, sentences):
            output.note("Nothing was changed.")
            return 1
        with output.working(f"Changing {len(keys):,} keys" if len(keys) > 1 else "Changing it"):
            outcome = change(vault, lambda records: find_each(records, refs))
        tell_changes(vault, outcome.issuing)
    if arguments.json:
        output.as_json([record.to_json() for record in outcome.keys])
    for record in outcome.keys:
        output.note(f"{record.path} {done}.")
    return 0
