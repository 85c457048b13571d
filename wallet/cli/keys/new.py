"""`new`: make keys, one or many."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from typing import Any

from wallet.cli import output
from wallet.cli.arguments import KINDS, add_json
from wallet.cli.claims import flags as claims
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats import nkeys, vanity
from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind, Seed
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.issuance import Issuing
from wallet.when import how_long

EXAMPLES = [
    "nkey-wallet new operator acme",
    "nkey-wallet new account orders --under acme",
    "nkey-wallet new user billing --under acme/orders --allow-pub 'orders.>' --expires 90d",
    "nkey-wallet new user devices --under acme/orders --count 500",
    "nkey-wallet new account billing --under acme --prefix BILL",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `new`."""
    command.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    command.add_argument(
        "name", nargs="?", metavar="NAME", help="with --count a stem: NAME-1, NAME-2 …"
    )
    command.add_argument("--under", metavar="PATH", help="operator, or operator/account")
    command.add_argument("--count", type=int, metavar="N", help="how many")
    command.add_argument(
        "--signing",
        action="store_true",
        help="a signing key of the operator or account named by --under",
    )
    command.add_argument(
        "--role",
        metavar="NAME",
        help="with --signing: its users take this role's limits, those given here",
    )
    command.add_argument(
        "--prefix",
        metavar="TEXT",
        help="what the public key shall have after its first letter; begins with A, B, C or D, "
        "and each further character takes 32 times as long",
    )
    claims.add_arguments(command)
    add_json(command)


def run(arguments: Namespace) -> int:
    """`new KIND [NAME]`: make one key or many, all of them or none."""
    count = 1 if arguments.count is None else arguments.count
    if not 1 <= count <= 100_000:
        raise UsageError(f"--count {count}: choose a number from 1 to 100000.")
    kind = Kind(arguments.kind)
    wanted = vanity.Prefix(kind, arguments.prefix) if arguments.prefix else None
    with unlock(arguments) as vault:
        seeds = _seeds(kind, count, wanted)
        with vault.change() as records:
            issuing = Issuing(records)
            new_keys = _make(arguments, kind, seeds, records, issuing)
        claims.tell_changes(vault, issuing)
    if arguments.json:
        output.as_json([record.to_json() for record in new_keys])
    else:
        output.columns((record.path, record.public) for record in new_keys)
    return 0


def _make(
    arguments: Namespace, kind: Kind, seeds: Iterable[Seed], records: Records, issuing: Issuing
) -> list[KeyRecord]:
    parent = records.find_parent(arguments.under).id if arguments.under else None
    tags = claims.wanted_tags(arguments) or ()
    if arguments.signing:
        if parent is None or arguments.count is not None:
            raise UsageError("--signing makes one key, of the operator or account in --under.")
        with next(iter(seeds)) as seed:
            scope = claims.scope(arguments)
            key = issuing.add_signing_key(parent, seed, name=arguments.name, scope=scope)
        records.set_tags(key.id, tags)
        return [records.get(key.id)]
    if arguments.role is not None:
        raise UsageError("--role goes with --signing: a user takes the role of its --signer.")
    nats = None
    if claims.asked(arguments):
        nats = claims.wanted(arguments, kind, fields.starting(kind))
    signer, expires = claims.signer(arguments, records), claims.moment(arguments.expires)
    begins = claims.moment(arguments.not_before)
    given: dict[str, Any] = {"expires": expires, "signer": signer, "under": parent}
    if arguments.count is not None:
        if begins is not None:
            raise UsageError("--not-before is for one key: leave --count out.")
        if tags and parent is not None and records.get(parent).has_jwt:
            nats = {**(nats or {}), "tags": list(tags)}
        new_keys = issuing.add_many(seeds, stem=arguments.name, nats=nats, **given)
        for record in new_keys if tags else ():
            records.set_tags(record.id, tags)
        return [records.get(record.id) for record in new_keys] if tags else new_keys
    with next(iter(seeds)) as seed:
        new_key = issuing.add(seed, name=arguments.name, tags=tags, nats=nats, **given)
    if begins is not None:
        issuing.edit(new_key.id, issuing.claims(new_key.id), not_before=begins)
    return [records.get(new_key.id)]


def _seeds(kind: Kind, count: int, wanted: vanity.Prefix | None) -> Iterable[Seed]:
    if wanted is None:
        return nkeys.generate_many(kind, count)
    # Searched before the vault is taken for the change: others may write meanwhile.
    return [_searched(wanted, number, count) for number in range(1, count + 1)]


def _searched(wanted: vanity.Prefix, number: int, count: int) -> Seed:
    """Search on every processor, saying how fast it goes and how long it takes on average."""
    progress = output.Progress(f"{wanted.text}…" + (f" {number} of {count}" if count > 1 else ""))
    expected, began = wanted.expected_tries, time.monotonic()

    def tell(tries: int) -> None:
        rate = tries / (time.monotonic() - began)
        left = how_long(expected / max(rate, 1))  # what went before brings it no nearer
        progress.show(
            f"{tries:,} of about {expected:,} tries, {rate:,.0f} a second, {left} more on average "
            "from here; Ctrl+C gives up and makes nothing"
        )

    try:
        return wanted.search(tell, threads=os.cpu_count() or 1)
    finally:
        progress.clear()
