"""`may`: whether a user may use a subject in the end, and by which rule."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace

from wallet.chain.permission import Permission, Use
from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.show.named_keys import with_names
from wallet.show.signs import Sign
from wallet.show.verdict_signs import OF_ANSWER
from wallet.tasks.keys.permission import permission_of, rights_of

EXAMPLES = [
    "nkey-wallet may billing",
    "nkey-wallet may billing orders.new",
    "nkey-wallet may billing 'orders.>' --sub",
    "nkey-wallet may worker orders.new --queue workers --json",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `may`."""
    command.description = (
        "Whether a user may use a subject in the end: by its own permissions, its role's, its "
        "account's defaults and limits, and whether it is let in at all. No server is asked. "
        "Exit 0 when it may, 1 when it may not or that is not known."
    )
    command.add_argument("ref", metavar="REF", help=REF)
    command.add_argument(
        "subject",
        nargs="?",
        metavar="SUBJECT",
        help="with wildcards, where it is --sub; without it, all that the user may",
    )
    way = command.add_mutually_exclusive_group()
    way.add_argument("--pub", action="store_true", help="publish to it (as without a flag)")
    way.add_argument("--sub", "--subscribe", action="store_true", help="subscribe to it")
    way.add_argument("--queue", default="", metavar="NAME", help="subscribe to it in this queue")
    add_json(command)


def run(arguments: Namespace) -> int:
    """`may REF SUBJECT`: exit 0 when it may, 1 when it may not or that is not known.

    Without a subject what the user may in the end, as the app's Permissions tab tells it.
    """
    if arguments.subject is None:
        return _rights(arguments)
    publish = not (arguments.sub or arguments.queue)
    use = Use(arguments.subject, publish, arguments.queue)
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        answer = permission_of(vault.records, record, use, time.time())
        named = [with_names(vault.records, line) for line in (answer.why, *answer.conditions)]
    if arguments.json:
        output.as_json(
            {
                "may": answer.may,
                "rule": answer.rule,
                "why": answer.why,
                "conditions": list(answer.conditions),
            }
        )
    else:
        _show(record.path, use, answer, named)
    return 0 if answer.may else 1


def _rights(arguments: Namespace) -> int:
    if arguments.pub or arguments.sub or arguments.queue:
        raise UsageError("Which subject? Name one, or leave the flags out to see all that it may.")
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        told = rights_of(vault.records, record, time.time())
        lines = [with_names(vault.records, line) for line in told]
    if arguments.json:
        output.as_json({"rights": lines})
    else:
        for line in lines:
            output.say(line)
    return 0


def _show(path: str, use: Use, answer: Permission, named: list[str]) -> None:
    why, *conditions = named
    output.say(f"{OF_ANSWER[answer.may]} {path} {_WORDS[answer.may]} {use}.\n  {why}")
    for condition in conditions:
        output.say(f"  {Sign.DOUBTFUL} {condition}")


_WORDS = {True: "may", False: "may not", None: "perhaps may"}
