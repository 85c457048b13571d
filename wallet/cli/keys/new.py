"""`new`: make keys, one or many."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import replace

from wallet.cli import output
from wallet.cli.arguments import KINDS, add_json
from wallet.cli.claims import flags as claims
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats import nkeys, vanity
from wallet.nats.claims import content as fields
from wallet.nats.nkeys import Kind, Seed
from wallet.tasks.keys.new_key import MOST, KeyWish, make_many, make_one, make_signing_key
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
    if not 1 <= count <= MOST:
        raise UsageError(f"--count {count}: choose a number from 1 to {MOST}.")
    kind = Kind(arguments.kind)
    wanted = vanity.Prefix(kind, arguments.prefix) if arguments.prefix else None
    with unlock(arguments) as vault:
        seeds = _seeds(kind, count, wanted)
        what = "the key" if count == 1 else f"{count:,} keys"
        with output.working(f"Making {what}"), vault.change() as records:
            issuing = Issuing(records)
            new_keys = _make(arguments, kind, seeds, records, issuing)
        claims.tell_changes(vault, issuing)
        claims.tell_past_ends(new_keys)
    if arguments.json:
        output.as_json([record.to_json() for record in new_keys])
    else:
        output.columns((record.path, record.public) for record in new_keys)
    return 0


def _make(
    arguments: Namespace, kind: Kind, seeds: Iterable[Seed], records: Records, issuing: Issuing
) -> list[KeyRecord]:
    wish = KeyWish(
        name=arguments.name,
        under=arguments.under or "",
        tags=claims.wanted_tags(arguments) or (),
        expires=claims.moment(arguments.expires),
        not_before=claims.moment(arguments.not_before),
    )
    if arguments.signing:
        if not wish.under or arguments.count is not None:
            raise UsageError("--signing makes one key, of the operator or account in --under.")
        with next(iter(seeds)) as seed:
            scope = claims.scope(arguments)
            return [make_signing_key(issuing, records, seed, wish, scope)]
    if arguments.role is not None:
        raise UsageError("--role goes with --signing: a user takes the role of its --signer.")
    nats = None
    if claims.asked(arguments):
        nats = claims.wanted(arguments, kind, fields.starting(kind))
    wish = replace(wish, nats=nats, signer=claims.signer(arguments, records))
    if arguments.count is not None:
        if wish.not_before is not None:
            raise UsageError("--not-before is for one key: leave --count out.")
        return make_many(issuing, records, seeds, wish)
    with next(iter(seeds)) as seed:
        return [make_one(issuing, records, seed, wish)]


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
