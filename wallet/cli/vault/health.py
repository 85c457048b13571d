"""`health`: what keeps keys from working or endangers them, and what would better be changed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from wallet.cli import output
from wallet.cli.arguments import add_json
from wallet.cli.vault_access import unlock
from wallet.exchange.readers.nsc_store import known_places
from wallet.show.health_groups import by_cause, lines_of
from wallet.show.verdict_signs import OF_FLAW
from wallet.tasks.health.key_health import HealthNote
from wallet.tasks.health.vault_health import health_notes
from wallet.tasks.settings import OLD_KEYS

EXAMPLES = [
    "nkey-wallet health",
    "nkey-wallet health --old-after 180 --json",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `health`."""
    command.description = (
        "Look through the vault: keys that servers refuse or soon will, tests that went wrong, "
        "rights that are wider than needed, seeds in plain text where NATS' tools keep them, and "
        "the vault's own settings. Exit 1 for a problem, 0 for advice alone. No server is asked."
    )
    command.add_argument(
        "--old-after",
        type=int,
        metavar="DAYS",
        help=f"call a key old after so many days, from now on ({OLD_KEYS.usual})",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`health`: problems first; exit 1 when there is one."""
    days = arguments.old_after
    if days is not None:
        OLD_KEYS.read(str(days))
    with unlock(arguments) as vault:
        if days is not None:
            with vault.change(minor=True) as records:
                records.settings.set(OLD_KEYS.name, str(days))
        progress = output.Progress("looked at", " keys")
        try:
            places, now = known_places(), datetime.now(UTC)
            notes = health_notes(vault, places, now, lambda keys: progress.show(f"{keys:,}"))
        finally:
            progress.clear()
    if arguments.json:
        output.as_json([note.to_json() for note in notes])
    else:
        _show(notes)
    return 1 if any(note.problem for note in notes) else 0


def _show(notes: list[HealthNote]) -> None:
    for group in by_cause(notes):
        first = group[0]
        about = first.path or first.public or "the vault"
        if len(group) > 1:
            about = f"{len(group):,} keys"
        output.say(f"{OF_FLAW[first.problem]} {about}: {first.code}")
        output.say("\n".join(f"  {line}" for line in lines_of(group)) + "\n")
    problems = sum(note.problem for note in notes)
    output.note(
        f"{problems:,} {'problem' if problems == 1 else 'problems'}, "
        f"{len(notes) - problems:,} of advice."
    )
