"""`list`: the keys that the vault holds."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime

from wallet.cli import output
from wallet.cli.arguments import KINDS, add_json
from wallet.cli.vault_access import unlock
from wallet.errors import UsageError
from wallet.nats.nkeys import Kind
from wallet.show.states.key_states import signed_words, state_of
from wallet.vault.key_record import KeyRecord, natural_order
from wallet.vault.records import Records
from wallet.vault.tree.query import doubts
from wallet.vault.tree.search import matching
from wallet.vault.tree.sibling_order import Order

EXAMPLES = [
    "nkey-wallet list --kind user",
    "nkey-wallet list 'kind:user tag:prod expired:'",
    "nkey-wallet list expiring: --sort expiry",
    "nkey-wallet list --json",
]
ORDERS = [order.value for order in Order]
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `list`."""
    command.add_argument(
        "filter",
        nargs="*",
        metavar="FILTER",
        help="words that must all occur in name, path, or tags, or of four characters on in "
        "the public key; kind:, tag:, no:seed, no:jwt, signing:, expired:, expiring: and state: "
        "(refused, untested, revoked, not-written, not-proved …) as in the app",
    )
    command.add_argument("--kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    command.add_argument(
        "--sort",
        choices=ORDERS,
        help="instead of the tree's order: by name, the oldest, the next to expire, or the one "
        "first whose last test is longest ago",
    )
    add_json(command)


def run(arguments: Namespace) -> int:
    """`list`: every key, or those that a filter leaves, in the order of the tree or another."""
    kind = Kind(arguments.kind) if arguments.kind else None
    for word in arguments.filter:
        # One with a blank in it is taken for a FILTER, as what stands behind a bare -- is.
        if word.startswith("--") and word not in arguments.behind_dashes:
            flag = word.partition("=")[0]
            raise UsageError(
                f"list has no flag {flag}. `nkey-wallet list --help` names those it has."
            )
    with unlock(arguments) as vault:
        records = vault.records
        typed = " ".join(arguments.filter)
        keys = matching(records, typed) if typed.strip() else list(records.all())
        keys = [record for record in keys if kind in (None, record.kind)]
        if arguments.sort:
            keys = _ordered(records, keys, arguments.sort)
    show(keys, in_json=arguments.json)
    if typed.strip() and not keys:
        output.note(" ".join(["No key fits.", *doubts(typed)]))
    return 0


def show(keys: list[KeyRecord], *, in_json: bool) -> None:
    """Print keys: a line each, or as JSON."""
    if in_json:
        output.all_as_json(keys, KeyRecord.to_json)
        return
    output.columns(
        ((record.path, record.role, record.public, signed_words(record)) for record in keys),
        looks=(state_of(record).look for record in keys),
    )


def _ordered(records: Records, keys: list[KeyRecord], order: str) -> list[KeyRecord]:
    """The keys in another order; those that are alike in it stay in the tree's."""
    if order == "name":
        return sorted(keys, key=lambda record: natural_order(record.name))
    if order == "age":
        return sorted(keys, key=lambda record: record.created)
    if order == "expiry":
        return sorted(keys, key=lambda record: record.expires or _NEVER)

    def last_test(record: KeyRecord) -> datetime:
        results = records.results.of_key(record.public, 1)
        return results[0].at if results else _EVER

    return sorted(keys, key=last_test)
