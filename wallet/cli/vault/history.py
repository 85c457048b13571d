"""`history`: what was done to a key, or to all of them and the vault, oldest first."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.vault_access import unlock
from wallet.errors import NoSuchKeyError
from wallet.show.issues import with_issues
from wallet.vault.records import Records
from wallet.when import to_the_second, with_local_second

EXAMPLES = [
    "nkey-wallet history",
    "nkey-wallet history billing --json",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `history`."""
    command.add_argument("ref", nargs="?", metavar="REF", help=f"{REF}; a deleted one's in full")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`history [REF]`: reading it leaves no entry."""
    with unlock(arguments) as vault:
        history = vault.records.history
        public = _public(vault.records, arguments.ref)
        events = history.events(public)
        count, until = history.folded()
    if arguments.json:
        output.as_json([event.to_json() for event in events])
        return 0
    output.columns(
        (
            *(with_local_second(event.at), event.what, event.path, event.by),
            event.detail if issue is None else f"issue {issue.number}: {event.detail}",
        )
        for event, issue in (with_issues(events) if public else ((each, None) for each in events))
    )
    if until is not None:
        output.note(f"{count:,} older entries, until {to_the_second(until)}, are folded together.")
    return 0


def _public(records: Records, ref: str | None) -> str | None:
    """The public key that is meant; one that is deleted is named in full."""
    if ref is None:
        return None
    try:
        return records.find(ref).public
    except NoSuchKeyError:
        if len(ref) == 56 and records.history.events(ref):
            return ref
        raise
