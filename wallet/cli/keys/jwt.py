"""`jwt`: the JWT of an operator, account or user, and what it says."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from wallet import chain
from wallet.cli import output
from wallet.cli.arguments import REF, add_json
from wallet.cli.claims.flags import claims_of
from wallet.cli.vault_access import note_written, unlock
from wallet.errors import StateRefusesError, UsageError
from wallet.nats.jwt import WITH_JWT
from wallet.nats.nkeys import Kind
from wallet.show.named_keys import with_names
from wallet.show.signs import Sign
from wallet.tasks.connection.keys_under_test import chain_about
from wallet.tasks.deployment.deliveries import unwritten_tokens
from wallet.text import an
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records

EXAMPLES = [
    "nkey-wallet jwt billing",
    "nkey-wallet jwt billing --words",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `jwt`."""
    command.add_argument("ref", metavar="REF", help=REF)
    command.add_argument(
        "--words",
        action="store_true",
        help="what it says, in words, and what a server objects to in it",
    )
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
            if record.kind not in WITH_JWT:
                raise UsageError(f"{record.path} is {an(record.role)} key, which has no JWT.")
            raise StateRefusesError(
                f"{record.path} has no JWT: no operator stands above it, or its signer's seed is "
                "not in this vault."
            )
        if arguments.words and not arguments.json:
            for line in _words(vault.records, record):
                output.say(line)
            return 0
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


def _words(records: Records, record: KeyRecord) -> Iterator[str]:
    """The objections of servers, and then the statements of the JWT: as the app's tab has them."""
    links, now = chain_about(records, record), time.time()
    if links is not None:
        objections = (f"{Sign.BAD} {one.why}" for one in chain.objections(links, now=now))
        for line in (*objections, *chain.own_words(links, record.kind, now)):
            yield with_names(records, line)
