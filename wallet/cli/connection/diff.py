"""`diff`: what running servers hold of the vault's accounts, beside what the vault says."""

from __future__ import annotations

import asyncio
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
from wallet.tasks.deployment.differences import Differences, differences

EXAMPLES = ["nkey-wallet diff --server prod"]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `diff`."""
    add_server_arguments(command)


def run(arguments: Namespace) -> int:
    """`diff [REF…] --server …`: 0 when every server holds the same, 1 when anything differs."""
    limits(arguments)
    require_server(arguments, NO_SERVER)
    with unlock(arguments) as vault:
        servers = servers_in(vault.records, arguments)
        chosen = accounts_in(vault.records, arguments, "diff")
        result = asyncio.run(
            differences(vault, chosen, servers, arguments.timeout, arguments.system_user)
        )
    if arguments.json:
        output.as_json([row.to_json() for row in result.rows])
        _tell_silent(result)
    else:
        _show(result)
    return 0 if result.same else 1


def _show(result: Differences) -> None:
    differ = [row for row in result.rows if row.state is not State.SAME]
    output.columns(
        (row.state.value, row.account or row.public, row.server, row.why) for row in differ
    )
    same = len(result.rows) - len(differ)
    output.say(f"{same:,} of {len(result.rows):,} the same.")
    _tell_silent(result)


def _tell_silent(result: Differences) -> None:
    for remark in result.remarks:
        output.note(remark)
    for name, why in result.silent.items():
        output.note(f"{name} was not heard. {why}")
