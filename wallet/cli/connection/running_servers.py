"""The flags that every command about running servers takes: servers, TLS, the system user."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli.arguments import add_json, add_tls
from wallet.connection.check.request import Server
from wallet.connection.protocol.target import TlsFiles
from wallet.errors import UsageError
from wallet.shell import command as command_line
from wallet.tasks.deployment.differences import (
    ChosenAccounts,
    SeveralOperatorsError,
    chosen_accounts,
)
from wallet.tasks.deployment.server_choice import servers_of
from wallet.vault.records import Records

_NAMED = 5  # operators at most

ACCOUNTS = "an account, a user (its account) or an operator (all its accounts); none: all accounts"


def add_server_arguments(command: ArgumentParser) -> None:
    """The flags, and the REFs that say whose accounts are meant."""
    command.add_argument("refs", nargs="*", metavar="REF", help=ACCOUNTS)
    command.add_argument(
        "--server",
        action="append",
        metavar="URL",
        help="nats://, tls://, or the name of one that is kept (servers); one is enough to reach a "
        "cluster, and naming each of its servers shows which of them is down",
    )
    command.add_argument(
        "--as",
        dest="system_user",
        metavar="REF",
        help="connect as this user of the system account; without it, as one that is made for two "
        "minutes where the system account can be signed for here",
    )
    add_tls(command)
    command.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        metavar="S",
        help="seconds for each connection, and to wait for a server's answer (5)",
    )
    add_json(command)


def accounts_in(records: Records, arguments: Namespace, name: str) -> ChosenAccounts:
    """The accounts that the command `name` is about. Raises as `chosen_accounts` does."""
    try:
        return chosen_accounts(records, arguments.refs)
    except SeveralOperatorsError as error:
        servers = [("--server", text) for text in arguments.server or ()]
        lines = (f"`{command_line(name, path, *servers)}`" for path in error.paths[:_NAMED])
        error.on_command_line = f"That is {' or '.join(lines)}."
        raise


def limits(arguments: Namespace) -> None:
    """Refuse, before any passphrase is typed, what cannot be. Raises `UsageError`."""
    if not 0.1 <= arguments.timeout <= 300:
        raise UsageError(f"--timeout {arguments.timeout:g}: choose from 0.1 to 300 seconds.")


def servers_in(records: Records, arguments: Namespace) -> list[Server]:
    """The servers that are named. Raises `UsageError`."""
    tls = TlsFiles(arguments.tls_ca, arguments.tls_cert, arguments.tls_key)
    return servers_of(records.servers, arguments.server, tls)
