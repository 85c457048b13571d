"""`mappings`: where an account's messages go in the place of their subject."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from wallet.cli import output
from wallet.cli.claims.shared_subjects import add_verbs, change, list_of
from wallet.errors import StateRefusesError, UsageError
from wallet.nats.claims.shared_subjects import mappings, with_destination, without_destination
from wallet.show.shared_subjects import mapping_rows
from wallet.vault.key_record import KeyRecord
from wallet.vault.records import Records
from wallet.vault.signing.activations import sign_shared
from wallet.vault.signing.issuance import Issuing
from wallet.vault.signing.present_claims import present_claims

EXAMPLES = [
    "nkey-wallet mappings orders",
    "nkey-wallet mappings orders add 'orders.*' 'orders.v1.$1' --weight 90",
    "nkey-wallet mappings orders add 'orders.*' 'orders.v2.$1' --weight 10 --cluster eu",
    "nkey-wallet mappings orders remove 'orders.*' 'orders.v2.$1'",
]

_SUBJECT = ("SUBJECT", "that messages are sent to; may have wildcards")
_DESTINATION = ("DESTINATION", "where they go instead: orders.v1.$1, {{partition(3,1)}}.$1 …")


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `mappings`."""
    verbs = add_verbs(command)
    for name, text in (
        ("add", "send messages elsewhere, or a part of them"),
        ("change", "another part of them, to a destination that is there"),
    ):
        verb = verbs.add(name, text, _SUBJECT, _DESTINATION)
        verb.add_argument("--weight", type=int, metavar="PERCENT", help="1 to 100; without it 100")
        verb.add_argument("--cluster", metavar="NAME", default="", help="only in this cluster")
    remove = verbs.add("remove", "send them there no longer", _SUBJECT)
    remove.add_argument(
        "destination", nargs="?", metavar="DESTINATION", help="one of several; without it all"
    )


def run(arguments: Namespace) -> int:
    """`mappings ACCOUNT`: the list; with a verb, one change."""
    if arguments.verb is None:
        listed = list_of(arguments, _as_json)
        if arguments.json:
            output.as_json(listed)
        else:
            rows = [mapping_rows(one["subject"], one["destinations"]) for one in listed]
            output.columns(row for several in rows for row in several)
        return 0
    return change(arguments, "mappings", _as_json, lambda *given: _change(arguments, *given))


def _as_json(records: Records, account: KeyRecord) -> list[Any]:
    mapped = mappings(present_claims(records, account.id))
    return [{"subject": source, "destinations": to} for source, to in mapped.items()]


def _change(arguments: Namespace, issuing: Issuing, account: KeyRecord) -> None:
    nats = issuing.claims(account.id)
    source, destination = arguments.subject, arguments.destination
    if arguments.verb == "remove":
        sign_shared(issuing, account, without_destination(nats, source, destination), despite=True)
        return
    weight, cluster = arguments.weight, arguments.cluster
    if weight is not None and not 1 <= weight <= 100:
        raise UsageError(f"--weight {weight}: a part of a hundred is 1 to 100.")
    there = any(
        (one.get("subject"), one.get("cluster") or "") == (destination, cluster)
        for one in mappings(nats).get(source, [])
    )
    if there is not (arguments.verb == "change"):
        where = f"{source} to {destination}" + (f" in the cluster {cluster}" if cluster else "")
        if there:
            raise StateRefusesError(
                f"{account.path} maps {where} already: `change` gives another weight."
            )
        raise StateRefusesError(f"{account.path} does not map {where}: `add` does.")
    sign_shared(issuing, account, with_destination(nats, source, destination, weight, cluster))
