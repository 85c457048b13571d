"""`jwt`: the JWT of an operator, account or user, and what it says."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace

from wallet import chain
from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims.flags import claims_of
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
from wallet.tasks.deployment.deliveries import note_written, unwritten_tokens
from wallet.tasks.keys_under_test import chain_about

EXAMPLES = [
    "nkey-wallet jwt billing",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `jwt`."""
    command.add_argument("ref", metavar="REF", help=REF)
    add_json(command)


def run(arguments: Namespace) -> int:
    """`jwt REF`: the JWT alone; with `--json` what it says, in words too.

    With `--json` also what a key without a JWT may do, unsigned: what `edit --claims` takes.
    """
    with unlock(arguments) as vault:
        record = vault.records.find(arguments.ref)
        claims = vault.records.tokens.claims(record.id)
        nats = claims_of(vault.records, record) if claims is None else None
        if arguments.json and nats is not None:
            kind = Kind.USER if record.signing else record.kind
            typed = {**nats, "type": kind.value, "version": 2}
            payload = {"name": record.name, "sub": record.public, "nats": typed}
            output.as_json({"jwt": None, "claims": payload, "words": []})
            return 0
        if claims is None:
            raise UsageError(
                f"{record.path} has no JWT: no operator stands above it, or its signer's seed is "
                "not in this vault."
            )
        if not arguments.json:
            output.say(claims.token)
            note_written(vault, unwritten_tokens(vault.records, [record]))
            return 0
        links = chain_about(vault.records, record)
        output.as_json(
            {
                "jwt": claims.token,
                "claims": claims.payload,
                "words": chain.describe(links, time.time()) if links else [],
            }
        )
    return 0
