"""`push`: bring accounts' JWTs to running servers, and prove that they are there."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.running_servers import add_server_arguments, limits, places_in
from wallet.cli.vault_access import unlock
from wallet.nats.claims.content import few
from wallet.tasks import push as deployment
from wallet.tasks.deployment import scope_of
from wallet.tasks.push import AccountOutcome, Delivery, Pushed

EXAMPLES = [
    "nkey-wallet push --server prod",
    "nkey-wallet push acme/orders --server nats://n1:4222,nats://n2:4222",
]
AFTERWORD = (
    "Each server's copy is looked at first: nothing is sent over a later issue, over one that "
    "revokes what this one does not, or over another operator's. Done (exit 0) is what every "
    "server was seen to hold, with its revocations, and what no revoked user gets past whose seed "
    "is here. Servers with a full resolver (resolver: { type: full }) take accounts this way."
)


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `push`."""
    command.epilog = f"{AFTERWORD}\n\n{command.epilog}"
    add_server_arguments(command)


def run(arguments: Namespace) -> int:
    """`push [REF…] --server …`: 0 when all is proved, 1 when anything is not."""
    limits(arguments)
    with unlock(arguments) as vault:
        places = places_in(vault.records, arguments)
        scope = scope_of(vault.records, arguments.refs)
        done = asyncio.run(
            deployment.push(vault, scope, places, arguments.timeout, arguments.system_user)
        )
    if arguments.json:
        output.as_json(done.to_json())
    else:
        _show(done)
    return 0 if done.ok else 1


def _show(done: Pushed) -> None:
    for remark in done.remarks:
        output.note(remark)
    output.columns(_row(account) for account in done.accounts)
    for line in [*_what_servers_lack(done), *_revoked_users(done)]:
        output.say(line)
    proved = sum(account.proved for account in done.accounts)
    output.say(f"{proved:,} of {len(done.accounts):,} proved on every server.")


def _row(account: AccountOutcome) -> tuple[str, ...]:
    hold = sum(one.delivery is Delivery.HOLDS for one in account.servers.values())
    what = "pushed" if account.pushed else "as it was" if account.proved else "not pushed"
    count = f"held by {hold} of {len(account.servers)}"
    refused = len({user.public for user in account.users if user.refused})
    users = f"revoked users refused: {refused}" if refused else ""
    return "✓" if account.proved else "✗", account.record.path, what, count, users


def _what_servers_lack(done: Pushed) -> list[str]:
    """What is not as it should be at servers, each reason once, with whom it is true of."""
    by_reason: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for account in done.accounts:
        for name, one in account.servers.items():
            if one.delivery is not Delivery.HOLDS:
                paths, names = by_reason.setdefault((one.delivery.value, one.why), ([], []))
                paths.append(account.record.path)
                names.append(name)
    return [
        f"{few(list(dict.fromkeys(paths)))} at {few(list(dict.fromkeys(names)))}: {word}. {why}"
        for (word, why), (paths, names) in by_reason.items()
    ]


def _revoked_users(done: Pushed) -> list[str]:
    """The revoked users that a server does not keep out, or of which that is not known."""
    lines = []
    for user in [user for account in done.accounts for user in account.users]:
        if user.refused is False:
            lines.append(
                f"{user.path} is revoked, and {user.server} has not shut it out. {user.why}"
            )
        elif user.refused is None:
            lines.append(f"{user.path}: not known whether {user.server} refuses it. {user.why}")
    return lines
