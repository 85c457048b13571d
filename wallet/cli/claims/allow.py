"""`allow`: let a revoked user in again."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from wallet.cli import output
from wallet.cli.arguments import REF
from wallet.cli.claims.flags import tell_changes, tell_past_ends
from wallet.cli.vault_access import unlock
from wallet.vault.signing.issuance import Issuing

EXAMPLES = [
    "nkey-wallet allow billing",
]


def add_arguments(command: ArgumentParser) -> None:
    """Declare the flags of `allow`."""
    command.add_argument("ref", metavar="REF", help=REF)


def run(arguments: Namespace) -> int:
    """`allow REF`: a JWT issued after the revocation."""
    with unlock(arguments) as vault:
        with vault.change() as records:
            record, issuing = records.find(arguments.ref), Issuing(records)
            issuing.revoking.allow_again(record.id)
        tell_changes(vault, issuing)
        tell_past_ends([vault.records.get(record.id)])
    output.note(
        f"{record.path} has a new JWT, issued after the revocation: give it that one, as creds. "
        "Copies of the old one stay shut out, and servers need nothing new."
    )
    return 0
