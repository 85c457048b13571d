"""Flags, verbs and reports that the commands about exports, imports and mappings share."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wallet.cli import output
from wallet.cli.arguments import REF, add_common
from wallet.cli.claims.flags import tell_left
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats.claims.form import NO, YES, Field
from wallet.nats.claims.shared_subjects import SERVICE, STREAM, Entry
from wallet.shell import command
from wallet.show.shared_subjects import signed_anew
from wallet.tasks.deployment.ways_there import ways_there
from wallet.tasks.sharing.account_links import Work, change_shared
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.activations import sharing_account
from wallet.vault.signing.issuance import Issuing
from wallet.vault.vault import Vault

Listing = Callable[[Records, KeyRecord], list[Any]]


@dataclass(frozen=True, slots=True)
class Verbs:
    """The verbs behind an account in a command: `exports ACCOUNT add …`."""

    group: Any  # argparse has no public name for its type

    def add(self, name: str, text: str, *positional: tuple[str, str]) -> ArgumentParser:
        """Declare a verb, with the arguments that must stand behind it: name and help of each."""
        verb: ArgumentParser = self.group.add_parser(name, help=text, description=text)
        add_common(verb)
        for shown, about in positional:
            verb.add_argument(shown.lower(), metavar=shown, help=about)
        # What stands before the verb is not undone by what could stand behind it.
        verb.add_argument("--json", action="store_true", default=SUPPRESS, help="for programs")
        return verb


def add_verbs(command: ArgumentParser) -> Verbs:
    """Declare the account of a command, and make room for its verbs; without one it lists."""
    command.add_argument("account", metavar="ACCOUNT", help=REF)
    command.add_argument("--json", action="store_true", help="for programs")
    group = command.add_subparsers(title="changes", metavar="CHANGE", dest="verb")
    return Verbs(group)


def add_kind(command: ArgumentParser) -> None:
    """Declare `--stream` and `--service`."""
    kinds = command.add_mutually_exclusive_group()
    kinds.add_argument(
        *("--stream",),
        dest="kind",
        action="store_const",
        const=STREAM,
        default="",
        help="messages that the exporter sends",
    )
    kinds.add_argument(
        *("--service",),
        dest="kind",
        action="store_const",
        const=SERVICE,
        help="requests that the exporter answers",
    )


def add_private(command: ArgumentParser, about: str) -> None:
    """Declare `--private` and `--public`."""
    access = command.add_mutually_exclusive_group()
    access.add_argument("--private", action="store_true", default=None, help=about)
    access.add_argument(
        "--public", dest="private", action="store_false", help="any account may import it"
    )


def add_lines(command: ArgumentParser, fields: Sequence[Field]) -> None:
    """Declare a flag for each line that an export or import has."""
    for field in fields:
        hint = field.hint.replace("%", "%%")  # argparse fills in its own
        if field.id == "private":
            add_private(command, field.hint)
        elif field.flag:
            command.add_argument(f"--{field.id}", action=BooleanOptionalAction, help=hint)
        else:
            command.add_argument(
                f"--{field.id}", metavar="TEXT", help=f"{field.label.lower()}: {hint}"
            )


def written(arguments: Namespace, fields: Sequence[Field], entry: Entry) -> dict[str, Any]:
    """The export or import with what the flags say. Raises `UsageError`, naming the flag."""
    changed = dict(entry)
    for field in fields:
        given = getattr(arguments, field.id.replace("-", "_"))
        if given is None:
            continue
        text = given.strip() if isinstance(given, str) else YES if given else NO
        try:
            changed = field.write(changed, text)
        except UsageError as error:
            raise UsageError(f"--{field.id}: {error}") from None
    return changed


def print_list(arguments: Namespace, listing: Listing, row: Callable[[Any], Sequence[str]]) -> int:
    """Print what `list_of` lists, whose items have a `to_json`, each in a `row`; the exit code."""
    items = list_of(arguments, listing)
    if arguments.json:
        output.as_json([one.to_json() for one in items])
    else:
        output.columns(map(row, items))
    return 0


def as_json(listing: Listing) -> Listing:
    """The listing that gives the JSON of each item, as `change` prints it."""
    return lambda records, account: [one.to_json() for one in listing(records, account)]


def list_of(arguments: Namespace, listing: Listing) -> list[Any]:
    """List what the account that is named has of the things that a command is about."""
    with unlock(arguments) as vault:
        account = sharing_account(vault.records, vault.records.find(arguments.account))
        return listing(vault.records, account)


def change(
    arguments: Namespace,
    name: str,
    listing: Listing,
    work: Work,
    beside: Callable[[], dict[str, object]] = dict,
) -> int:
    """Change what an account shares, and tell what was signed and what came of it; the exit code.

    With `--json` the accounts that were signed, and under `name` what the account has then;
    `beside` that, what else came of `work`.
    """
    with unlock(arguments) as vault:
        issuing = change_shared(vault, arguments.account, work)
        account = vault.records.find(arguments.account)
        tell(vault, issuing)
        if arguments.json:
            output.as_json(
                {
                    "changed": changed_json(vault.records, issuing),
                    name: listing(vault.records, account),
                    **beside(),
                }
            )
    return 0


def changed_json(records: Records, issuing: Issuing) -> list[dict[str, object]]:
    """The accounts that were signed anew, each with the fields that `list --json` gives a key."""
    return [records.find(path).to_json() for path in issuing.accounts.values()]


def tell(vault: Vault, issuing: Issuing) -> None:
    """Note on standard error what is to be known after a change, and what servers have to get."""
    tell_left(issuing)
    output.note(signed_anew(issuing.accounts.values()))
    pushes = ways_there(vault.records, issuing.accounts)
    for push in pushes:
        output.note(f"To bring them there: {push}")
    if issuing.accounts and not pushes:
        push = command("push", *issuing.accounts.values(), ("--server", "URL"))
        output.note(
            f"To bring them there: {push}. Where a server's resolver is MEMORY, put them into its "
            "configuration and reload it."
        )
