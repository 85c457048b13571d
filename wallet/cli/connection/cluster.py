"""The question whether the servers that a server names of its cluster are tested as well."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from wallet.cli import output
from wallet.connection.check.cluster import Agree, Named


def asking(arguments: Namespace) -> Agree | None:
    """Give the question of `--cluster` and `--cluster-yes`; None where no other server is tested.

    Without a terminal, and for servers that only those named ones name, nobody can be asked.
    """
    if not (arguments.cluster or arguments.cluster_yes):
        return None
    was_asked = False

    async def agree(named: Named) -> bool:
        nonlocal was_asked
        _list(
            "Named by a server elsewhere, on this network or machine, and left out:",
            named.kept_away,
        )
        addresses = [server.target.address for server in named.servers]
        if arguments.cluster_yes or not addresses:
            return bool(addresses)
        if was_asked or not (sys.stdin.isatty() and output.notes.is_terminal):
            _list("Named by a server, and not tested (--cluster-yes tests them too):", addresses)
            return False
        was_asked = True
        _list("The server names others of its cluster:", addresses)
        question = "Test them as well? They see the keys and JWTs too."
        return await asyncio.to_thread(output.confirm, question)

    return agree


def _list(head: str, addresses: list[str]) -> None:
    for line in [head, *(f"  {address}" for address in addresses)] if addresses else []:
        output.note(line)
