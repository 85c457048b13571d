"""`pull`: take in what running servers hold of the accounts and the vault does not."""

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
from wallet.cli.exchange.plan_arguments import add_plan_arguments
from wallet.cli.vault_access import unlock
from wallet.exchange.readers.material import Findings
from wallet.nats.claims.content import few
from wallet.tasks.deployment.deliveries import unproved_tokens
from wallet.tasks.deployment.differences import differences
from wallet.tasks.deployment.pull import read_newer, take_revocations, unknown_revocations

EXAMPLES = ["nkey-wallet pull --server prod --dry-run", "nkey-wallet pull acme --server prod"]
AFTERWORD = (
    "What is later on a server is imported. Where a server's copy is not the later one and revokes "
    "somebody whom the vault does not, the vault revokes them too, so that push undoes nothing."
)


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `pull`."""
    command.epilog = f"{AFTERWORD}\n\n{command.epilog}"
    add_server_arguments(command)
    add_plan_arguments(command)


def run(arguments: Namespace) -> int:
    """`pull [REF…] --server …`: exit 0 when all that is newer there is here, as `import`."""
    from wallet.cli.exchange.import_keys import take_in  # every reader of files with it

    limits(arguments)
    require_server(arguments, NO_SERVER)
    arguments.all_or_nothing = True
    with unlock(arguments) as vault, Findings() as findings:
        before = unproved_tokens(vault.records)
        servers = servers_in(vault.records, arguments)
        chosen = accounts_in(vault.records, arguments, "pull")
        result = asyncio.run(
            differences(vault, chosen, servers, arguments.timeout, arguments.system_user)
        )
        unknown = unknown_revocations(vault.records, result)
        if unknown and not arguments.dry_run:
            with vault.change() as records:
                take_revocations(records, unknown)
        for one in unknown:
            verb = "would be revoked" if arguments.dry_run else "are revoked"
            output.note(f"{one.account.path}: {verb} here too, as on the servers: {few(one.users)}")
        for name, why in result.silent.items():
            output.note(f"{name} was not heard. {why}")
        for remark in result.remarks:
            output.note(remark)
        read_newer(result, findings)
        beside = {"revoked": [one.to_json() for one in unknown]}
        status = take_in(arguments, vault, findings, beside=beside, before=before)
    return 1 if result.silent else status
