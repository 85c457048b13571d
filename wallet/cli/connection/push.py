"""`push`: bring accounts' JWTs to running servers, and prove that they are there."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.connection.kept_servers import NO_SERVER, require_server
from wallet.cli.connection.running_servers import (
    accounts_in,
    add_server_arguments,
    limits,
    servers_in,
)
from wallet.cli.vault_access import unlock
from wallet.connection.deployment.comparison import State
from wallet.connection.deployment.reached_servers import NotDeployedError
from wallet.errors import UsageError
from wallet.nats.claims.content import few
from wallet.nats.claims.revocations import EVERYBODY
from wallet.show.states.push import not_proved_at, problems, row, sign_of, summary
from wallet.tasks.deployment import push as deployment
from wallet.tasks.deployment.arrival import AccountOutcome, Pushed
from wallet.tasks.deployment.deliveries import take_word
from wallet.tasks.deployment.gone_servers import unheard
from wallet.vault.records import Records

EXAMPLES = [
    "nkey-wallet push --server prod",
    "nkey-wallet push acme/orders --server nats://n1:4222,nats://n2:4222",
    "nkey-wallet push acme/orders --on-my-word",
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
    command.add_argument(
        "--on-my-word",
        action="store_true",
        help="connect nowhere: you say that all servers have these accounts' JWTs, and refuse whom "
        "they revoke",
    )
    command.add_argument("--yes", action="store_true", help="with --on-my-word: do not ask first")


def run(arguments: Namespace) -> int:
    """`push [REF…] --server …`: 0 when all is proved, 1 when anything is not, 3 when that could
    not be noted."""
    limits(arguments)
    if arguments.on_my_word:
        return _take_word(arguments)
    require_server(arguments, NO_SERVER)
    if arguments.yes:
        raise UsageError(_YES)
    with unlock(arguments) as vault:
        servers = servers_in(vault.records, arguments)
        chosen = accounts_in(vault.records, arguments, "push")
        try:
            done = asyncio.run(
                deployment.push(vault, chosen, servers, arguments.timeout, arguments.system_user)
            )
        except NotDeployedError as error:
            there = unheard(vault.records, chosen.accounts, ())
            if arguments.json:
                accounts = [AccountOutcome(a, State.UNKNOWN, str(error)) for a in chosen.accounts]
                output.as_json(Pushed(accounts, unheard=there).to_json())
            for line in not_proved_at(there):
                output.note(line)
            raise
        except KeyboardInterrupt:
            left = "what was sent until then is on the servers: nkey-wallet diff shows it."
            raise KeyboardInterrupt(left) from None
    if arguments.json:
        output.as_json(done.to_json())
        if done.unnoted:
            output.note(f"nkey-wallet: {done.unnoted}")
    else:
        _show(done)
    return 3 if done.unnoted else 0 if done.ok else 1


_YES = "--yes goes with --on-my-word: a push asks nothing."


def _take_word(arguments: Namespace) -> int:
    """Ask, by itself, whether it is all on the servers, and keep that; 1 when it is not."""
    if arguments.server:
        raise UsageError("--on-my-word connects nowhere: leave --server out.")
    with unlock(arguments) as vault:
        accounts = accounts_in(vault.records, arguments, "push").accounts
        revoked = {one.account: one.revoked for one in vault.records.deliveries.unproved()}
        for account in accounts:
            if account.unproved:
                whom = few([_name(vault.records, who) for who in revoked.get(account.id, ())])
                output.note(f"{account.path}{f', which revokes {whom}' if whom else ''}")
        if not arguments.yes:
            if not sys.stdin.isatty():
                raise UsageError("Nothing was noted. Without a terminal to ask on: add --yes.")
            if not output.confirm("Do all servers have these as they are now, on your word?"):
                output.note("Nothing was noted.")
                return 1
        take_word(vault, [account for account in accounts if account.unproved])
    if arguments.json:
        rows = [
            {"public": a.public, "name": a.name, "path": a.path, "on_my_word": a.unproved}
            for a in accounts
        ]
        output.as_json({"ok": True, "accounts": rows, "remarks": []})
    output.note("Noted: nothing is open of them any more, on your word.")
    return 0


def _name(records: Records, who: str) -> str:
    """The user that a revocation is about, as a person knows it."""
    user = records.by_public(who)
    return "everybody" if who == EVERYBODY else user.path if user else who


def _show(done: Pushed) -> None:
    for remark in done.remarks:
        output.note(remark)
    output.columns((sign_of(account), *row(account)) for account in done.accounts)
    for line in [*problems(done), summary(done)]:
        output.say(line)
