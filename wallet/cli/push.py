"""`push`: bring accounts' JWTs to running servers, and prove that they are there."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.running_servers import add_server_arguments, limits, places_in
from wallet.cli.vault_access import unlock
from wallet.show.delivery import problems, row, sign_of, summary
from wallet.tasks import push as deployment
from wallet.tasks.deployment import scope_of
from wallet.tasks.push import Pushed

EXAMPLES = [
    "nkey-wallet push --server prod",
    "nkey-wallet push acme/orders --server nats://n1:4222,nats://n2:4222",
]
AFTERWORD = (
    "Each server's copy is looked at first: nothing is sent over a later issue, over one that "
    "revokes what this one does not, or over another operator's. Done (exit 0) is what every "
    "server was seen to hold, with its revocations, and what no revoked user gets past whose seed"
    " is here (each try is logged by the server as an authentication error). Servers with a full "
    "resolver (resolver: { type: full }) take accounts this way. Push only to servers that you "
    "trust: a signature does not say for which server it is, and a hostile one could pass it on, "
    "and push for two minutes in your name."
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
        try:
            done = asyncio.run(
                deployment.push(vault, scope, places, arguments.timeout, arguments.system_user)
            )
        except KeyboardInterrupt:
            output.note("What was sent until then is on the servers: nkey-wallet diff shows it.")
            raise
    if arguments.json:
        output.as_json(done.to_json())
    else:
        _show(done)
    return 0 if done.ok else 1


def _show(done: Pushed) -> None:
    for remark in done.remarks:
        output.note(remark)
    output.columns((sign_of(account), *row(account)) for account in done.accounts)
    for line in [*problems(done), summary(done)]:
        output.say(line)
